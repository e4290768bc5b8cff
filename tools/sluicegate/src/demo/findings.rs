//! What of a database's changes is lost or wrong, each record counted once.

use std::collections::{BTreeMap, BTreeSet};

use super::problems::Problems;
use super::read_back::{Attribute, StoredRow};

/// What is lost and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Records whose rows are missing; poison that is not in quarantine.
    pub lost: Problems,
    /// Records whose rows are otherwise than they must be, or are there and must not be; the same in quarantine.
    pub wrong: Problems,
    /// Records that are lost or wrong, by their place in the producer's order.
    bad: BTreeSet<u64>,
}

impl Findings {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.wrong.is_empty()
    }

    /// How many records with a row are lost or wrong.
    pub(super) fn bad(&self) -> u64 {
        self.bad.len() as u64
    }

    pub(super) fn is_lost(&mut self, record: Option<u64>, description: String) {
        let records = self.bad_record(record);
        self.lost.add(records, description);
    }

    pub(super) fn is_wrong(&mut self, record: Option<u64>, description: String) {
        let records = self.bad_record(record);
        self.wrong.add(records, description);
    }

    /// Each record counts once, in however many rows it has come to nothing.
    fn bad_record(&mut self, record: Option<u64>) -> u64 {
        u64::from(record.is_none_or(|record| self.bad.insert(record)))
    }
}

/// The attributes that differ.
pub(super) fn differences(found: &StoredRow, expected: &StoredRow) -> String {
    let names: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| found.get(*name) != expected.get(*name));
    let differ = differ.map(|name| {
        let (found, expected) = (found.get(name), expected.get(name));
        format!(
            "{name} {}, expected {}",
            show_value(found),
            show_value(expected)
        )
    });
    differ.collect::<Vec<_>>().join("; ")
}

/// A row for people.
pub(super) fn show(row: &BTreeMap<String, Attribute>) -> String {
    let attributes = row.iter();
    let shown = attributes.map(|(name, value)| format!("{name} {}", show_value(Some(value))));
    shown.collect::<Vec<_>>().join(", ")
}

fn show_value(value: Option<&Attribute>) -> String {
    match value {
        Some(Attribute::Text(text)) => format!("{text:?}"),
        Some(Attribute::Number(text) | Attribute::Other(text)) => text.clone(),
        None => "nothing".to_owned(),
    }
}
