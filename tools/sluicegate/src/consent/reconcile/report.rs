//! What a comparison has found, and what was done about it.

use serde::Serialize;

use super::difference::{Channel, Difference, Number, Status};
use super::repair::Outcome;

/// A number that differs, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// In E.164.
    pub phone: String,
    /// How it differs.
    pub difference: Difference,
    /// What was said last.
    pub status: Status,
    /// What the table says of it and the list.
    pub channel: Channel,
    /// Why the list has not been told, as the table says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was done.
    pub outcome: Outcome,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Numbers on the list.
    pub listed: u64,
    /// Numbers of the table.
    pub numbers: u64,
    /// Numbers on the list that the table does not have.
    pub unknown: u64,
    /// Numbers that were put right.
    pub repaired: u64,
    /// Numbers that still differ.
    pub left: u64,
    /// The numbers that differ or did, in the order of repair.
    pub differences: Vec<Row>,
}

impl Report {
    pub(super) fn add(&mut self, difference: Difference, number: Number, outcome: Outcome) {
        match outcome {
            Outcome::Repaired => self.repaired += 1,
            // The function's, which is at it.
            Outcome::Changed => {}
            Outcome::Left | Outcome::Refused(_) => self.left += 1,
        }
        self.differences.push(Row {
            phone: number.phone,
            difference,
            status: number.status,
            channel: number.channel,
            reason: number.reason,
            outcome,
        });
    }

    /// For people: a line for each number, then the sums.
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = self.differences.iter().map(line).collect();
        lines.push(format!(
            "{} numbers compared with {} on the list: {} differ, {} of them repaired, {} left; {} on the list are not in \
             the table and stay there",
            self.numbers,
            self.listed,
            self.differences.len(),
            self.repaired,
            self.left,
            self.unknown
        ));
        lines.join("\n")
    }
}

fn line(row: &Row) -> String {
    let outcome = match &row.outcome {
        Outcome::Left => "left".to_owned(),
        Outcome::Repaired => "repaired".to_owned(),
        Outcome::Changed => "changed meanwhile".to_owned(),
        Outcome::Refused(reason) => format!("refused: {reason}"),
    };
    let what = row.difference.describe();
    let reason = row.reason.as_ref();
    let reason = reason.map_or_else(String::new, |reason| format!(" (pending: {reason})"));
    format!("{:<16} {what:<42} {outcome}{reason}", row.phone)
}
