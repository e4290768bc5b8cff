//! Which layers there are.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::avro::AvroReader;
use crate::compression::Compression;
use crate::delimited::Delimited;
use crate::glue::DataFormat;
#[cfg(feature = "protobuf")]
use crate::protobuf::{MessageId, ProtobufSchema};

/// The layers of a stream's records, and what decoding them may cost.
///
/// Its text names them from the outside to the inside, with commas between them; no text is no layers:
///
/// | name | layer |
/// |---|---|
/// | `gzip`, `zlib`, `zstd` | compression, at most once in front of the aggregation and once behind it |
/// | `kpl` | records of the Kinesis Producer Library, aggregated or not |
/// | `cloudwatch-logs` | a subscription of CloudWatch Logs, gzip included: each log event's message is a record |
/// | `glue`, `glue-avro`, `glue-json`, `glue-protobuf` | the schema registry's header, and a payload of any or of that format |
/// | `avro`, `protobuf` | a payload of one schema, given by [`Layers::with_schema`] |
/// | `csv(…)`, `tsv(…)`, `psv(…)`, `ssv(…)` | a line of text, see [`Delimited`] |
/// | `json` | nothing: JSON is what all others become |
///
/// ```
/// use records::layers::Layers;
///
/// let layers: Layers = "gzip, kpl, glue-avro".parse()?;
/// assert_eq!(layers.to_string(), "gzip,kpl,glue-avro");
/// let error = "kpl,gzip,kpl".parse::<Layers>().unwrap_err();
/// assert!(error.to_string().starts_with("layer 3 is `kpl`"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Layers {
    pub(super) outer: Option<Compression>,
    pub(super) split: Option<Split>,
    pub(super) inner: Option<Compression>,
    pub(super) payload: Payload,
    pub(super) schema: Option<Arc<FixedSchema>>,
    pub(super) limits: Limits,
}

/// What decoding may cost. Data that needs no rewriting costs nothing.
///
/// ```
/// use records::layers::{Layers, Limits};
///
/// let limits = Limits { record_bytes: 1 << 20, ..Limits::default() };
/// let layers = "gzip".parse::<Layers>()?.with_limits(limits);
/// # Ok::<(), records::layers::LayersError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that a stream's record may become: inflated, rewritten, and 80 for each user record but the first. Beyond
    /// it the record, or the user record, is an error.
    pub record_bytes: usize,
    /// The same for the records of an event together. Beyond it a record is to be delivered again, with fewer records.
    /// At least as much as for a record.
    pub event_bytes: usize,
}

impl Default for Limits {
    /// 16 MiB for a record, which with 10 MiB at most inflates to little more as a rule, and 64 MiB for an event.
    fn default() -> Self {
        Self {
            record_bytes: 16 << 20,
            event_bytes: 64 << 20,
        }
    }
}

/// What makes several user records of one record of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    Kpl,
    CloudWatchLogs,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Payload {
    #[default]
    AsItIs,
    /// With a header that says which schema it is; of that format if one is named.
    Glue(Option<DataFormat>),
    /// Of the one schema of the stream.
    Fixed(DataFormat),
    Delimited(Delimited),
}

/// The schema of a stream whose records do not say which it is.
///
/// ```
/// use records::avro::{AvroReader, AvroSchema};
/// use records::layers::{FixedSchema, Layers};
///
/// let reader = AvroReader::new(&AvroSchema::parse(r#""long""#)?)?;
/// let layers = "avro".parse::<Layers>()?.with_schema(FixedSchema::Avro(reader));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub enum FixedSchema {
    /// Bare datums.
    Avro(AvroReader),
    /// Messages of that type.
    #[cfg(feature = "protobuf")]
    Protobuf(ProtobufSchema, MessageId),
}

/// Why a text does not name layers.
///
/// ```
/// let error = "kpl,lz4".parse::<records::layers::Layers>().unwrap_err();
/// assert!(error.to_string().starts_with("layer 2 is `lz4`, expected gzip, "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayersError {
    /// There is no such layer.
    #[error(
        "layer {place} is `{name}`, expected gzip, zlib, zstd, kpl, cloudwatch-logs, glue, glue-avro, glue-json, glue-protobuf, avro, protobuf, json or csv(column …)"
    )]
    Unknown {
        /// Which one, from 1.
        place: usize,
        /// What it is called.
        name: String,
    },
    /// There is such a layer, but not behind those in front of it.
    #[error(
        "layer {place} is `{name}`, which cannot stand there: the order is compression, kpl, compression, payload"
    )]
    Order {
        /// Which one, from 1.
        place: usize,
        /// What it is called.
        name: String,
    },
    /// This build does not have it.
    #[error("layer {place} is `{name}`, which this build does not have: its feature is off")]
    NotBuiltIn {
        /// Which one, from 1.
        place: usize,
        /// What it is called.
        name: String,
    },
}

impl Layers {
    /// With other limits than the default ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Limits {
            event_bytes: limits.event_bytes.max(limits.record_bytes),
            ..limits
        };
        self
    }

    /// With the schema of a payload that does not name one: of the layers `avro` and `protobuf`.
    #[must_use]
    pub fn with_schema(mut self, schema: FixedSchema) -> Self {
        self.schema = Some(Arc::new(schema));
        self
    }

    /// The layers of each of several records in a record of the stream: those behind `kpl` or `cloudwatch-logs`. All of
    /// them if there is neither.
    #[must_use]
    pub fn inside(&self) -> Self {
        Self {
            outer: self.outer.filter(|_| self.split.is_none()),
            split: None,
            ..self.clone()
        }
    }

    /// Of which format payloads are that need a schema from [`Layers::with_schema`].
    pub fn fixed_format(&self) -> Option<DataFormat> {
        match &self.payload {
            Payload::Fixed(format) => Some(*format),
            Payload::AsItIs | Payload::Glue(_) | Payload::Delimited(_) => None,
        }
    }

    /// Whether a schema registry is needed.
    pub fn needs_registry(&self) -> bool {
        matches!(self.payload, Payload::Glue(_))
    }

    /// Whether [`Layers::with_schema`] is needed.
    pub fn needs_schema(&self) -> bool {
        matches!(self.payload, Payload::Fixed(_)) && self.schema.is_none()
    }

    /// Whether records are taken as they are.
    pub fn is_none(&self) -> bool {
        self.outer.is_none()
            && self.split.is_none()
            && self.inner.is_none()
            && self.payload == Payload::AsItIs
    }

    /// Adds a layer inside of all others.
    pub(super) fn push(&mut self, layer: Part) -> Result<(), Refused> {
        if self.payload != Payload::AsItIs {
            return Err(Refused::Order);
        }
        match layer {
            Part::Compression(compression) if !compression.is_built_in() => {
                return Err(Refused::NotBuiltIn);
            }
            Part::Payload(
                Payload::Glue(Some(DataFormat::Protobuf)) | Payload::Fixed(DataFormat::Protobuf),
            ) if !cfg!(feature = "protobuf") => return Err(Refused::NotBuiltIn),
            Part::Compression(compression) if self.inner.is_none() => match self.split {
                Some(_) => self.inner = Some(compression),
                None if self.outer.is_none() => self.outer = Some(compression),
                None => return Err(Refused::Order),
            },
            Part::Split(Split::CloudWatchLogs) if self.is_none() => {
                self.outer = Some(Compression::Gzip);
                self.split = Some(Split::CloudWatchLogs);
            }
            Part::Split(Split::Kpl) if self.split.is_none() => self.split = Some(Split::Kpl),
            Part::Payload(payload) => self.payload = payload,
            Part::Compression(_) | Part::Split(_) => return Err(Refused::Order),
        }
        Ok(())
    }
}

/// One layer.
#[derive(Debug)]
pub(super) enum Part {
    Compression(Compression),
    Split(Split),
    Payload(Payload),
}

#[derive(Debug)]
pub(super) enum Refused {
    Order,
    NotBuiltIn,
}

impl Part {
    fn from_name(name: &str) -> Option<Self> {
        let compression = Compression::ALL.into_iter().find(|one| one.name() == name);
        if let Some(compression) = compression {
            return Some(Self::Compression(compression));
        }
        Some(match name {
            "kpl" => Self::Split(Split::Kpl),
            "cloudwatch-logs" => Self::Split(Split::CloudWatchLogs),
            "glue" => Self::Payload(Payload::Glue(None)),
            "avro" => Self::Payload(Payload::Fixed(DataFormat::Avro)),
            "protobuf" => Self::Payload(Payload::Fixed(DataFormat::Protobuf)),
            "json" => Self::Payload(Payload::AsItIs),
            _ => match name.strip_prefix("glue-") {
                Some(format) => Self::Payload(Payload::Glue(Some(format.parse().ok()?))),
                None => Self::Payload(Payload::Delimited(name.parse().ok()?)),
            },
        })
    }
}

impl FromStr for Layers {
    type Err = LayersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut layers = Self::default();
        if text.trim().is_empty() {
            return Ok(layers);
        }
        for (place, name) in (1..).zip(text.split(',').map(str::trim)) {
            let unknown = || LayersError::Unknown {
                place,
                name: name.to_owned(),
            };
            let part = Part::from_name(name).ok_or_else(unknown)?;
            let name = name.to_owned();
            layers.push(part).map_err(|refused| match refused {
                Refused::Order => LayersError::Order { place, name },
                Refused::NotBuiltIn => LayersError::NotBuiltIn { place, name },
            })?;
        }
        Ok(layers)
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Vec::new();
        if self.split != Some(Split::CloudWatchLogs) {
            names.extend(self.outer.map(|outer| outer.name().to_owned()));
        }
        names.extend(self.split.map(|split| match split {
            Split::Kpl => "kpl".to_owned(),
            Split::CloudWatchLogs => "cloudwatch-logs".to_owned(),
        }));
        names.extend(self.inner.map(|inner| inner.name().to_owned()));
        match &self.payload {
            Payload::AsItIs => {}
            Payload::Glue(None) => names.push("glue".to_owned()),
            Payload::Glue(Some(format)) => names.push(format!("glue-{format}")),
            Payload::Fixed(format) => names.push(format.to_string()),
            Payload::Delimited(delimited) => names.push(delimited.to_string()),
        }
        f.write_str(&names.join(","))
    }
}
