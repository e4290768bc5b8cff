//! Places in an event's buffers.

use std::ops::Range;

/// A range of one of an event's buffers. Events are at most 6 MB; positions fit 32 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// `None` beyond 4 GiB, which no Lambda event reaches.
    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
        })
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
