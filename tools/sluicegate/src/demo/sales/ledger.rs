//! What was put on the stream and in the table.

use std::collections::{HashMap, HashSet};

use crate::produce::outgoing::Outgoing;
use crate::produce::put_items::{Write, Written};
use crate::produce::put_records::Receipt;
use crate::produce::sales::Produced;
use crate::produce::sales::model::{Expected, Model, Sale};
use crate::produce::sales::poison::Poison;
use crate::produce::wrap::Wrapping;

/// What a new record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// To be counted.
    Sale(Sale),
    /// To be put into quarantine.
    Poison(Poison),
}

/// All records of a demo.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Those of the stream.
    pub stream: StreamLedger,
    /// Those of the table.
    pub table: TableLedger,
}

/// What was put on the stream. Records of the same bytes are the same: so one that the SDK has sent twice is known, too.
#[derive(Debug, Default)]
pub struct StreamLedger {
    /// What all records come to, each sale once.
    pub model: Model,
    contents: HashMap<Vec<u8>, Content>,
    wrapping: Wrapping,
    /// Where the records have come to lie.
    pub receipts: Vec<Receipt>,
}

/// What was put into the table.
#[derive(Debug, Default)]
pub struct TableLedger {
    /// What all writes come to.
    pub model: Model,
    /// The orders by id, as they were put first.
    pub orders: HashMap<String, Content>,
    /// When each write was done.
    pub written: Vec<Written>,
}

impl StreamLedger {
    /// Of records with these layers.
    pub fn new(wrapping: Wrapping) -> Self {
        Self {
            wrapping,
            ..Self::default()
        }
    }

    /// The layers.
    pub fn wrapping(&self) -> &Wrapping {
        &self.wrapping
    }

    /// Records of the stream that those that were put are in.
    pub fn count(&self) -> u64 {
        let places = self.receipts.iter().map(|receipt| &receipt.sequence_number);
        places.collect::<HashSet<_>>().len() as u64
    }

    /// Enters the next record that the producer makes.
    pub fn produced(&mut self, produced: &Produced<Outgoing>) {
        self.model.add(&produced.expected);
        if let Some(content) = content(&produced.expected) {
            let data = self.wrapping.user_record(&produced.record);
            self.contents.insert(data, content);
        }
    }

    /// What a user record with these bytes is, its header included, if it was put.
    pub fn content(&self, data: &[u8]) -> Option<&Content> {
        self.contents.get(data)
    }
}

impl TableLedger {
    /// Enters the next write that the producer makes.
    pub fn produced(&mut self, produced: &Produced<Write>) {
        self.model.add(&produced.expected);
        if let Some(content) = content(&produced.expected) {
            self.orders.insert(produced.record.id.clone(), content);
        }
    }
}

impl Ledger {
    /// Records that were taken.
    pub fn count(&self) -> u64 {
        (self.stream.receipts.len() + self.table.written.len()) as u64
    }

    /// When the first record was put, in milliseconds since 1970.
    pub fn first_put_at(&self) -> Option<i64> {
        let stream = self.stream.receipts.iter().map(|receipt| receipt.put_at);
        let table = self.table.written.iter().map(|written| written.put_at);
        stream.chain(table).min()
    }
}

/// `None` for what repeats or changes something that was put before.
fn content(expected: &Expected) -> Option<Content> {
    match expected {
        Expected::Counted(sale) => Some(Content::Sale(sale.clone())),
        Expected::Quarantined(poison) => Some(Content::Poison(*poison)),
        Expected::Duplicate(_) | Expected::Modified | Expected::Removed => None,
    }
}
