//! Records that nobody can read, each with the reason it must be quarantined for.

use std::fmt::Debug;

use fastrand::Rng;

use super::json::Json;
use super::writer::{Record, Writer};
use crate::produce::hostile::{nested, spaces};

/// Kinds of records that a function can never store.
pub trait Poison: Copy + Debug + Ord {
    /// All kinds.
    fn all() -> Vec<Self>;
    /// The stage at which the function must refuse it.
    fn stage(self) -> &'static str;
    /// The reason that the quarantine must name.
    fn reason(self) -> &'static str;
    /// The bytes of a record of an insert, apart from the one thing that is wrong.
    fn bytes(self, rng: &mut Rng, writer: &Writer<'_>, record: Record) -> Vec<u8>;
}

/// A kind of record that is wrong whatever table it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BadRecord {
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Text that is not JSON.
    NotJson,
    /// JSON that ends in the middle.
    Truncated,
    /// No bytes at all.
    Empty,
    /// A megabyte of spaces.
    Spaces,
    /// Arrays in arrays, ten thousand deep.
    Nested,
    /// A JSON array where an object is expected.
    Array,
    /// A row that is an array.
    DataNotAnObject,
    /// No row.
    NoData,
    /// No metadata.
    NoMetadata,
    /// Metadata without the table.
    NoTable,
    /// The first column twice, with two values.
    ColumnTwice,
    /// Neither data nor control.
    UnknownRecordType,
    /// Neither load, insert, update nor delete.
    UnknownOperation,
}

impl Poison for BadRecord {
    fn all() -> Vec<Self> {
        vec![
            Self::NotUtf8,
            Self::NotJson,
            Self::Truncated,
            Self::Empty,
            Self::Spaces,
            Self::Nested,
            Self::Array,
            Self::DataNotAnObject,
            Self::NoData,
            Self::NoMetadata,
            Self::NoTable,
            Self::ColumnTwice,
            Self::UnknownRecordType,
            Self::UnknownOperation,
        ]
    }

    fn stage(self) -> &'static str {
        "payload"
    }

    fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::NotJson | Self::Truncated | Self::Empty | Self::Spaces => "not-json",
            Self::Nested | Self::Array | Self::DataNotAnObject => "wrong-shape",
            Self::NoData | Self::NoMetadata | Self::NoTable => "missing-field",
            Self::ColumnTwice => "duplicate-field",
            Self::UnknownRecordType => "unknown-record-type",
            Self::UnknownOperation => "unknown-operation",
        }
    }

    fn bytes(self, rng: &mut Rng, writer: &Writer<'_>, record: Record) -> Vec<u8> {
        let mut json = record.json;
        self.spoil(&mut json);
        let whole = writer.bytes(&json);
        match self {
            Self::NotUtf8 => {
                let mut bytes = whole;
                // Inside the first name: 0xFF is no part of any UTF-8 text.
                let quote = bytes.iter().position(|byte| *byte == b'"').unwrap_or(0);
                bytes[quote + 1] = 0xff;
                bytes
            }
            Self::NotJson => b"10000001,300.00,New\n".to_vec(),
            Self::Truncated => {
                let mut bytes = whole.trim_ascii_end().to_vec();
                let mut end = rng.usize(1..bytes.len());
                // Not inside a character: that would be no UTF-8. The first one is a brace.
                while bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    end -= 1;
                }
                bytes.truncate(end);
                bytes
            }
            Self::Empty => Vec::new(),
            Self::Spaces => spaces().into_bytes(),
            Self::Nested => nested().into_bytes(),
            Self::Array => [b"[", whole.trim_ascii_end(), b"]"].concat(),
            _ => whole,
        }
    }
}

impl BadRecord {
    fn spoil(self, json: &mut Json) {
        match self {
            Self::DataNotAnObject => return json.set("data", "[1]"),
            Self::NoData => return json.remove("data"),
            Self::NoMetadata => return json.remove("metadata"),
            Self::ColumnTwice => {
                let columns = json.get("data").and_then(Json::fields);
                if let Some(columns) = columns
                    && let Some((name, _)) = columns.first()
                {
                    let again = (name.clone(), Json::Raw(r#""1""#.to_owned()));
                    columns.push(again);
                }
            }
            _ => {}
        }
        if let Some(metadata) = json.get("metadata") {
            match self {
                Self::NoTable => metadata.remove("table-name"),
                Self::UnknownRecordType => metadata.set("record-type", r#""rumour""#),
                Self::UnknownOperation => metadata.set("operation", r#""upsert""#),
                _ => {}
            }
        }
    }
}
