//! Taking the layers off the records of a Kinesis event.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use records::KinesisEvent;
use records::glue::NoSchemas;
use records::layers::{DecodedEvent, Decoder, LayerError, Layers};
use registry::{FetchError, GlueSource, Registry};
use tokio::time::Instant;

use crate::layers::LayersConfig;
use crate::outcome::{Outcome, Poison, Stage};
use crate::user_records::{LayerNames, UserRecords};

/// The layers of a stream, with the schemas that were loaded so far.
#[derive(Debug, Default)]
pub struct RecordLayers {
    layers: Layers,
    /// Their text.
    all: String,
    /// The text of those of each record of several.
    inside: String,
    registry: Option<tokio::sync::Mutex<Registry<GlueSource>>>,
    /// Buffers of the invocation before.
    decoder: Mutex<Option<Decoder>>,
}

impl RecordLayers {
    /// The layers of the settings. Schemas are loaded with the SDK's configuration when a record needs them.
    pub fn new(config: LayersConfig, sdk: &SdkConfig) -> Self {
        let LayersConfig { layers, reader } = config;
        let registry = layers.needs_registry().then(|| {
            let registry = Registry::new(GlueSource::new(sdk), reader);
            tokio::sync::Mutex::new(registry)
        });
        Self {
            inside: layers.inside().to_string(),
            all: layers.to_string(),
            layers,
            registry,
            decoder: Mutex::default(),
        }
    }

    /// What [`RecordLayers::read`] needs; to be given back afterwards, so that its buffers are used again.
    pub(crate) fn take_decoder(&self) -> Decoder {
        let mut kept = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take()
            .unwrap_or_else(|| Decoder::new(self.layers.clone()))
    }

    pub(crate) fn give_back(&self, decoder: Decoder) {
        if !self.layers.is_none() {
            let mut kept = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(decoder);
        }
    }

    /// Reads the records of an event. What it needs of the schema registry is loaded until `deadline`.
    pub(crate) async fn read<'a>(
        &'a self,
        decoder: &'a mut Decoder,
        event: &'a KinesisEvent,
        deadline: Instant,
    ) -> UserRecords<'a> {
        if self.layers.is_none() {
            return UserRecords::plain(event);
        }
        let (found, failure) = match &self.registry {
            None => (decoder.decode_event(event, &NoSchemas), None),
            Some(registry) => {
                let mut registry = registry.lock().await;
                // Boxed: the call's future is large, and few functions make the call.
                Box::pin(registry.decode_event(decoder, event, deadline)).await
            }
        };
        self.user_records(event, found, failure.as_ref())
    }

    fn user_records<'a>(
        &'a self,
        event: &'a KinesisEvent,
        found: DecodedEvent<'a>,
        failure: Option<&FetchError>,
    ) -> UserRecords<'a> {
        let names = LayerNames {
            all: &self.all,
            inside: &self.inside,
        };
        let mut records = UserRecords::with_layers(event, names, event.len());
        for (stream_record, one) in found.all() {
            match one {
                Ok(record) => {
                    records.add(&stream_record, &record, |error| outcome(error, failure));
                }
                Err(skipped) => records.skip(skipped.record),
            }
        }
        records
    }
}

/// What becomes of a record whose layers cannot be taken off.
fn outcome(error: &LayerError, failure: Option<&FetchError>) -> Outcome {
    if error.is_retryable() {
        return Outcome::Retry(match (error, failure) {
            (LayerError::SchemaNotLoaded(_), Some(failure)) => failure.to_string(),
            _ => error.to_string(),
        });
    }
    let stage = match error {
        LayerError::Record(_) => Stage::Envelope,
        _ => Stage::Layer(error.stage()),
    };
    Outcome::Poison(Poison {
        stage,
        reason: error.reason(),
        detail: Cow::Owned(error.to_string()),
    })
}
