//! Messages in Protobuf's binary encoding.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::ProtobufError;
use super::schema::{Field, MessageId, ProtobufSchema, Shape, Type};
use super::value::{Packed, push_value};
use crate::payload::MAX_DEPTH;
use crate::wire::{Fields, Value};

/// Appends the text of a message; nothing if it cannot be read.
pub(super) fn read(
    schema: &ProtobufSchema,
    of: MessageId,
    message: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), ProtobufError> {
    let start = out.len();
    let mut decoder = Decoder {
        schema,
        end: start.saturating_add(limit),
        limit,
        out,
    };
    let mut read = decoder.message(of, message, 0);
    // What was appended last is not checked before.
    if read.is_ok() && out.len() - start > limit {
        read = Err(ProtobufError::TooLarge(limit));
    }
    if read.is_err() {
        out.truncate(start);
    }
    read
}

struct Decoder<'s, 'o> {
    schema: &'s ProtobufSchema,
    out: &'o mut Vec<u8>,
    /// Longest that `out` may be.
    end: usize,
    limit: usize,
}

/// A field that is written: its place among the message's fields, and its value.
type Written<'m> = (usize, Value<'m>);

impl<'s> Decoder<'s, '_> {
    fn message(
        &mut self,
        of: MessageId,
        message: &[u8],
        depth: usize,
    ) -> Result<(), ProtobufError> {
        if depth > MAX_DEPTH {
            return Err(ProtobufError::TooDeep);
        }
        let schema: &'s ProtobufSchema = self.schema;
        let fields = schema.fields(of);
        let mut written: Vec<Written<'_>> = Vec::new();
        let mut read = Fields::new(message);
        while let Some((number, value)) = read.next()? {
            if let Ok(index) = fields.binary_search_by_key(&number, |field| field.number) {
                written.push((index, value));
            }
        }
        // Those of one field stay in their order.
        let in_order = written.is_sorted_by_key(|(index, _)| *index);
        let last_of_oneof = last_of_oneofs(fields, &written);
        if !in_order {
            written.sort_by_key(|(index, _)| *index);
        }
        self.out.push(b'{');
        let mut rest = written.as_slice();
        let mut is_first = true;
        for (index, field) in fields.iter().enumerate() {
            let count = rest.iter().take_while(|(of, _)| *of == index).count();
            let (values, behind) = rest.split_at(count);
            rest = behind;
            let start = self.out.len();
            if !is_first {
                self.out.push(b',');
            }
            self.out.extend_from_slice(field.key.as_bytes());
            if self.field(field, index, values, &last_of_oneof, depth)? {
                is_first = false;
            } else {
                self.out.truncate(start);
            }
            self.check()?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Writes a field's value; `false` and nothing that counts if it has none.
    fn field(
        &mut self,
        field: &Field,
        index: usize,
        values: &[Written<'_>],
        last_of_oneof: &[(usize, usize)],
        depth: usize,
    ) -> Result<bool, ProtobufError> {
        match &field.shape {
            Shape::Single { of, default, oneof } => {
                let is_replaced = oneof.is_some_and(|oneof| {
                    last_of_oneof
                        .iter()
                        .any(|(of, last)| *of == oneof && *last != index)
                });
                let Some((_, last)) = values.last().filter(|_| !is_replaced) else {
                    let default = default.as_deref().unwrap_or_default();
                    self.out.extend_from_slice(default.as_bytes());
                    return Ok(!default.is_empty());
                };
                if let Type::Message(id) = of {
                    let message = merged(field.number, values)?;
                    self.message(*id, &message, depth + 1)?;
                } else {
                    push_value(self.out, field.number, of, *last)?;
                }
            }
            Shape::Repeated(of) => {
                self.out.push(b'[');
                for (_, value) in values {
                    self.items(field.number, of, *value, depth)?;
                }
                if self.out.last() == Some(&b',') {
                    self.out.pop();
                }
                self.out.push(b']');
            }
            Shape::Map {
                key,
                value,
                defaults,
            } => self.map(field.number, (key, value), defaults, values, depth)?,
        }
        Ok(true)
    }

    /// One value of a repeated field, or several in a row, each with a comma behind it.
    fn items(
        &mut self,
        number: u32,
        of: &Type,
        value: Value<'_>,
        depth: usize,
    ) -> Result<(), ProtobufError> {
        self.check()?;
        if let Type::Message(id) = of {
            let (Value::Bytes(message) | Value::Group(message)) = value else {
                return Err(ProtobufError::WrongType(number));
            };
            self.message(*id, message, depth + 1)?;
            self.out.push(b',');
            return Ok(());
        }
        let (Value::Bytes(packed), Some(bits)) = (value, of.packed()) else {
            push_value(self.out, number, of, value)?;
            self.out.push(b',');
            return Ok(());
        };
        let mut packed = Fields::new(packed);
        while !packed.rest().is_empty() {
            let value = match bits {
                Packed::Varint => Value::Varint(packed.varint()?),
                Packed::Bits32 => Value::Bits32(packed.array()?),
                Packed::Bits64 => Value::Bits64(packed.array()?),
            };
            push_value(self.out, number, of, value)?;
            self.out.push(b',');
            self.check()?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        number: u32,
        (key, value): (&Type, &Type),
        defaults: &(Box<str>, Option<Box<str>>),
        entries: &[Written<'_>],
        depth: usize,
    ) -> Result<(), ProtobufError> {
        // The last entry of a key holds.
        let mut members: BTreeMap<Vec<u8>, Option<Value<'_>>> = BTreeMap::new();
        for (_, entry) in entries {
            let Value::Bytes(entry) = *entry else {
                return Err(ProtobufError::WrongType(number));
            };
            let (mut name, mut written) = (None, None);
            let mut fields = Fields::new(entry);
            while let Some((number, value)) = fields.next()? {
                match number {
                    1 => name = Some(value),
                    2 => written = Some(value),
                    _ => {}
                }
            }
            members.insert(self.key_text(number, key, name, &defaults.0)?, written);
        }
        let mut before = b'{';
        for (name, written) in &members {
            self.check()?;
            self.out.push(before);
            before = b',';
            self.out.extend_from_slice(name);
            self.out.push(b':');
            match (value, written, &defaults.1) {
                (Type::Message(id), Some(Value::Bytes(message)), _) => {
                    self.message(*id, message, depth + 1)?;
                }
                (Type::Message(_), Some(_), _) => return Err(ProtobufError::WrongType(number)),
                (Type::Message(id), None, _) => self.message(*id, b"", depth + 1)?,
                (_, Some(written), _) => push_value(self.out, number, value, *written)?,
                (_, None, default) => {
                    let default = default.as_deref().unwrap_or("null");
                    self.out.extend_from_slice(default.as_bytes());
                }
            }
        }
        if before == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        Ok(())
    }

    /// A key as a JSON string.
    fn key_text(
        &mut self,
        number: u32,
        of: &Type,
        written: Option<Value<'_>>,
        default: &str,
    ) -> Result<Vec<u8>, ProtobufError> {
        let start = self.out.len();
        match written {
            Some(value) => push_value(self.out, number, of, value)?,
            None => self.out.extend_from_slice(default.as_bytes()),
        }
        let text = self.out.split_off(start);
        if text.first() == Some(&b'"') {
            return Ok(text);
        }
        Ok([b"\"", text.as_slice(), b"\""].concat())
    }

    #[inline]
    fn check(&self) -> Result<(), ProtobufError> {
        if self.out.len() > self.end {
            return Err(ProtobufError::TooLarge(self.limit));
        }
        Ok(())
    }
}

/// Which field of each group of alternatives is written last: that one is the value.
fn last_of_oneofs(fields: &[Field], written: &[Written<'_>]) -> Vec<(usize, usize)> {
    let mut last: Vec<(usize, usize)> = Vec::new();
    for (index, _) in written {
        let Some(Shape::Single {
            oneof: Some(oneof), ..
        }) = fields.get(*index).map(|field| &field.shape)
        else {
            continue;
        };
        match last.iter_mut().find(|(of, _)| of == oneof) {
            Some((_, field)) => *field = *index,
            None => last.push((*oneof, *index)),
        }
    }
    last
}

/// A message that comes in several parts is the one that these are one behind the other.
fn merged<'m>(number: u32, values: &[Written<'m>]) -> Result<Cow<'m, [u8]>, ProtobufError> {
    let mut parts = values.iter().map(|(_, value)| match value {
        Value::Bytes(message) | Value::Group(message) => Ok(*message),
        _ => Err(ProtobufError::WrongType(number)),
    });
    match (parts.next().transpose()?, values.len()) {
        (Some(only), 1) => Ok(Cow::Borrowed(only)),
        (first, _) => {
            let mut all = first.unwrap_or_default().to_vec();
            for part in parts {
                all.extend_from_slice(part?);
            }
            Ok(Cow::Owned(all))
        }
    }
}
