//! Taking layers off.

use std::borrow::Cow;
use std::mem;

use super::buffers::{Budget, Buffers, Content, ENTRY_BYTES, Entry, Place, index};
use super::config::Split;
use super::{Decoded, DecodedEvent, Layer, LayerError, Layers, Skip};
use crate::cloudwatch_logs::LogBatch;
use crate::glue::Schemas;
use crate::kinesis::KinesisEvent;
use crate::kpl::{self, Aggregate, Reading};

/// Takes the layers of a stream off its records, and keeps its buffers from one record or event to the next.
///
/// ```
/// use records::compression::{Compression, compress};
/// use records::glue::NoSchemas;
/// use records::layers::Decoder;
///
/// let mut decoder = Decoder::new("gzip".parse()?);
/// let data = compress(Compression::Gzip, b"hello")?;
/// let decoded = decoder.decode(&data, &NoSchemas);
/// let texts: Vec<_> = decoded.records().flat_map(|record| record.data).collect();
/// assert_eq!(texts, [b"hello"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    pub(super) layers: Layers,
    pub(super) buffers: Buffers,
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

    /// What the last [`Decoder::decode_event`], which has to have been of this event, has found.
    pub fn decoded_event<'a>(&'a self, event: &'a KinesisEvent) -> DecodedEvent<'a> {
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
                    entry.wrapped = Some(part(record.data));
                    self.payload(budget, entry, record.data, part(record.data), schemas);
                }
                Err(bad) => {
                    entry.wrapped = Some(place.part(data, bad.data));
                    self.fail(budget, entry, bad.error.into());
                }
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
            entry.wrapped = Some(place);
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

    pub(super) fn keep(&mut self, bytes: &[u8]) -> Place {
        let start = self.buffers.text.len();
        self.buffers.text.extend_from_slice(bytes);
        Place::text(&self.buffers.text, start)
    }

    pub(super) fn push(&mut self, entry: Entry, content: Content) {
        self.buffers.entries.push(Entry { content, ..entry });
    }

    #[cold]
    pub(super) fn fail(&mut self, budget: Budget, entry: Entry, error: LayerError) {
        let content = self.buffers.error(budget, error);
        self.push(entry, content);
    }
}
