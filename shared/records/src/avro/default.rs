//! Values that a reader's schema gives to fields that were not written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::schema::{AvroSchema, AvroSchemaError, FixedLogical, Type, TypeId};
use crate::json::write::{push_base64, push_decimal, push_uuid, quoted};
use crate::payload::MAX_DEPTH;

/// Longest text of a default, in bytes, give or take a value: records of records can grow without bounds.
const MAX_LENGTH: usize = 100_000;

/// The text of a default, as [`AvroReader`](super::AvroReader) would write such a value.
pub(super) fn default_text(
    schema: &AvroSchema,
    of: TypeId,
    json: &str,
) -> Result<String, AvroSchemaError> {
    let mut out = Vec::new();
    push(&mut out, schema, of, json, 0)?;
    String::from_utf8(out).map_err(|_| AvroSchemaError::new("has a default that is not text"))
}

fn push(
    out: &mut Vec<u8>,
    schema: &AvroSchema,
    of: TypeId,
    json: &str,
    depth: usize,
) -> Result<(), AvroSchemaError> {
    let of = schema.of(of);
    let wrong = || AvroSchemaError::new(format!("has a default of {json} for a {of}"));
    if depth > MAX_DEPTH || out.len() > MAX_LENGTH {
        return Err(wrong());
    }
    let first = json.as_bytes().first().copied().unwrap_or_default();
    match (of, first) {
        (Type::Null, b'n')
        | (Type::Boolean, b't' | b'f')
        | (Type::Int | Type::Long | Type::Float | Type::Double, b'-' | b'0'..=b'9')
        | (Type::Float | Type::Double, b'"') => out.extend_from_slice(json.as_bytes()),
        (Type::String | Type::Enum(_), b'"') => {
            out.extend_from_slice(quoted(&read::<Cow<'_, str>>(json)?).as_bytes());
        }
        (Type::Bytes(scale), b'"') => {
            let bytes = bytes_of(json)?;
            match scale {
                Some(scale) => push_decimal(out, &bytes, *scale).ok_or_else(wrong)?,
                None => push_base64(out, &bytes),
            }
        }
        (Type::Fixed { size, logical, .. }, b'"') => {
            let bytes = Some(bytes_of(json)?).filter(|bytes| bytes.len() == *size);
            let bytes = bytes.ok_or_else(wrong)?;
            match logical {
                Some(FixedLogical::Decimal(scale)) => {
                    push_decimal(out, &bytes, *scale).ok_or_else(wrong)?;
                }
                Some(FixedLogical::Uuid) => push_uuid(out, &bytes),
                None => push_base64(out, &bytes),
            }
        }
        (Type::Array(items), b'[') => {
            out.push(b'[');
            for (index, item) in read::<Vec<&RawValue>>(json)?.into_iter().enumerate() {
                out.extend_from_slice(if index > 0 { b"," } else { b"" });
                push(out, schema, *items, item.get(), depth + 1)?;
            }
            out.push(b']');
        }
        (Type::Map(values), b'{') => {
            out.push(b'{');
            let members: BTreeMap<Cow<'_, str>, &RawValue> = read(json)?;
            for (index, (name, value)) in members.into_iter().enumerate() {
                out.extend_from_slice(if index > 0 { b"," } else { b"" });
                out.extend_from_slice(quoted(&name).as_bytes());
                out.push(b':');
                push(out, schema, *values, value.get(), depth + 1)?;
            }
            out.push(b'}');
        }
        (Type::Record { fields, .. }, b'{') => {
            out.push(b'{');
            let members: BTreeMap<Cow<'_, str>, &RawValue> = read(json)?;
            for (index, field) in fields.iter().enumerate() {
                let given = members.get(field.name.as_str()).map(|value| value.get());
                let value = given.or(field.default.as_deref()).ok_or_else(wrong)?;
                out.extend_from_slice(if index > 0 { b"," } else { b"" });
                out.extend_from_slice(quoted(&field.name).as_bytes());
                out.push(b':');
                push(out, schema, field.of, value, depth + 1)?;
            }
            out.push(b'}');
        }
        // Of the first branch, by the specification; in practice of any of them.
        (Type::Union(branches), _) => {
            let start = out.len();
            for branch in branches {
                if push(out, schema, *branch, json, depth + 1).is_ok() {
                    return Ok(());
                }
                out.truncate(start);
            }
            return Err(wrong());
        }
        _ => return Err(wrong()),
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, AvroSchemaError> {
    let wrong = |error| AvroSchemaError::new(format!("has a default that cannot be read: {error}"));
    serde_json::from_str(json).map_err(wrong)
}

/// Bytes are written as a string whose characters are the bytes.
fn bytes_of(json: &str) -> Result<Vec<u8>, AvroSchemaError> {
    let text: Cow<'_, str> = read(json)?;
    let wrong = |_| AvroSchemaError::new("has a default for bytes with characters above 255");
    let bytes = text
        .chars()
        .map(|character| u8::try_from(character).map_err(wrong));
    bytes.collect()
}
