//! What is around one payload.

use std::mem;

use super::buffers::{Budget, Content, Entry, Place};
use super::config::{FixedSchema, Payload};
use super::decoder::Decoder;
use super::{Layer, LayerError};
use crate::glue::{DataFormat, Header, Lookup, PayloadReadError, Schema, Schemas};

impl Decoder {
    pub(super) fn payload(
        &mut self,
        budget: Budget,
        mut entry: Entry,
        data: &[u8],
        place: Place,
        schemas: &impl Schemas,
    ) {
        if self.layers.inner.is_none() && self.layers.payload == Payload::AsItIs {
            return self.push(entry, Content::Data(place));
        }
        let mut scratch = mem::take(&mut self.buffers.scratch);
        let result = self.unwrap(budget, &mut entry, (data, place), &mut scratch, schemas);
        self.buffers.scratch = scratch;
        match result {
            Ok(place) => self.push(entry, Content::Data(place)),
            Err(error) => self.fail(budget, entry, error),
        }
    }

    /// Takes off what is around one payload.
    fn unwrap(
        &mut self,
        budget: Budget,
        entry: &mut Entry,
        (data, place): (&[u8], Place),
        [first, second]: &mut [Vec<u8>; 2],
        schemas: &impl Schemas,
    ) -> Result<Place, LayerError> {
        let mut current = data;
        // Where `current` is, unless it is a scratch buffer's.
        let mut whole = Some(data);
        if let Some(inner) = self.layers.inner {
            first.clear();
            self.buffers
                .inflate(inner, current, budget, entry, Some(first))?;
            (current, whole) = (first, None);
        }
        let text = self.buffers.text.len();
        let room = self.buffers.room(budget);
        match &self.layers.payload {
            Payload::AsItIs => {}
            Payload::Glue(expected) => {
                let (header, payload) = Header::read(current)?;
                let id = header.schema_version_id;
                entry.schema = Some(self.buffers.schema_index(id));
                entry.found.push(Layer::Glue);
                current = payload;
                if let Some(compression) = header.compression {
                    second.clear();
                    self.buffers
                        .inflate(compression, current, budget, entry, Some(second))?;
                    (current, whole) = (second, None);
                }
                let schema = match schemas.look_up(id) {
                    Lookup::Found(schema) => schema,
                    Lookup::Unknown => return Err(LayerError::UnknownSchema(id)),
                    Lookup::NotLoaded => return Err(LayerError::SchemaNotLoaded(id)),
                    Lookup::Unusable(error) => {
                        let error = error.clone();
                        return Err(LayerError::UnusableSchema { id, error });
                    }
                };
                let found = schema.format();
                if let Some(expected) = expected.filter(|expected| *expected != found) {
                    return Err(LayerError::Format { found, expected });
                }
                // JSON stays where it is.
                if !matches!(schema, Schema::Json) {
                    schema
                        .read(current, room, &mut self.buffers.text)
                        .map_err(|error| payload_error(found, error))?;
                    entry.found.push(Layer::Payload(found));
                    return Ok(Place::text(&self.buffers.text, text));
                }
                entry.found.push(Layer::Payload(found));
            }
            Payload::Fixed(format) => {
                let schema = self.layers.schema.as_deref();
                let out = &mut self.buffers.text;
                let read = match (format, schema) {
                    (DataFormat::Avro, Some(FixedSchema::Avro(reader))) => reader
                        .read(current, room, out)
                        .map_err(PayloadReadError::from),
                    #[cfg(feature = "protobuf")]
                    (DataFormat::Protobuf, Some(FixedSchema::Protobuf(schema, of))) => schema
                        .read(*of, current, room, out)
                        .map_err(PayloadReadError::from),
                    _ => return Err(LayerError::NoSchema(*format)),
                };
                read.map_err(|error| payload_error(*format, error))?;
                entry.found.push(Layer::Payload(*format));
                return Ok(Place::text(&self.buffers.text, text));
            }
            Payload::Delimited(delimited) => {
                delimited.read(current, &mut self.buffers.text)?;
                entry.found.push(Layer::Delimited);
                if self.buffers.text.len() - text > room {
                    self.buffers.text.truncate(text);
                    return Err(LayerError::TooLarge(budget.record_bytes()));
                }
                return Ok(Place::text(&self.buffers.text, text));
            }
        }
        Ok(match whole {
            Some(whole) => place.part(whole, current),
            None => self.keep(current),
        })
    }
}

fn payload_error(format: DataFormat, error: PayloadReadError) -> LayerError {
    LayerError::Payload { format, error }
}
