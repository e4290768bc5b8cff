//! Schemas of a registry, and where they are found.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use super::SchemaVersionId;
use crate::avro::{AvroError, AvroReader, AvroSchema, AvroSchemaError};
#[cfg(feature = "protobuf")]
use crate::protobuf::{ProtobufError, ProtobufSchema, ProtobufSchemaError};

/// What a schema is of (Glue API reference, `GetSchemaVersion`, `DataFormat`).
///
/// ```
/// use records::glue::DataFormat;
///
/// assert_eq!("AVRO".parse(), Ok(DataFormat::Avro));
/// assert_eq!(DataFormat::Avro.name(), "avro");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataFormat {
    /// `AVRO`
    Avro,
    /// `JSON`
    Json,
    /// `PROTOBUF`
    Protobuf,
}

/// A schema, ready to read payloads with.
///
/// ```
/// use records::glue::{DataFormat, Schema};
///
/// let schema = Schema::new(DataFormat::Avro, r#""long""#, None)?;
/// let mut text = Vec::new();
/// schema.read(&[84], 100, &mut text)?;
/// assert_eq!(text, b"42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub enum Schema {
    /// Of bare datums.
    Avro(AvroReader),
    /// Of JSON text, which is taken as it is: producers have checked it against the schema.
    Json,
    /// Of messages with their index in front.
    #[cfg(feature = "protobuf")]
    Protobuf(ProtobufSchema),
}

/// Why a schema cannot be used.
///
/// ```
/// use records::glue::{DataFormat, Schema, SchemaError};
///
/// let error = Schema::new(DataFormat::Avro, "record Reading", None).unwrap_err();
/// assert!(matches!(error, SchemaError::Avro(_)), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// An Avro schema that is none, or that does not fit the reader's.
    #[error("{0}")]
    Avro(#[from] AvroSchemaError),
    /// A Protobuf schema that is none.
    #[cfg(feature = "protobuf")]
    #[error("{0}")]
    Protobuf(#[from] ProtobufSchemaError),
    /// This build cannot read the format.
    #[error("this build has no {0}: the feature of that name is off")]
    NotBuiltIn(DataFormat),
}

/// Why a payload cannot be read with its schema.
///
/// ```
/// use records::glue::{DataFormat, Schema};
///
/// let schema = Schema::new(DataFormat::Json, "{}", None)?;
/// let error = schema.read(br#"{"sensor_id":"s-1"}"#, 10, &mut Vec::new()).unwrap_err();
/// assert_eq!((error.reason(), error.to_string().as_str()), ("too-large", "the payload is longer than 10 bytes"));
/// # Ok::<(), records::glue::SchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadReadError {
    /// It is not such a datum.
    #[error("{0}")]
    Avro(#[from] AvroError),
    /// It is not such a message.
    #[cfg(feature = "protobuf")]
    #[error("{0}")]
    Protobuf(#[from] ProtobufError),
    /// JSON text that is longer than the limit.
    #[error("the payload is longer than {0} bytes")]
    TooLarge(usize),
}

impl PayloadReadError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Avro(error) => error.reason(),
            #[cfg(feature = "protobuf")]
            Self::Protobuf(error) => error.reason(),
            Self::TooLarge(_) => "too-large",
        }
    }
}

impl Schema {
    /// Makes a schema of its text. With `reader`, Avro is read as that schema's.
    pub fn new(
        format: DataFormat,
        definition: &str,
        reader: Option<&AvroSchema>,
    ) -> Result<Self, SchemaError> {
        match format {
            DataFormat::Avro => {
                let writer = AvroSchema::parse(definition)?;
                Ok(Self::Avro(match reader {
                    Some(reader) => AvroReader::resolving(&writer, reader)?,
                    None => AvroReader::new(&writer)?,
                }))
            }
            DataFormat::Json => Ok(Self::Json),
            #[cfg(feature = "protobuf")]
            DataFormat::Protobuf => Ok(Self::Protobuf(ProtobufSchema::parse(definition)?)),
            #[cfg(not(feature = "protobuf"))]
            DataFormat::Protobuf => Err(SchemaError::NotBuiltIn(format)),
        }
    }

    /// What it is of.
    pub fn format(&self) -> DataFormat {
        match self {
            Self::Avro(_) => DataFormat::Avro,
            Self::Json => DataFormat::Json,
            #[cfg(feature = "protobuf")]
            Self::Protobuf(_) => DataFormat::Protobuf,
        }
    }

    /// Appends the JSON text of a payload, `limit` bytes at most. `out` is left as it was if that fails.
    pub fn read(
        &self,
        payload: &[u8],
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), PayloadReadError> {
        match self {
            Self::Avro(reader) => Ok(reader.read(payload, limit, out)?),
            Self::Json if payload.len() > limit => Err(PayloadReadError::TooLarge(limit)),
            Self::Json => {
                out.extend_from_slice(payload);
                Ok(())
            }
            #[cfg(feature = "protobuf")]
            Self::Protobuf(schema) => {
                let indexed = super::split_message_index(payload);
                let (id, message) = indexed
                    .and_then(|(index, message)| Some((schema.indexed(index)?, message)))
                    .ok_or(ProtobufError::NoIndex)?;
                Ok(schema.read(id, message, limit, out)?)
            }
        }
    }
}

/// What is known of a schema version.
///
/// ```
/// use records::glue::{DataFormat, Lookup, Schema, SchemaSet, SchemaVersionId, Schemas};
///
/// let id = SchemaVersionId::from_bytes([7; 16]);
/// let mut schemas = SchemaSet::default();
/// schemas.insert(id, None);
/// assert!(matches!(schemas.look_up(id), Lookup::Unknown));
/// schemas.insert(id, Some(Schema::new(DataFormat::Avro, "no schema", None)));
/// assert!(matches!(schemas.look_up(id), Lookup::Unusable(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'a> {
    /// The schema.
    Found(&'a Schema),
    /// The registry has it, but it cannot be used.
    Unusable(&'a SchemaError),
    /// The registry says that there is none.
    Unknown,
    /// Nobody has asked the registry so far, or it did not answer.
    NotLoaded,
}

/// Where schemas are found. To look does not wait: see
/// [`Decoded::missing_schemas`](crate::layers::DecodedEvent::missing_schemas) for how they get there.
///
/// ```
/// use records::glue::{Lookup, Schema, SchemaVersionId, Schemas};
///
/// /// A stream whose producers have one schema, whatever id they write.
/// struct One(Schema);
///
/// impl Schemas for One {
///     fn look_up(&self, _id: SchemaVersionId) -> Lookup<'_> {
///         Lookup::Found(&self.0)
///     }
/// }
/// ```
pub trait Schemas {
    /// What is known of a schema version.
    fn look_up(&self, id: SchemaVersionId) -> Lookup<'_>;
}

/// For streams without a registry.
///
/// ```
/// use records::glue::NoSchemas;
/// use records::layers::Decoder;
///
/// let mut decoder = Decoder::new("gzip".parse()?);
/// assert_eq!(decoder.decode(b"not compressed", &NoSchemas).records().filter(|one| one.data.is_err()).count(), 1);
/// # Ok::<(), records::layers::LayersError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSchemas;

impl Schemas for NoSchemas {
    fn look_up(&self, _id: SchemaVersionId) -> Lookup<'_> {
        Lookup::NotLoaded
    }
}

/// Schemas in memory.
///
/// ```
/// use records::glue::{DataFormat, Lookup, Schema, SchemaSet, Schemas};
///
/// let id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse()?;
/// let mut schemas = SchemaSet::default();
/// assert!(matches!(schemas.look_up(id), Lookup::NotLoaded));
/// schemas.insert(id, Some(Schema::new(DataFormat::Avro, r#""string""#, None)));
/// assert!(matches!(schemas.look_up(id), Lookup::Found(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SchemaSet(HashMap<SchemaVersionId, Option<Result<Schema, SchemaError>>>);

impl SchemaSet {
    /// Takes a schema version; `None` for one that the registry does not have.
    pub fn insert(&mut self, id: SchemaVersionId, schema: Option<Result<Schema, SchemaError>>) {
        self.0.insert(id, schema);
    }

    /// Forgets a schema version, so that it is looked up again.
    pub fn remove(&mut self, id: SchemaVersionId) {
        self.0.remove(&id);
    }
}

impl Schemas for SchemaSet {
    fn look_up(&self, id: SchemaVersionId) -> Lookup<'_> {
        match self.0.get(&id) {
            Some(Some(Ok(schema))) => Lookup::Found(schema),
            Some(Some(Err(error))) => Lookup::Unusable(error),
            Some(None) => Lookup::Unknown,
            None => Lookup::NotLoaded,
        }
    }
}

impl<S: Schemas + ?Sized> Schemas for &S {
    fn look_up(&self, id: SchemaVersionId) -> Lookup<'_> {
        (**self).look_up(id)
    }
}

impl DataFormat {
    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avro => "avro",
            Self::Json => "json",
            Self::Protobuf => "protobuf",
        }
    }
}

impl fmt::Display for DataFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a format.
///
/// ```
/// assert!("XML".parse::<records::glue::DataFormat>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a data format is AVRO, JSON or PROTOBUF")]
pub struct DataFormatError;

impl FromStr for DataFormat {
    type Err = DataFormatError;

    /// As the registry writes it, in letters of any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Avro, Self::Json, Self::Protobuf]
            .into_iter()
            .find(|format| format.name().eq_ignore_ascii_case(text))
            .ok_or(DataFormatError)
    }
}
