//! What a strange record may be.

use super::Layers;
use super::config::{Part, Payload, Split};
use crate::compression::{Compression, Inflater};
use crate::glue::Header;
use crate::json::Reader;
use crate::kpl::{Reading, Tables, read};

/// Most that is inflated of a record to look at it, in bytes.
const MAX_INFLATED: usize = 16 << 20;

/// A guess. The layers of a stream belong into its configuration: one record may look like what it is not.
///
/// ```
/// use records::compression::{Compression, compress};
///
/// let detected = records::layers::detect(&compress(Compression::Zlib, b"[1,2]")?);
/// assert_eq!((detected.layers.to_string().as_str(), detected.kind.name()), ("zlib", "json"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Detected {
    /// The layers that take the record apart.
    pub layers: Layers,
    /// What is inside: of an aggregate, in its first record.
    pub kind: Kind,
}

/// What a payload is.
///
/// ```
/// use records::layers::{Kind, detect};
///
/// assert_eq!(detect(b"").kind, Kind::Tombstone);
/// assert_eq!(detect(br#"{"a":1}"#).kind, Kind::JsonObject);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No bytes: what Debezium writes behind a delete.
    Tombstone,
    /// A change of a database by AWS DMS.
    Dms,
    /// A change of a database by Debezium.
    Debezium,
    /// A change of an item by Kinesis Data Streams for DynamoDB.
    DynamoDb,
    /// Log events of CloudWatch Logs.
    CloudWatchLogs,
    /// A payload of the schema registry.
    Registry,
    /// A JSON object of no known kind.
    JsonObject,
    /// Other JSON.
    Json,
    /// Text.
    Text,
    /// Bytes.
    Binary,
}

impl Kind {
    /// A short fixed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tombstone => "tombstone",
            Self::Dms => "dms",
            Self::Debezium => "debezium",
            Self::DynamoDb => "dynamodb",
            Self::CloudWatchLogs => "cloudwatch-logs",
            Self::Registry => "registry",
            Self::JsonObject => "json-object",
            Self::Json => "json",
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

/// Looks at a record's data.
///
/// ```
/// use records::layers::{Kind, detect};
///
/// let detected = detect(br#"{"metadata":{"record-type":"data"},"data":{"id":1}}"#);
/// assert_eq!((detected.layers.to_string().as_str(), detected.kind), ("", Kind::Dms));
/// let detected = detect(b"\x03\x00\xb7\xb4\xa7\xf0\x9c\x96\x4e\x4a\xa6\x87\xfb\x5d\xe9\xef\x0c\x63\x0asansa");
/// assert_eq!((detected.layers.to_string().as_str(), detected.kind), ("glue", Kind::Registry));
/// ```
pub fn detect(data: &[u8]) -> Detected {
    let mut layers = Layers::default();
    let outer = inflated(data, &mut layers);
    let data = outer.as_deref().unwrap_or(data);
    let mut tables = Tables::default();
    let first = match read(data, &mut tables) {
        Reading::Aggregate(aggregate) if layers.push(Part::Split(Split::Kpl)).is_ok() => {
            let record = aggregate.records().flatten().next();
            Some(record.map_or(&[] as &[u8], |record| record.data))
        }
        _ => None,
    };
    let inner = first.and_then(|first| inflated(first, &mut layers));
    let data = inner.as_deref().or(first).unwrap_or(data);
    let mut kind = kind(data);
    if Header::read(data).is_ok() && layers.push(Part::Payload(Payload::Glue(None))).is_ok() {
        kind = Kind::Registry;
    }
    if kind == Kind::CloudWatchLogs && layers.to_string() == Compression::Gzip.name() {
        let mut of_logs = Layers::default();
        if of_logs.push(Part::Split(Split::CloudWatchLogs)).is_ok() {
            layers = of_logs;
        }
    }
    Detected { layers, kind }
}

/// What the data inflates to, if it is compressed; then the layer is added.
fn inflated(data: &[u8], layers: &mut Layers) -> Option<Vec<u8>> {
    let compression = Compression::by_first_bytes(data)?;
    let mut out = Vec::new();
    Inflater::default()
        .inflate(compression, data, MAX_INFLATED, &mut out)
        .ok()?;
    layers.push(Part::Compression(compression)).ok()?;
    Some(out)
}

fn kind(data: &[u8]) -> Kind {
    if data.is_empty() {
        return Kind::Tombstone;
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return Kind::Binary;
    };
    if text.trim_ascii_start().starts_with('{') {
        return members(text).map_or(Kind::Text, |members| members.kind());
    }
    if Reader::new(text)
        .value()
        .is_ok_and(|value| text.trim_ascii() == value.text())
    {
        return Kind::Json;
    }
    Kind::Text
}

/// The names of an object's members that tell what it is.
#[derive(Default)]
struct Members(u16);

/// Names of members, and of members of members.
const NAMES: [&str; 12] = [
    "metadata.record-type",
    "recordFormat",
    "tableName",
    "dynamodb",
    "op",
    "before",
    "after",
    "payload.op",
    "messageType",
    "logGroup",
    "logEvents",
    "source",
];

impl Members {
    fn has(&self, name: &str) -> bool {
        let index = NAMES.iter().position(|known| *known == name);
        index.is_some_and(|index| self.0 & 1 << index != 0)
    }

    fn add(&mut self, name: &str) {
        if let Some(index) = NAMES.iter().position(|known| *known == name) {
            self.0 |= 1 << index;
        }
    }

    fn kind(&self) -> Kind {
        let has = |name| self.has(name);
        if has("metadata.record-type") {
            Kind::Dms
        } else if has("dynamodb") && has("tableName") && has("recordFormat") {
            Kind::DynamoDb
        } else if has("payload.op") || has("op") && (has("before") || has("after") || has("source"))
        {
            Kind::Debezium
        } else if has("messageType") && (has("logEvents") || has("logGroup")) {
            Kind::CloudWatchLogs
        } else {
            Kind::JsonObject
        }
    }
}

/// `None` if the text is not one JSON object.
fn members(text: &str) -> Option<Members> {
    let mut found = Members::default();
    let mut reader = Reader::new(text);
    let is_object = reader.members(|key, value| {
        let key = key.name();
        found.add(&key);
        if value.is_object() && matches!(key.as_ref(), "metadata" | "payload") {
            let mut add = |name: &str| found.add(&format!("{key}.{name}"));
            // It was read before: it is an object.
            let _ = Reader::new(value.text()).members(|name, _| add(&name.name()));
        }
    });
    (is_object.ok()? && reader.end().is_ok()).then_some(found)
}
