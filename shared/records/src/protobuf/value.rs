//! Values that are no messages.

use super::error::ProtobufError;
use super::schema::Type;
use crate::json::write::{
    push_base64, push_double, push_float, push_integer, push_string, push_unsigned,
};
use crate::wire::Value;

/// A value that is no message.
pub(super) fn push_value(
    out: &mut Vec<u8>,
    number: u32,
    of: &Type,
    value: Value<'_>,
) -> Result<(), ProtobufError> {
    match (of, value) {
        // Longer ones are cut, as Protobuf's libraries do.
        (Type::Int32, Value::Varint(value)) => push_integer(out, low_half(value).into()),
        (Type::Int64, Value::Varint(value)) => push_integer(out, value.cast_signed()),
        (Type::Uint32, Value::Varint(value)) => {
            push_unsigned(out, low_half(value).cast_unsigned().into());
        }
        (Type::Uint64, Value::Varint(value)) => push_unsigned(out, value),
        (Type::Sint32, Value::Varint(value)) => {
            let value = u64::from(low_half(value).cast_unsigned());
            push_integer(out, un_zigzag(value));
        }
        (Type::Sint64, Value::Varint(value)) => push_integer(out, un_zigzag(value)),
        (Type::Fixed32, Value::Bits32(bits)) => {
            push_unsigned(out, u32::from_le_bytes(bits).into());
        }
        (Type::Sfixed32, Value::Bits32(bits)) => {
            push_integer(out, i32::from_le_bytes(bits).into());
        }
        (Type::Float, Value::Bits32(bits)) => push_float(out, f32::from_le_bytes(bits)),
        (Type::Fixed64, Value::Bits64(bits)) => {
            push_unsigned(out, u64::from_le_bytes(bits));
        }
        (Type::Sfixed64, Value::Bits64(bits)) => {
            push_integer(out, i64::from_le_bytes(bits));
        }
        (Type::Double, Value::Bits64(bits)) => push_double(out, f64::from_le_bytes(bits)),
        (Type::Bool, Value::Varint(value)) => {
            let text: &[u8] = if value == 0 { b"false" } else { b"true" };
            out.extend_from_slice(text);
        }
        (Type::String, Value::Bytes(bytes)) => {
            let text = std::str::from_utf8(bytes);
            push_string(out, text.map_err(|_| ProtobufError::NotUtf8(number))?);
        }
        (Type::Bytes, Value::Bytes(bytes)) => push_base64(out, bytes),
        (Type::Enum(values), Value::Varint(value)) => {
            let value = low_half(value);
            match values.iter().find(|(number, _)| *number == value) {
                Some((_, text)) => out.extend_from_slice(text.as_bytes()),
                None => push_integer(out, value.into()),
            }
        }
        _ => return Err(ProtobufError::WrongType(number)),
    }
    Ok(())
}

/// How the values of a type stand when they stand in a row.
pub(super) enum Packed {
    Varint,
    Bits32,
    Bits64,
}

impl Type {
    pub(super) fn packed(&self) -> Option<Packed> {
        match self {
            Self::Fixed32 | Self::Sfixed32 | Self::Float => Some(Packed::Bits32),
            Self::Fixed64 | Self::Sfixed64 | Self::Double => Some(Packed::Bits64),
            Self::String | Self::Bytes | Self::Message(_) => None,
            _ => Some(Packed::Varint),
        }
    }
}

fn low_half(value: u64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

fn un_zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
