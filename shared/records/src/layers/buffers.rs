//! What a decoder keeps: places of user records, and what was rewritten of them.

use super::config::Limits;
use super::{Found, Layer, LayerError, Skip};
use crate::compression::{Compression, Inflater};
use crate::glue::SchemaVersionId;
use crate::kpl::{Doubt, Tables};
use crate::span::Span;

/// What a user record costs besides its bytes.
pub(super) const ENTRY_BYTES: usize = size_of::<Entry>();

#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) inflater: Inflater,
    pub(super) tables: Tables,
    /// For what is between two layers of one user record.
    pub(super) scratch: [Vec<u8>; 2],
    /// What records of the stream inflate to.
    pub(super) inflated: Vec<u8>,
    /// What user records become.
    pub(super) text: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    pub(super) schema_ids: Vec<SchemaVersionId>,
    pub(super) errors: Vec<LayerError>,
    /// User records beyond the first of their stream record.
    pub(super) further: usize,
}

/// Where a decoder is in its limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    limits: Limits,
    /// What was used when the record began.
    start: usize,
    /// Bytes that are used, but not in the buffers.
    taken: usize,
}

/// A user record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Index of the stream's record.
    pub(super) record: u32,
    pub(super) subsequence_number: u32,
    pub(super) partition_key: Option<Place>,
    pub(super) explicit_hash_key: Option<Place>,
    /// Index among the ids.
    pub(super) schema: Option<u32>,
    pub(super) found: Found,
    pub(super) doubt: Option<Doubt>,
    /// Of a record of several: its data with its own layers.
    pub(super) wrapped: Option<Place>,
    pub(super) content: Content,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    Data(Place),
    /// Index among the errors.
    Error(u32),
    Skipped(Skip),
}

/// Where bytes are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    source: Source,
    span: Span,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Input,
    Inflated,
    Text,
}

impl Budget {
    /// With bytes that are out of the buffers for a while.
    pub(super) fn with(self, taken: usize) -> Self {
        Self {
            taken: self.taken + taken,
            ..self
        }
    }

    pub(super) fn record_bytes(self) -> usize {
        self.limits.record_bytes
    }
}

impl Entry {
    pub(super) fn new(record: u32) -> Self {
        Self {
            record,
            subsequence_number: 0,
            partition_key: None,
            explicit_hash_key: None,
            schema: None,
            found: Found::default(),
            doubt: None,
            wrapped: None,
            content: Content::Data(Place::input(&[])),
        }
    }
}

impl Place {
    /// All of a stream record's data.
    pub(super) fn input(data: &[u8]) -> Self {
        Self::new(Source::Input, 0, data.len())
    }

    /// The end of what is inflated.
    pub(super) fn inflated(inflated: &[u8], start: usize) -> Self {
        Self::new(Source::Inflated, start, inflated.len())
    }

    /// The end of the text.
    pub(super) fn text(text: &[u8], start: usize) -> Self {
        Self::new(Source::Text, start, text.len())
    }

    /// Of a part of the bytes that are here.
    pub(super) fn part(self, whole: &[u8], part: &[u8]) -> Self {
        let inside = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        let start = self.span.range().start + inside;
        Self::new(self.source, start, start + part.len())
    }

    fn new(source: Source, start: usize, end: usize) -> Self {
        // Beyond 4 GiB nothing is: no event is so long, and no limit is so high that it could be lifted there.
        let span = Span::new(start, end).unwrap_or_default();
        Self { source, span }
    }
}

impl Buffers {
    pub(super) fn clear(&mut self) {
        self.inflated.clear();
        self.text.clear();
        self.entries.clear();
        self.schema_ids.clear();
        self.errors.clear();
        self.further = 0;
    }

    pub(super) fn budget(&self, limits: Limits) -> Budget {
        let start = self.used();
        Budget {
            limits,
            start,
            taken: 0,
        }
    }

    /// Bytes that the record may still become.
    pub(super) fn room(&self, budget: Budget) -> usize {
        let (of_record, of_event) = self.rooms(budget);
        of_record.min(of_event)
    }

    /// Appends to `out`, which is none of these buffers, or to what is inflated if there is none.
    pub(super) fn inflate(
        &mut self,
        compression: Compression,
        data: &[u8],
        budget: Budget,
        entry: &mut Entry,
        out: Option<&mut Vec<u8>>,
    ) -> Result<(), LayerError> {
        let room = self.room(budget);
        let out = out.unwrap_or(&mut self.inflated);
        self.inflater.inflate(compression, data, room, out)?;
        entry.found.push(Layer::Compression(compression));
        Ok(())
    }

    pub(super) fn error(&mut self, budget: Budget, error: LayerError) -> Content {
        let (of_record, of_event) = self.rooms(budget);
        let error = if error.is_too_large() && of_event < of_record {
            LayerError::EventTooLarge(budget.limits.event_bytes)
        } else {
            error
        };
        self.errors.push(error);
        Content::Error(index(self.errors.len() - 1))
    }

    pub(super) fn schema_index(&mut self, id: SchemaVersionId) -> u32 {
        let known = self.schema_ids.iter().rposition(|known| *known == id);
        let place = known.unwrap_or_else(|| {
            self.schema_ids.push(id);
            self.schema_ids.len() - 1
        });
        index(place)
    }

    pub(super) fn bytes<'a>(&'a self, input: &'a [u8], place: Place) -> &'a [u8] {
        let source = match place.source {
            Source::Input => input,
            Source::Inflated => self.inflated.as_slice(),
            Source::Text => self.text.as_slice(),
        };
        source.get(place.span.range()).unwrap_or_default()
    }

    fn used(&self) -> usize {
        self.inflated.len() + self.text.len() + self.further * ENTRY_BYTES
    }

    /// What the limit of a record leaves, and that of an event.
    fn rooms(&self, budget: Budget) -> (usize, usize) {
        let used = self.used() + budget.taken;
        let of_record = budget
            .limits
            .record_bytes
            .saturating_sub(used.saturating_sub(budget.start));
        (of_record, budget.limits.event_bytes.saturating_sub(used))
    }
}

/// Counts of records and errors fit: there is less of them than of bytes, of which there are at most 4 GiB.
pub(super) fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
