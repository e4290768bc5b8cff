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
            match self.load(id, deadline).await {
                Ok(()) => {}
                Err(error @ FetchError::NoTime { .. }) => {
                    failure = failure.or(Some(error));
                    break;
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        (decoder.decode_event(event, self), failure)
    }

    /// Loads a schema version, unless it is there, until `deadline`.
    pub async fn load(&mut self, id: SchemaVersionId, deadline: Instant) -> Result<(), FetchError> {
        if !matches!(self.schemas.look_up(id), Lookup::NotLoaded) {
            return Ok(());
        }
        let fetched = timeout_at(deadline, self.source.fetch(id)).await;
        let fetched = fetched.map_err(|_| FetchError::NoTime { id })??;
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
