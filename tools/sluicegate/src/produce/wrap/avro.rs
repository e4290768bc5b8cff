//! JSON payloads as Avro, where nothing is lost by it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use records::Number;
use records::avro::{AvroReader, AvroSchema, AvroSchemaError};
use serde::Deserialize;
use serde_json::value::RawValue;

/// How much longer the text of a datum may be than the payload: `8140e-2` becomes `81.40`.
const LONGER: usize = 1_024;

/// Writes payloads of a schema, and reads them back.
#[derive(Clone, Debug)]
pub(super) struct AvroPayloads {
    schema: AvroSchema,
    reader: AvroReader,
}

impl AvroPayloads {
    pub(super) fn new(schema: AvroSchema) -> Result<Self, AvroSchemaError> {
        let reader = AvroReader::new(&schema)?;
        Ok(Self { schema, reader })
    }

    /// The datum of a payload; `None` if it would not say the same, to the last digit and member.
    pub(super) fn write(&self, payload: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(payload).ok()?;
        let mut datum = Vec::new();
        self.schema.write(text, &mut datum).ok()?;
        let mut back = Vec::new();
        let limit = payload.len() + LONGER;
        self.reader.read(&datum, limit, &mut back).ok()?;
        let back = std::str::from_utf8(&back).ok()?;
        (meaning(text)? == meaning(back)?).then_some(datum)
    }
}

/// What a JSON text says: numbers by their values, members by their names, and those that are null not at all. Of several
/// members of one name the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Null,
    /// `true`, `false`, and a string without escapes.
    Text(String),
    /// In canonical text.
    Number(String),
    Array(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

/// `None` for what is no JSON, or has a number that no table takes.
pub(super) fn meaning(text: &str) -> Option<Meaning> {
    let raw: &RawValue = read(text)?;
    let text = raw.get();
    Some(match text.as_bytes().first()? {
        b'n' => Meaning::Null,
        b't' | b'f' => Meaning::Text(text.to_owned()),
        b'"' => Meaning::Text(format!("\"{}", read::<Cow<'_, str>>(text)?)),
        b'[' => {
            let items: Vec<&RawValue> = read(text)?;
            let items = items.into_iter().map(|item| meaning(item.get()));
            Meaning::Array(items.collect::<Option<_>>()?)
        }
        b'{' => {
            let members: BTreeMap<String, &RawValue> = read(text)?;
            let members = members.into_iter();
            let members = members.map(|(name, value)| Some((name, meaning(value.get())?)));
            let mut members: BTreeMap<String, Meaning> = members.collect::<Option<_>>()?;
            members.retain(|_, value| *value != Meaning::Null);
            Meaning::Object(members)
        }
        _ => Meaning::Number(Number::parse(text).ok()?.as_str().to_owned()),
    })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
#[path = "avro_tests.rs"]
mod tests;
