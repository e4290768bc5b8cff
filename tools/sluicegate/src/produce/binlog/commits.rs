//! Changes in the order of their commits, and where they stand in the log. Free of IO.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::{Definition, Values};
use crate::produce::dms::Place;

/// A change of a row. One of the two sides is there at least.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) table: Arc<Definition>,
    pub(super) before: Option<Values>,
    pub(super) after: Option<Values>,
}

/// Where an event stands in its file: where it begins, and where it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// The transaction under way, and what has been committed before it.
#[derive(Debug, Default)]
pub(super) struct Commits {
    file: String,
    /// End of the last event of the file.
    offset: u64,
    /// Start of the transaction.
    begun_at: Option<u64>,
    /// With span of the event, and number of the row in it.
    changes: Vec<(Change, Span, usize)>,
    /// Where transactions can be undone to.
    savepoints: HashMap<String, usize>,
    /// The last change's transaction and number in it.
    previous: Option<(u64, u64)>,
    /// Where reading can begin again: file, place.
    settled: (String, u64),
}

impl Commits {
    /// Goes on in a file.
    pub(super) fn file(&mut self, file: String, offset: u64) {
        self.file = file;
        self.offset = offset;
        if self.changes.is_empty() && self.begun_at.is_none() {
            self.settle();
        }
    }

    /// Where the next event stands, which ends at `end` of four bytes: a file may be longer than they can tell.
    pub(super) fn span(&mut self, end: u32, size: u32) -> Span {
        const LOW: u64 = u32::MAX as u64;
        let mut whole = self.offset & !LOW | u64::from(end);
        if whole < self.offset && self.offset - whole > LOW / 2 {
            whole += LOW + 1;
        }
        self.offset = whole;
        Span {
            start: whole.saturating_sub(size.into()),
            end: whole,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.begun_at.is_some()
    }

    /// Begins a transaction, if it has not begun.
    pub(super) fn begin(&mut self, at: u64) {
        self.begun_at.get_or_insert(at);
    }

    pub(super) fn add(&mut self, change: Change, span: Span, row: usize) {
        self.changes.push((change, span, row));
    }

    /// Whether changes wait for their commit.
    pub(super) fn waits(&self) -> bool {
        !self.changes.is_empty()
    }

    pub(super) fn savepoint(&mut self, name: String) {
        self.savepoints.insert(name, self.changes.len());
    }

    pub(super) fn roll_back_to(&mut self, name: &str) {
        self.changes
            .truncate(self.savepoints.get(name).copied().unwrap_or_default());
    }

    pub(super) fn roll_back(&mut self) {
        self.changes.clear();
        self.end();
    }

    /// The transaction's changes, with the time of its commit in seconds since 1970.
    pub(super) fn commit(&mut self, seconds: u32) -> Vec<(Change, Place)> {
        let file = self.file.clone();
        let number = file
            .rsplit_once('.')
            .and_then(|(_, number)| number.parse().ok());
        let first = self
            .changes
            .first()
            .map_or(self.offset, |(_, span, _)| span.start);
        let begin = self.begun_at.unwrap_or(first);
        let transaction = number.unwrap_or(0_u64) << 32 | begin & u64::from(u32::MAX);
        let changes = std::mem::take(&mut self.changes).into_iter().zip(1..);
        let committed = changes.map(|((change, span, row), record)| {
            let Span { start, end } = span;
            let place = Place {
                transaction,
                record,
                previous: self.previous.replace((transaction, record)),
                committed_at: i64::from(seconds) * 1_000_000,
                position: format!("{file}:{start}:{row}:{end}:{transaction}:{file}:{begin}"),
            };
            (change, place)
        });
        let committed = committed.collect();
        self.end();
        committed
    }

    /// The transaction has ended, or an event outside of all has.
    pub(super) fn end(&mut self) {
        self.begun_at = None;
        self.savepoints.clear();
        self.settle();
    }

    fn settle(&mut self) {
        self.settled = (self.file.clone(), self.offset);
    }

    /// Where reading can begin again, so that nothing is left out and nothing comes twice: file and place.
    pub(super) fn settled(&self) -> (&str, u64) {
        (&self.settled.0, self.settled.1)
    }

    /// Where the last event ends: `FILE:POS`.
    pub(super) fn at(&self) -> String {
        format!("{}:{}", self.file, self.offset)
    }
}

#[cfg(test)]
#[path = "commits_tests.rs"]
mod tests;
