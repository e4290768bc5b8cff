//! Taking layers off.

use std::borrow::Cow;
use std::mem;

use super::buffers::{Budget, Buffers, Content, ENTRY_BYTES, Entry, Place, index};
use super::config::{FixedSchema, Payload, Split};
use super::{Decoded, DecodedEvent, Layer, LayerError, Layers, Skip};
use crate::cloudwatch_logs::LogBatch;
use crate::glue::{DataFormat, Header, Lookup, PayloadReadError, Schema, Schemas};
use crate::kinesis::KinesisEvent;
use crate::kpl::{self, Aggregate, Reading};

/// Takes the layers of a stream off its records, and keeps its buffers from one record or event to the next.
#[derive(Debug, Default)]
pub struct Decoder {
    layers: Layers,
    buffers: Buffers,
}

impl Decoder {
    /// A decoder for a stream.
    pub fn new(layers: Layers) -> Self {
        Self {
            layers,
            buffers: Buffers::default(),
        }
    }

    /// The layers.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Reads the data of one record.
    pub fn decode<'a>(&'a mut self, data: &'a [u8], schemas: &impl Schemas) -> Decoded<'a> {
        self.buffers.clear();
        self.record(0, data, schemas);
        Decoded::new(&self.buffers, data)
    }

    /// Reads all records of an event. Those that the event does not have as it should are errors among the others.
    pub fn decode_event<'a>(
        &'a mut self,
        event: &'a KinesisEvent,
        schemas: &impl Schemas,
    ) -> DecodedEvent<'a> {
        self.buffers.clear();
        self.buffers.entries.reserve(event.len());
        for (number, record) in event.records().enumerate() {
            let number = index(number);
            match record.user_record() {
                Ok(user) => self.record(number, user.data, schemas),
                Err(error) => {
                    let budget = self.buffers.budget(self.layers.limits);
                    let content = self.buffers.error(budget, error.into());
                    self.push(Entry::new(number), content);
                }
            }
        }
        DecodedEvent::new(&self.buffers, event)
    }

    fn record(&mut self, number: u32, data: &[u8], schemas: &impl Schemas) {
        let budget = self.buffers.budget(self.layers.limits);
        let mut entry = Entry::new(number);
        let Some(outer) = self.layers.outer else {
            return self.split(budget, entry, data, Place::input(data), schemas);
        };
        let start = self.buffers.inflated.len();
        let result = self.buffers.inflate(outer, data, budget, &mut entry, None);
        if let Err(error) = result {
            return self.fail(budget, entry, error);
        }
        // Nothing is added to it until the record is done.
        let inflated = mem::take(&mut self.buffers.inflated);
        let budget = budget.with(inflated.len());
        let place = Place::inflated(&inflated, start);
        let text = inflated.get(start..).unwrap_or_default();
        self.split(budget, entry, text, place, schemas);
        self.buffers.inflated = inflated;
    }

    fn split(
        &mut self,
        budget: Budget,
        mut entry: Entry,
        data: &[u8],
        place: Place,
        schemas: &impl Schemas,
    ) {
        match self.layers.split {
            None => self.payload(budget, entry, data, place, schemas),
            Some(Split::CloudWatchLogs) => self.log_events(budget, entry, data, place, schemas),
            Some(Split::Kpl) => {
                let mut tables = mem::take(&mut self.buffers.tables);
                match kpl::read(data, &mut tables) {
                    Reading::Plain => self.payload(budget, entry, data, place, schemas),
                    Reading::Doubtful(doubt) => {
                        entry.doubt = Some(doubt);
                        self.payload(budget, entry, data, place, schemas);
                    }
                    Reading::Aggregate(aggregate) => {
                        entry.found.push(Layer::Kpl);
                        self.aggregate(budget, entry, aggregate, (data, place), schemas);
                    }
                }
                self.buffers.tables = tables;
            }
        }
    }

    fn aggregate(
        &mut self,
        budget: Budget,
        outer: Entry,
        aggregate: Aggregate<'_, '_>,
        (data, place): (&[u8], Place),
        schemas: &impl Schemas,
    ) {
        if aggregate.is_empty() {
            return self.push(outer, Content::Skipped(Skip::EmptyAggregate));
        }
        for (number, record) in aggregate.records().enumerate() {
            let mut entry = outer;
            if !self.next(budget, &mut entry, number) {
                return;
            }
            match record {
                Ok(record) => {
                    let part = |part: &[u8]| place.part(data, part);
                    entry.partition_key = Some(part(record.partition_key.as_bytes()));
                    let hash_key = record.explicit_hash_key;
                    entry.explicit_hash_key = hash_key.map(|key| part(key.as_bytes()));
                    self.payload(budget, entry, record.data, part(record.data), schemas);
                }
                Err(error) => self.fail(budget, entry, error.into()),
            }
        }
    }

    fn log_events(
        &mut self,
        budget: Budget,
        mut outer: Entry,
        data: &[u8],
        place: Place,
        schemas: &impl Schemas,
    ) {
        let batch = match LogBatch::from_json(data) {
            Ok(batch) => batch,
            Err(error) => return self.fail(budget, outer, LayerError::CloudWatchLogs(error)),
        };
        outer.found.push(Layer::CloudWatchLogs);
        if batch.is_control() {
            return self.push(outer, Content::Skipped(Skip::ControlMessage));
        }
        if batch.log_events.is_empty() {
            return self.push(outer, Content::Skipped(Skip::NoLogEvents));
        }
        for (number, event) in batch.log_events.iter().enumerate() {
            let mut entry = outer;
            if !self.next(budget, &mut entry, number) {
                return;
            }
            let message = event.message.as_bytes();
            let place = match &event.message {
                Cow::Borrowed(_) => place.part(data, message),
                Cow::Owned(_) if message.len() > self.buffers.room(budget) => {
                    let error = LayerError::TooLarge(budget.record_bytes());
                    self.fail(budget, entry, error);
                    continue;
                }
                Cow::Owned(_) => self.keep(message),
            };
            self.payload(budget, entry, message, place, schemas);
        }
    }

    /// Makes the entry the one of that user record, if there is room for it. If there is not, the entry's error stands
    /// for it and all behind it.
    fn next(&mut self, budget: Budget, entry: &mut Entry, number: usize) -> bool {
        entry.subsequence_number = index(number);
        if number == 0 {
            return true;
        }
        if self.buffers.room(budget) < ENTRY_BYTES {
            let error = LayerError::TooLarge(budget.record_bytes());
            self.fail(budget, *entry, error);
            return false;
        }
        self.buffers.further += 1;
        true
    }

    fn payload(
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

    fn keep(&mut self, bytes: &[u8]) -> Place {
        let start = self.buffers.text.len();
        self.buffers.text.extend_from_slice(bytes);
        Place::text(&self.buffers.text, start)
    }

    fn push(&mut self, entry: Entry, content: Content) {
        self.buffers.entries.push(Entry { content, ..entry });
    }

    #[cold]
    fn fail(&mut self, budget: Budget, entry: Entry, error: LayerError) {
        let content = self.buffers.error(budget, error);
        self.push(entry, content);
    }
}

fn payload_error(format: DataFormat, error: PayloadReadError) -> LayerError {
    LayerError::Payload { format, error }
}
