//! Datums in Avro's binary encoding.

use super::error::AvroError;
use super::plan::{AvroReader, Node, NodeId, Step};
use crate::json::write::{
    push_base64, push_decimal, push_double, push_float, push_integer, push_string, push_uuid,
};
use crate::payload::MAX_DEPTH;

/// Appends the text of a datum; nothing if it cannot be read.
pub(super) fn read(
    reader: &AvroReader,
    datum: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), AvroError> {
    let start = out.len();
    let mut decoder = Decoder {
        reader,
        rest: datum,
        end: start.saturating_add(limit),
        limit,
        fuel: limit.saturating_add(datum.len()),
        skipping: 0,
        out,
    };
    let read = decoder.value(reader.root, 0);
    let left = decoder.rest.len();
    let read = match read {
        Ok(()) if left > 0 => Err(AvroError::Trailing(left)),
        // What was appended last is not checked before.
        Ok(()) if out.len() - start > limit => Err(AvroError::TooLarge(limit)),
        read => read,
    };
    if read.is_err() {
        out.truncate(start);
    }
    read
}

struct Decoder<'a, 'd, 'o> {
    reader: &'a AvroReader,
    rest: &'d [u8],
    out: &'o mut Vec<u8>,
    /// Longest that `out` may be.
    end: usize,
    limit: usize,
    /// Values that may still come: those that are skipped may take neither bytes nor text.
    fuel: usize,
    /// How many of the values around are skipped.
    skipping: usize,
}

impl<'d> Decoder<'_, 'd, '_> {
    fn value(&mut self, id: NodeId, depth: usize) -> Result<(), AvroError> {
        if depth > MAX_DEPTH {
            return Err(AvroError::TooDeep);
        }
        if self.out.len() > self.end || self.fuel == 0 {
            return Err(AvroError::TooLarge(self.limit));
        }
        self.fuel -= 1;
        match self.reader.node(id) {
            Node::Null => self.write(|out| out.extend_from_slice(b"null")),
            Node::Boolean => {
                let text: &[u8] = match self.take(1)? {
                    [0] => b"false",
                    [1] => b"true",
                    _ => return Err(AvroError::OutOfRange("boolean")),
                };
                self.write(|out| out.extend_from_slice(text));
            }
            Node::Int => {
                let value = self.long()?;
                i32::try_from(value).map_err(|_| AvroError::OutOfRange("int"))?;
                self.write(|out| push_integer(out, value));
            }
            Node::Long => {
                let value = self.long()?;
                self.write(|out| push_integer(out, value));
            }
            Node::Float => {
                let value = f32::from_le_bytes(self.array()?);
                self.write(|out| push_float(out, value));
            }
            Node::Double => {
                let value = f64::from_le_bytes(self.array()?);
                self.write(|out| push_double(out, value));
            }
            Node::Bytes => {
                let bytes = self.bytes()?;
                self.write(|out| push_base64(out, bytes));
            }
            Node::Text => self.text()?,
            Node::Fixed(size) => {
                let bytes = self.take(*size)?;
                self.write(|out| push_base64(out, bytes));
            }
            Node::Uuid => {
                let bytes = self.take(16)?;
                self.write(|out| push_uuid(out, bytes));
            }
            Node::Decimal { scale, size } => self.decimal(*scale, *size)?,
            Node::Enum(symbols) => {
                let index = self.long()?;
                let symbol = pick(symbols, index, "symbol")?;
                let mismatch = || AvroError::Mismatch("the reader has no such symbol".into());
                let symbol = symbol.as_deref().ok_or_else(mismatch)?;
                self.write(|out| out.extend_from_slice(symbol.as_bytes()));
            }
            Node::Array(items) => {
                let items = *items;
                self.blocks(*b"[]", |decoder| decoder.value(items, depth + 1))?;
            }
            Node::Map(values) => self.blocks(*b"{}", |decoder| {
                decoder.text()?;
                decoder.write(|out| out.push(b':'));
                decoder.value(*values, depth + 1)
            })?,
            Node::Union(branches) => {
                let index = self.long()?;
                let branch = *pick(branches, index, "branch")?;
                self.value(branch, depth + 1)?;
            }
            Node::Record { steps, added } => self.record(steps, added, depth)?,
            Node::Mismatch(reason) => return Err(AvroError::Mismatch(reason.clone())),
        }
        Ok(())
    }

    fn record(&mut self, steps: &[Step], added: &str, depth: usize) -> Result<(), AvroError> {
        let mut before = b'{';
        for step in steps {
            if let Some(key) = &step.key {
                self.write(|out| {
                    out.push(before);
                    out.extend_from_slice(key.as_bytes());
                });
                before = b',';
                self.value(step.node, depth + 1)?;
            } else {
                self.skipping += 1;
                self.value(step.node, depth + 1)?;
                self.skipping -= 1;
            }
        }
        self.write(|out| {
            if before == b'{' || !added.is_empty() {
                out.push(before);
            }
            out.extend_from_slice(added.as_bytes());
            out.push(b'}');
        });
        Ok(())
    }

    /// The items of an array or a map, in blocks of a number each.
    fn blocks(
        &mut self,
        [opening, closing]: [u8; 2],
        mut item: impl FnMut(&mut Self) -> Result<(), AvroError>,
    ) -> Result<(), AvroError> {
        let mut before = opening;
        loop {
            let count = self.long()?;
            if count == 0 {
                break;
            }
            if count < 0 {
                // The block's length in bytes, for readers that pass over it.
                self.long()?;
            }
            for _ in 0..count.unsigned_abs() {
                self.write(|out| out.push(before));
                before = b',';
                item(self)?;
            }
        }
        self.write(|out| {
            if before == opening {
                out.push(opening);
            }
            out.push(closing);
        });
        Ok(())
    }

    fn decimal(&mut self, scale: usize, size: Option<usize>) -> Result<(), AvroError> {
        let bytes = match size {
            Some(size) => self.take(size)?,
            None => self.bytes()?,
        };
        if self.skipping > 0 {
            return Ok(());
        }
        push_decimal(self.out, bytes, scale).ok_or(AvroError::OutOfRange("decimal"))
    }

    fn text(&mut self) -> Result<(), AvroError> {
        let bytes = self.bytes()?;
        let text = std::str::from_utf8(bytes).map_err(|_| AvroError::NotUtf8)?;
        self.write(|out| push_string(out, text));
        Ok(())
    }

    #[inline]
    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.skipping == 0 {
            write(self.out);
        }
    }

    fn bytes(&mut self) -> Result<&'d [u8], AvroError> {
        let length = self.long()?;
        let length = usize::try_from(length).map_err(|_| AvroError::OutOfRange("length"))?;
        self.take(length)
    }

    /// A number in zigzag encoding.
    #[inline]
    fn long(&mut self) -> Result<i64, AvroError> {
        let mut value = 0_u64;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                if index == 9 && *byte > 1 {
                    break;
                }
                self.take(index + 1)?;
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        match self.rest.len() {
            0..10 => Err(AvroError::Truncated),
            _ => Err(AvroError::OutOfRange("long")),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], AvroError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(AvroError::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'d [u8], AvroError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(AvroError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn pick<'n, T>(all: &'n [T], index: i64, kind: &'static str) -> Result<&'n T, AvroError> {
    let found = usize::try_from(index).ok().and_then(|index| all.get(index));
    found.ok_or(AvroError::NoSuch {
        kind,
        index,
        length: all.len(),
    })
}
