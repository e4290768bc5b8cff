//! JSON documents with records: events, what Lambda writes to S3 of them, answers of `get-records`.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::value::RawValue;

use super::{Sink, events};
use crate::decode::input::InputKind;

/// What a JSON object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One with records.
    Records(InputKind),
    /// A line of a quarantine object.
    QuarantineLine,
    /// Any other.
    Other,
}

/// Why a document has no records that can be read.
#[derive(Debug, thiserror::Error)]
enum DocumentError {
    #[error("byte {0} is not UTF-8, expected JSON")]
    NotUtf8(usize),
    #[error("the input is empty, expected {0}")]
    Empty(&'static str),
    #[error("the input is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("found {found}, expected {expected}")]
    Other {
        found: String,
        expected: &'static str,
    },
}

const EVENT: &str = "an event of Kinesis: an object with `Records`, each with `kinesis`";
const ANSWER: &str =
    "an answer of get-records: an object with `Records`, each with `SequenceNumber` and `Data`";

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// What the members of a record tell of what it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Kinesis,
    DynamoDb,
    GetRecords,
    Other(String),
}

/// What the first document is; `None` if it is no JSON object.
pub(super) fn look(all: &[u8]) -> Option<Kind> {
    let text = std::str::from_utf8(all).ok()?;
    let first = documents(text).next()?.ok()?;
    let members = members(first.get())?;
    if is_of_failure(&members) {
        return Some(Kind::Records(InputKind::Event));
    }
    let has = |name| members.contains_key(name);
    if has("data") && has("sequence_number") && has("stage") {
        return Some(Kind::QuarantineLine);
    }
    let Some(records) = members.get("Records") else {
        return Some(Kind::Other);
    };
    let is_answer = match elements(records).as_deref().and_then(source) {
        Some(source) => source == Source::GetRecords,
        None => has("NextShardIterator") || has("MillisBehindLatest"),
    };
    let answer = InputKind::GetRecords;
    Some(Kind::Records(if is_answer {
        answer
    } else {
        InputKind::Event
    }))
}

/// Hands the records of all documents to `sink`: of answers of `get-records` or of events.
pub(super) fn read(all: &[u8], are_answers: bool, sink: &mut impl Sink) -> Result<()> {
    let text =
        std::str::from_utf8(all).map_err(|error| DocumentError::NotUtf8(error.valid_up_to()))?;
    let expected = if are_answers { ANSWER } else { EVENT };
    let mut is_empty = true;
    for document in documents(text) {
        is_empty = false;
        let document = document.map_err(DocumentError::NotJson)?.get();
        let Some(members) = members(document) else {
            return Err(other(kind_of_json(document), expected).into());
        };
        if are_answers || !is_of_failure(&members) {
            read_records(document, &members, are_answers, sink)?;
            continue;
        }
        let Some(payload) = members.get("payload") else {
            let found = "a failure record without `payload`, as queues and topics get it";
            return Err(other(found, expected).into());
        };
        // A string, or what some tools write instead.
        let payload = match serde_json::from_str::<String>(payload.get()) {
            Ok(text) => text,
            Err(_) => payload.get().to_owned(),
        };
        let members = self::members(&payload);
        let members = members.ok_or_else(|| other(kind_of_json(&payload), expected))?;
        read_records(&payload, &members, false, sink)?;
    }
    if is_empty {
        return Err(DocumentError::Empty(expected).into());
    }
    Ok(())
}

fn read_records(
    document: &str,
    members: &Members<'_>,
    are_answers: bool,
    sink: &mut impl Sink,
) -> Result<()> {
    let expected = if are_answers { ANSWER } else { EVENT };
    let Some(records) = members.get("Records") else {
        let names: Vec<_> = members.keys().map(String::as_str).collect();
        let found = match names.as_slice() {
            [] => "an empty object".to_owned(),
            names => format!("an object with {}", names.join(", ")),
        };
        return Err(other(found, expected).into());
    };
    let Some(elements) = elements(records) else {
        let found = format!("`Records` that is {}", kind_of_json(records.get()));
        return Err(other(found, expected).into());
    };
    let wanted = if are_answers {
        Source::GetRecords
    } else {
        Source::Kinesis
    };
    let found = source(&elements).filter(|source| *source != wanted);
    match found {
        None if are_answers => events::read_answer(&elements, sink),
        None => events::read_event(document, sink),
        Some(source) => Err(other(source.description(), expected).into()),
    }
}

fn documents(text: &str) -> impl Iterator<Item = serde_json::Result<&RawValue>> {
    serde_json::Deserializer::from_str(text).into_iter()
}

fn members(json: &str) -> Option<Members<'_>> {
    serde_json::from_str(json).ok()
}

/// The records; null is none.
fn elements<'a>(records: &'a RawValue) -> Option<Vec<&'a RawValue>> {
    let elements: Option<Vec<&'a RawValue>> = serde_json::from_str(records.get()).ok()?;
    Some(elements.unwrap_or_default())
}

fn is_of_failure(members: &Members<'_>) -> bool {
    members.contains_key("KinesisBatchInfo") || members.contains_key("DDBStreamBatchInfo")
}

/// What the first record tells that tells anything.
fn source(elements: &[&RawValue]) -> Option<Source> {
    elements.iter().find_map(|element| {
        let members = members(element.get())?;
        let has = |name| members.contains_key(name);
        if has("kinesis") {
            return Some(Source::Kinesis);
        }
        if has("dynamodb") {
            return Some(Source::DynamoDb);
        }
        if has("SequenceNumber") || has("Data") {
            return Some(Source::GetRecords);
        }
        // As SNS writes it.
        let name = members.get("eventSource").or(members.get("EventSource"))?;
        match serde_json::from_str::<String>(name.get()).ok()? {
            name if name == "aws:kinesis" => None,
            name => Some(Source::Other(name)),
        }
    })
}

impl Source {
    fn description(&self) -> String {
        match self {
            Self::Kinesis => "an event of Kinesis, which --input event reads".to_owned(),
            Self::DynamoDb => "an event of DynamoDB Streams, which has no layers".to_owned(),
            Self::GetRecords => {
                "an answer of get-records, which --input get-records reads".to_owned()
            }
            Self::Other(name) => format!("an event of {name}"),
        }
    }
}

fn kind_of_json(json: &str) -> &'static str {
    match json.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => "no JSON",
    }
}

fn other(found: impl Into<String>, expected: &'static str) -> DocumentError {
    let found = found.into();
    DocumentError::Other { found, expected }
}

#[cfg(test)]
mod tests;
