//! Poison of a Kinesis stream that must be in quarantine, compared with what is.

use std::collections::BTreeMap;

use super::problems::Problems;
use super::read_back::QuarantineLine;
use crate::produce::put_records::Receipt;

/// A poison record where it lies in the stream.
#[derive(Clone, Debug)]
pub(super) struct Poisoned<'a> {
    /// What it is, for people.
    pub(super) kind: String,
    /// The stage at which it must be refused.
    pub(super) stage: &'static str,
    /// The reason that must be named.
    pub(super) reason: &'static str,
    /// Its bytes.
    pub(super) data: &'a [u8],
    /// Its place in the stream.
    pub(super) receipt: &'a Receipt,
}

/// What a quarantine holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Quarantine {
    /// Poison that is there as it must be, by reason.
    pub(super) quarantined: BTreeMap<&'static str, u64>,
    /// Poison that is not there.
    pub(super) lost: Problems,
    /// What is there otherwise than it must be, or should not be there.
    pub(super) wrong: Problems,
}

/// Compares the lines of a quarantine with the poison.
pub(super) fn judge_quarantine<'a>(
    poison: impl Iterator<Item = Poisoned<'a>>,
    lines: &[QuarantineLine],
) -> Quarantine {
    let mut found = Quarantine::default();
    // A batch that is delivered again may leave its poison twice.
    let mut by_position: BTreeMap<(&str, u64), &QuarantineLine> = BTreeMap::new();
    for line in lines {
        by_position.insert(line.position(), line);
    }
    for poison in poison {
        let (position, place) = (
            poison.receipt.sequence_number.as_str(),
            poison.receipt.subsequence_number,
        );
        if let Some(line) = by_position.remove(&(position, place)) {
            found.judge(&poison, line);
            continue;
        }
        let (kind, shard) = (&poison.kind, &poison.receipt.shard_id);
        let description = format!("{kind} poison, {position}/{place} of {shard}");
        found.lost.add(1, description);
    }
    for ((position, place), line) in by_position {
        let reason = &line.reason;
        let description = format!("in quarantine for {reason}, and no poison: {position}/{place}");
        found.wrong.add(1, description);
    }
    found
}

impl Quarantine {
    fn judge(&mut self, poison: &Poisoned<'_>, line: &QuarantineLine) {
        let Poisoned {
            kind,
            stage,
            reason,
            ..
        } = poison;
        if (line.stage.as_str(), line.reason.as_str()) != (*stage, *reason) {
            let found = format!("{}/{}", line.stage, line.reason);
            self.wrong.add(
                1,
                format!("{kind} poison is in quarantine for {found}, expected {stage}/{reason}"),
            );
        } else if line.bytes().as_deref() != Some(poison.data) {
            self.wrong.add(
                1,
                format!("{kind} poison is in quarantine with other bytes than were sent"),
            );
        } else {
            *self.quarantined.entry(reason).or_default() += 1;
        }
    }
}
