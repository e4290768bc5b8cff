//! What must be in quarantine, compared with what is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ledger::Content;
use super::streams::{OnStream, TableChange};
use super::verdict::Verdict;
use crate::demo::read_back::QuarantineLine;
use crate::produce::sales::poison::Poison;

/// A record that must be in quarantine.
pub(super) struct Poisoned<'a> {
    kind: Poison,
    position: (&'a str, u64),
    content: Bytes<'a>,
}

/// What a record's bytes in quarantine must be.
pub(super) enum Bytes<'a> {
    /// These.
    Data(&'a [u8]),
    /// The event's record of a change.
    Change(&'a OnStream<TableChange>),
}

impl Verdict {
    pub(super) fn judge_quarantine(&mut self, poison: Vec<Poisoned<'_>>, lines: &[QuarantineLine]) {
        // A batch that is delivered again may leave its poison twice.
        let mut by_position: BTreeMap<(&str, u64), &QuarantineLine> = BTreeMap::new();
        for line in lines {
            by_position.insert(line.position(), line);
        }
        for poison in poison {
            let (kind, position) = (poison.kind, poison.position);
            let (stage, reason) = (kind.stage(), kind.reason());
            match by_position.remove(&position) {
                None => self
                    .lost
                    .add(1, format!("{kind:?} poison, {}/{}", position.0, position.1)),
                Some(line) if (line.stage.as_str(), line.reason.as_str()) != (stage, reason) => {
                    let found = format!("{}/{}", line.stage, line.reason);
                    self.wrong.add(
                        1,
                        format!(
                            "{kind:?} poison is in quarantine for {found}, expected {stage}/{reason}"
                        ),
                    );
                }
                Some(line) if !line.bytes().is_some_and(|bytes| poison.content.is(&bytes)) => {
                    self.wrong.add(
                        1,
                        format!("{kind:?} poison is in quarantine with other bytes than were put"),
                    );
                }
                Some(_) => *self.quarantined.entry(reason).or_default() += 1,
            }
        }
        for ((position, place), line) in by_position {
            let reason = &line.reason;
            let description =
                format!("in quarantine for {reason}, and no poison: {position}/{place}");
            self.wrong.add(1, description);
        }
    }
}

/// The record as one that must be in quarantine, if it is poison.
pub(super) fn poisoned<'a, T>(
    content: &Content,
    record: &'a OnStream<T>,
    bytes: Bytes<'a>,
) -> Option<Poisoned<'a>> {
    match content {
        Content::Poison(kind) => Some(Poisoned {
            kind: *kind,
            position: record.position(),
            content: bytes,
        }),
        Content::Sale(_) => None,
    }
}

impl Bytes<'_> {
    fn is(&self, kept: &[u8]) -> bool {
        match self {
            Self::Data(data) => kept == *data,
            Self::Change(change) => {
                serde_json::from_slice(kept).is_ok_and(|kept: Value| is_change(&kept, change))
            }
        }
    }
}

/// Whether this is the event's record of a change.
fn is_change(kept: &Value, change: &OnStream<TableChange>) -> bool {
    kept["eventName"] == "INSERT"
        && kept["dynamodb"]["SequenceNumber"] == change.sequence_number.as_str()
        && kept["dynamodb"]["Keys"] == json!({"ID": {"S": change.content.id}})
        && kept["dynamodb"]["NewImage"] == change.content.image
}
