//! JSON to Avro: for producers and for tests.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::schema::{AvroSchema, Field, FixedLogical, Type, TypeId};
use crate::decimal::Decimal;
use crate::payload::MAX_DEPTH;

/// Why a value cannot be written with a schema.
///
/// ```
/// let schema = records::avro::AvroSchema::parse(r#""int""#)?;
/// let error = schema.write("1.5", &mut Vec::new()).unwrap_err();
/// assert!(error.to_string().starts_with("1.5 is no "), "{error}");
/// # Ok::<(), records::avro::AvroSchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AvroWriteError {
    /// It is not JSON, or has a member twice.
    #[error("the value cannot be read: {0}")]
    NotJson(String),
    /// It is of another type, or not in the type's range.
    #[error("{value} is no {kind}")]
    Mismatch {
        /// The beginning of the value.
        value: String,
        /// What the schema wants.
        kind: String,
    },
    /// A field that has no default is missing.
    #[error("there is no field {0}, which has no default")]
    NoField(String),
    /// Values are in values deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

impl AvroSchema {
    /// Appends a JSON value as a datum of this schema, in the form in which [`AvroReader`](super::AvroReader) reads it.
    /// Members that the schema does not have are left out. A value of a union is written as the first branch that takes
    /// it. `out` has part of it if that fails.
    ///
    /// ```
    /// let schema = records::avro::AvroSchema::parse(r#"["null", "long"]"#)?;
    /// let mut datum = Vec::new();
    /// schema.write("42", &mut datum)?;
    /// assert_eq!(datum, [2, 84]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self, json: &str, out: &mut Vec<u8>) -> Result<(), AvroWriteError> {
        let value: &RawValue = read(json)?;
        self.write_as(self.root(), value.get(), 0, out)
    }

    fn write_as(
        &self,
        id: TypeId,
        json: &str,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), AvroWriteError> {
        if depth > MAX_DEPTH {
            return Err(AvroWriteError::TooDeep);
        }
        let of = self.of(id);
        let mismatch = || AvroWriteError::Mismatch {
            value: json.chars().take(40).collect(),
            kind: of.to_string(),
        };
        match of {
            Type::Null if json == "null" => {}
            Type::Boolean if json == "true" => out.push(1),
            Type::Boolean if json == "false" => out.push(0),
            Type::Int => {
                let value: i32 = json.parse().map_err(|_| mismatch())?;
                write_long(out, value.into());
            }
            Type::Long => write_long(out, json.parse().map_err(|_| mismatch())?),
            Type::Float => {
                let value: f32 = float_text(json).parse().map_err(|_| mismatch())?;
                out.extend_from_slice(&value.to_le_bytes());
            }
            Type::Double => {
                let value: f64 = float_text(json).parse().map_err(|_| mismatch())?;
                out.extend_from_slice(&value.to_le_bytes());
            }
            Type::String => write_bytes(out, string(json).ok_or_else(mismatch)?.as_bytes()),
            Type::Bytes(None) => write_bytes(out, &base64(json).ok_or_else(mismatch)?),
            Type::Bytes(Some(scale)) => {
                let bytes = decimal(json, *scale).ok_or_else(mismatch)?.to_be_bytes();
                write_bytes(out, shortest(&bytes));
            }
            Type::Fixed { size, logical, .. } => {
                let bytes = match logical {
                    None => base64(json),
                    Some(FixedLogical::Uuid) => uuid(json),
                    Some(FixedLogical::Decimal(scale)) => {
                        decimal(json, *scale).and_then(|value| padded(value, *size))
                    }
                };
                let bytes = bytes.filter(|bytes| bytes.len() == *size);
                out.extend_from_slice(&bytes.ok_or_else(mismatch)?);
            }
            Type::Enum(of) => {
                let symbol = string(json).ok_or_else(mismatch)?;
                let index = of.symbols.iter().position(|known| *known == symbol);
                write_long(out, length(index.ok_or_else(mismatch)?));
            }
            Type::Array(items) => {
                let values: Vec<&RawValue> = read(json)?;
                write_count(out, values.len());
                for value in &values {
                    self.write_as(*items, value.get(), depth + 1, out)?;
                }
                out.push(0);
            }
            Type::Map(of) => {
                let members: BTreeMap<Cow<'_, str>, &RawValue> = read(json)?;
                write_count(out, members.len());
                for (name, value) in &members {
                    write_bytes(out, name.as_bytes());
                    self.write_as(*of, value.get(), depth + 1, out)?;
                }
                out.push(0);
            }
            Type::Union(branches) => {
                let start = out.len();
                for (index, branch) in branches.iter().enumerate() {
                    write_long(out, length(index));
                    if self.write_as(*branch, json, depth + 1, out).is_ok() {
                        return Ok(());
                    }
                    out.truncate(start);
                }
                return Err(mismatch());
            }
            Type::Record { fields, .. } => self.write_record(fields, json, depth, out)?,
            Type::Null | Type::Boolean => return Err(mismatch()),
        }
        Ok(())
    }

    fn write_record(
        &self,
        fields: &[Field],
        json: &str,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), AvroWriteError> {
        let members: BTreeMap<Cow<'_, str>, &RawValue> = read(json)?;
        for field in fields {
            let default;
            let value = if let Some(value) = members.get(field.name.as_str()) {
                value.get()
            } else {
                default = self.default_of(field)?;
                &default
            };
            self.write_as(field.of, value, depth + 1, out)?;
        }
        Ok(())
    }

    fn default_of(&self, field: &Field) -> Result<String, AvroWriteError> {
        let missing = || AvroWriteError::NoField(field.name.clone());
        let default = field.default.as_deref().ok_or_else(missing)?;
        super::default::default_text(self, field.of, default)
            .map_err(|error| AvroWriteError::NotJson(error.to_string()))
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, AvroWriteError> {
    serde_json::from_str(json).map_err(|error| AvroWriteError::NotJson(error.to_string()))
}

fn string(json: &str) -> Option<Cow<'_, str>> {
    json.starts_with('"').then_some(())?;
    read(json).ok()
}

fn base64(json: &str) -> Option<Vec<u8>> {
    STANDARD.decode(string(json)?.as_bytes()).ok()
}

/// The text of a float, of which those that are no JSON numbers are strings.
fn float_text(json: &str) -> &str {
    match json {
        "\"NaN\"" | "\"Infinity\"" | "\"-Infinity\"" => json.trim_matches('"'),
        // Rust reads more than JSON writes.
        _ if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => json,
        _ => "",
    }
}

fn uuid(json: &str) -> Option<Vec<u8>> {
    let hex: String = string(json)?.chars().filter(|byte| *byte != '-').collect();
    let value = u128::from_str_radix(&hex, 16)
        .ok()
        .filter(|_| hex.len() == 32)?;
    Some(value.to_be_bytes().to_vec())
}

/// The number without its point, which has to fall behind all of its digits.
fn decimal(json: &str, scale: usize) -> Option<i128> {
    let number = Decimal::parse(json)?;
    let digits = format!("{}{}", number.integer, number.fraction);
    let shift =
        i64::try_from(scale).ok()? - i64::try_from(number.fraction.len()).ok()? + number.exponent;
    let digits = match usize::try_from(shift) {
        Ok(zeros) if zeros <= 40 => format!("{digits}{}", "0".repeat(zeros)),
        Ok(_) => return None,
        Err(_) => {
            let cut = usize::try_from(shift.unsigned_abs()).ok()?;
            let (kept, zeros) = digits.split_at_checked(digits.len().checked_sub(cut)?)?;
            zeros.bytes().all(|digit| digit == b'0').then_some(())?;
            format!("0{kept}")
        }
    };
    let value: i128 = digits.parse().ok()?;
    Some(if number.negative { -value } else { value })
}

/// Without the bytes in front that only repeat the sign.
fn shortest(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [0x00, 0x00..0x80, ..] | [0xff, 0x80..=0xff, ..] = rest {
        rest = rest.get(1..).unwrap_or_default();
    }
    rest
}

fn padded(value: i128, size: usize) -> Option<Vec<u8>> {
    let bytes = value.to_be_bytes();
    let short = shortest(&bytes);
    let sign = if value < 0 { 0xff } else { 0 };
    let mut padded = vec![sign; size.checked_sub(short.len())?];
    padded.extend_from_slice(short);
    Some(padded)
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_long(out, length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// One block, or none at all.
fn write_count(out: &mut Vec<u8>, count: usize) {
    if count > 0 {
        write_long(out, length(count));
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn write_long(out: &mut Vec<u8>, value: i64) {
    let mut rest = (value << 1 ^ value >> 63).cast_unsigned();
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}
