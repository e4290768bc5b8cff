//! Why a layer cannot be taken off.

use super::Layer;
use crate::compression::CompressionError;
use crate::delimited::DelimitedError;
use crate::glue::{DataFormat, HeaderError, PayloadReadError, SchemaError, SchemaVersionId};
use crate::kinesis::RecordError;
use crate::kpl::KplError;
use crate::payload::PayloadError;

/// Why a record, or a user record in it, cannot be read.
///
/// ```
/// use records::glue::NoSchemas;
/// use records::layers::Decoder;
///
/// let mut decoder = Decoder::new("gzip".parse()?);
/// let decoded = decoder.decode(b"hello", &NoSchemas);
/// let error = decoded.records().find_map(|record| record.data.err()).ok_or("it could be read")?;
/// assert_eq!((error.stage(), error.reason(), error.is_retryable()), ("gzip", "not-compressed", false));
/// assert_eq!(error.to_string(), "the data does not begin with a header of gzip");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The event does not have the record as it should.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// It cannot be inflated.
    #[error("{0}")]
    Compression(#[from] CompressionError),
    /// A record of an aggregate.
    #[error("{0}")]
    Kpl(#[from] KplError),
    /// It is not what CloudWatch Logs writes.
    #[error("the record is not of CloudWatch Logs: {0}")]
    CloudWatchLogs(PayloadError),
    /// It has no header of the schema registry.
    #[error("{0}")]
    Header(#[from] HeaderError),
    /// The registry has no such schema version.
    #[error("the schema registry has no schema version {0}")]
    UnknownSchema(SchemaVersionId),
    /// Nobody has asked the registry, or it did not answer: to be tried again.
    #[error("the schema version {0} is not loaded")]
    SchemaNotLoaded(SchemaVersionId),
    /// The schema cannot be used.
    #[error("the schema version {id} cannot be used: {error}")]
    UnusableSchema {
        /// Which one.
        id: SchemaVersionId,
        /// Why.
        error: SchemaError,
    },
    /// The schema is of another format than the stream should have.
    #[error("the schema is of {found}, expected {expected}")]
    Format {
        /// What it is of.
        found: DataFormat,
        /// What it should be of.
        expected: DataFormat,
    },
    /// The layers name a schema, but none was given.
    #[error("no schema is given for payloads of {0}")]
    NoSchema(DataFormat),
    /// The payload is not what its schema says.
    #[error("the payload cannot be read as {format}: {error}")]
    Payload {
        /// What it should be.
        format: DataFormat,
        /// Why it is not.
        error: PayloadReadError,
    },
    /// It is not such a line.
    #[error("{0}")]
    Delimited(#[from] DelimitedError),
    /// It becomes more than a record may be, see [`Limits::record_bytes`](super::Limits::record_bytes).
    #[error("the record becomes more than {0} bytes")]
    TooLarge(usize),
    /// With the records before it, it becomes more than an event may be, see
    /// [`Limits::event_bytes`](super::Limits::event_bytes): to be delivered again, without them.
    #[error("the event's records become more than {0} bytes together")]
    EventTooLarge(usize),
}

impl LayerError {
    /// Where it happened: the name of a layer, `envelope` (the event) or `layers` (all of them).
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Record(_) => "envelope",
            Self::Compression(error) => error.compression().name(),
            Self::Kpl(_) => Layer::Kpl.name(),
            Self::CloudWatchLogs(_) => Layer::CloudWatchLogs.name(),
            Self::Header(_)
            | Self::UnknownSchema(_)
            | Self::SchemaNotLoaded(_)
            | Self::UnusableSchema { .. }
            | Self::Format { .. } => Layer::Glue.name(),
            Self::NoSchema(format) | Self::Payload { format, .. } => format.name(),
            Self::Delimited(_) => Layer::Delimited.name(),
            Self::TooLarge(_) | Self::EventTooLarge(_) => "layers",
        }
    }

    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Record(error) => error.reason(),
            Self::Compression(error) => error.reason(),
            Self::Kpl(error) => error.reason(),
            Self::CloudWatchLogs(error) => error.reason(),
            Self::Header(error) => error.reason(),
            Self::UnknownSchema(_) => "unknown-schema",
            Self::SchemaNotLoaded(_) => "schema-not-loaded",
            Self::UnusableSchema { .. } => "unusable-schema",
            Self::Format { .. } => "schema-of-other-format",
            Self::NoSchema(_) => "no-schema",
            Self::Payload { error, .. } => error.reason(),
            Self::Delimited(error) => error.reason(),
            Self::TooLarge(_) => "too-large",
            Self::EventTooLarge(_) => "event-too-large",
        }
    }

    /// Whether the record may be readable when it comes again; all others are poison.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::SchemaNotLoaded(_) | Self::EventTooLarge(_))
    }

    /// Whether what was produced became too long.
    pub(super) fn is_too_large(&self) -> bool {
        matches!(self.reason(), "inflates-too-large" | "too-large")
    }
}

impl PartialEq for LayerError {
    /// By stage and reason: for tests.
    fn eq(&self, other: &Self) -> bool {
        (self.stage(), self.reason()) == (other.stage(), other.reason())
    }
}
