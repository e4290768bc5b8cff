//! What is put around payloads: the schema registry's header, aggregation, compression.

mod args;
mod avro;
mod groups;
mod put;
mod registry;
mod shards;

use records::compression::{Compression, compress};
use records::glue::HEADER_LENGTH;

use super::effort::PutError;
use super::outgoing::Outgoing;

pub use args::WrapArgs;
pub(super) use put::put_aggregated;
pub use registry::{Registered, RegistryError, Subject};

/// What is put around the payloads of a stream, see `records::layers` for how it is taken off.
#[derive(Clone, Debug, Default)]
pub struct Wrapping {
    /// Aggregated as the Kinesis Producer Library does it.
    pub aggregate: bool,
    /// Of what is put, so around the aggregates.
    pub compression: Option<Compression>,
    /// Schemas for the header in front of each payload.
    pub schemas: Option<Registered>,
}

impl Wrapping {
    /// The layers as the functions' configuration names them, `gzip,kpl,glue`; empty without any.
    pub fn layers(&self) -> String {
        let compression = self.compression.map(Compression::name);
        let aggregation = self.aggregate.then_some("kpl");
        let header = self.schemas.is_some().then_some("glue");
        let layers = [compression, aggregation, header];
        layers.into_iter().flatten().collect::<Vec<_>>().join(",")
    }

    /// The same without the header.
    pub fn outer_layers(&self) -> String {
        let outer = Self {
            schemas: None,
            ..self.clone()
        };
        outer.layers()
    }

    /// The payload behind the header, if there is one.
    pub fn payload<'a>(&self, user_record: &'a [u8]) -> &'a [u8] {
        let header = self.schemas.as_ref().map_or(0, |_| HEADER_LENGTH);
        user_record.get(header..).unwrap_or_default()
    }

    /// The user record's bytes: with a header, if there are schemas. Not compressed and not aggregated yet.
    pub fn user_record(&self, record: &Outgoing) -> Vec<u8> {
        let payload = record.data.as_ref();
        match &self.schemas {
            Some(schemas) => schemas.write(payload, record.is_poison),
            None => payload.to_vec(),
        }
    }

    /// What is put, of the data of one or several user records.
    fn outside(&self, data: Vec<u8>) -> Result<Vec<u8>, PutError> {
        let Some(compression) = self.compression else {
            return Ok(data);
        };
        compress(compression, &data).map_err(|error| PutError::Compression {
            compression,
            reason: error.to_string(),
        })
    }

    /// The record with all that is around it, not aggregated.
    pub(super) fn whole(&self, record: Outgoing) -> Result<Outgoing, PutError> {
        if self.compression.is_none() && self.schemas.is_none() {
            return Ok(record);
        }
        let data = self.outside(self.user_record(&record))?;
        Ok(Outgoing {
            data: data.into(),
            ..record
        })
    }
}
