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
use tokio::time::Instant;

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

    /// Reads an event, with those schemas loaded that it needs. Where one cannot be loaded, its records are errors that
    /// are to be retried.
    pub async fn decode_event<'a>(
        &mut self,
        decoder: &'a mut Decoder,
        event: &'a KinesisEvent,
    ) -> DecodedEvent<'a> {
        self.forget_unknown();
        let missing = decoder.decode_event(event, self).missing_schemas();
        if missing.is_empty() {
            return decoder.decoded_event(event);
        }
        for id in missing {
            // What cannot be loaded shows in the records.
            self.load(id).await.ok();
        }
        decoder.decode_event(event, self)
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
