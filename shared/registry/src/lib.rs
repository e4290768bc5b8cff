#![doc = include_str!("../README.md")]

mod glue;
mod source;

pub use glue::GlueSource;
pub use source::{FetchError, Fetched, SchemaSource};

use std::collections::BTreeMap;
use std::time::Duration;

use records::KinesisEvent;
use records::avro::AvroSchema;
use records::glue::{Lookup, Schema, SchemaSet, SchemaVersionId, Schemas};
use records::layers::{DecodedEvent, Decoder};
use tokio::time::{Instant, timeout_at};

/// How long a schema version that is not there is taken not to be there: it may be on its way.
const UNKNOWN_FOR: Duration = Duration::from_secs(60);

/// The schemas that have been loaded so far.
///
/// ```
/// use registry::{FetchError, Fetched, Registry, SchemaSource};
/// use records::glue::{DataFormat, Lookup, SchemaVersionId, Schemas};
///
/// struct Strings;
///
/// impl SchemaSource for Strings {
///     async fn fetch(&self, _id: SchemaVersionId) -> Result<Option<Fetched>, FetchError> {
///         Ok(Some(Fetched { format: DataFormat::Avro, definition: r#""string""#.to_owned() }))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), FetchError> {
/// let (mut registry, id) = (Registry::new(Strings, None), SchemaVersionId::from_bytes([7; 16]));
/// registry.load(id).await?;
/// assert!(matches!(registry.look_up(id), Lookup::Found(_)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Registry<S> {
    source: S,
    /// Reads Avro as datums of this schema.
    reader: Option<AvroSchema>,
    schemas: SchemaSet,
    /// Until when they are taken not to be there.
    unknown: BTreeMap<SchemaVersionId, Instant>,
}

impl<S: SchemaSource> Registry<S> {
    /// Loads from `source`. With `reader`, Avro payloads are read as datums of that schema, whatever they were written
    /// with.
    pub fn new(source: S, reader: Option<AvroSchema>) -> Self {
        Self {
            source,
            reader,
            schemas: SchemaSet::default(),
            unknown: BTreeMap::new(),
        }
    }

    /// Reads an event, with those schemas loaded that it needs, until `deadline`. Records of a schema that is not there
    /// by then are errors that are to be retried; the second value says why the first one is not there.
    pub async fn decode_event<'a>(
        &mut self,
        decoder: &'a mut Decoder,
        event: &'a KinesisEvent,
        deadline: Instant,
    ) -> (DecodedEvent<'a>, Option<FetchError>) {
        self.forget_unknown();
        let missing = decoder.decode_event(event, self).missing_schemas();
        if missing.is_empty() {
            return (decoder.decoded_event(event), None);
        }
        let mut failure = None;
        for id in missing {
            match timeout_at(deadline, self.load(id)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failure = failure.or(Some(error)),
                Err(_) => {
                    failure = failure.or(Some(FetchError::NoTime { id }));
                    break;
                }
            }
        }
        (decoder.decode_event(event, self), failure)
    }

    /// Loads a schema version, unless it is there.
    pub async fn load(&mut self, id: SchemaVersionId) -> Result<(), FetchError> {
        if !matches!(self.schemas.look_up(id), Lookup::NotLoaded) {
            return Ok(());
        }
        let fetched = self.source.fetch(id).await?;
        let schema = fetched
            .map(|fetched| Schema::new(fetched.format, &fetched.definition, self.reader.as_ref()));
        if schema.is_none() {
            self.unknown.insert(id, Instant::now() + UNKNOWN_FOR);
        }
        self.schemas.insert(id, schema);
        Ok(())
    }

    fn forget_unknown(&mut self) {
        let now = Instant::now();
        let schemas = &mut self.schemas;
        self.unknown.retain(|id, until| {
            let stays = *until > now;
            if !stays {
                schemas.remove(*id);
            }
            stays
        });
    }
}

impl<S> Schemas for Registry<S> {
    fn look_up(&self, id: SchemaVersionId) -> Lookup<'_> {
        self.schemas.look_up(id)
    }
}

#[cfg(test)]
mod tests;
