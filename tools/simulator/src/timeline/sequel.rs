//! What became of a batch that has failed, read off the entries after it.

use mapping::Verdict;
use records::Timestamp;

use super::entry::{Entry, Invoke, What};
use super::seconds::Seconds;
use super::spans::Spans;

/// What the mapping did next with the records that a failed invocation has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sequel<'a> {
    /// The same records again.
    Again(&'a [u64]),
    /// The same records again, with others behind them.
    Refilled(&'a [u64]),
    /// Two parts.
    Split(&'a [u64], &'a [u64]),
    /// They were given up, all or the first of them, at this time.
    GivenUp(Timestamp),
}

/// `None` if the invocation has left nothing, or if the timeline ends before the records come again.
pub(super) fn sequel<'a>(
    shard: Option<&str>,
    invoke: &'a Invoke,
    later: &[&'a Entry],
) -> Option<Sequel<'a>> {
    let left = left(invoke)?;
    let mut later = later.iter().filter(|entry| entry.shard.as_deref() == shard);
    later.find_map(|entry| match &entry.what {
        What::Invoke(next) => sent(invoke, left, next),
        What::Destination(gone) => {
            let its_state = gone.records.is_empty() && left.is_empty();
            let begins = left
                .first()
                .is_some_and(|first| gone.records.contains(first));
            (its_state || begins).then_some(Sequel::GivenUp(entry.at))
        }
        _ => None,
    })
}

/// The records that have to come again.
pub(super) fn left(invoke: &Invoke) -> Option<&[u64]> {
    match invoke.end.as_ref()?.verdict {
        Verdict::Succeeded => None,
        Verdict::Failed | Verdict::NotInvoked => Some(&invoke.records),
        Verdict::FailedFrom(index) => invoke.records.get(index..),
    }
}

fn sent<'a>(invoke: &Invoke, left: &'a [u64], next: &'a Invoke) -> Option<Sequel<'a>> {
    let Some(first) = left.first() else {
        let same_window = |next: &Invoke| {
            let start = |invoke: &Invoke| invoke.window.as_ref().map(|window| window.start);
            start(next) == start(invoke)
        };
        return (next.records.is_empty() && same_window(next)).then_some(Sequel::Again(left));
    };
    if !next.records.contains(first) {
        return None;
    }
    if next.records == left {
        return Some(Sequel::Again(left));
    }
    if next.records.starts_with(left) {
        return Some(Sequel::Refilled(&next.records));
    }
    let rest = left.strip_prefix(next.records.as_slice())?;
    Some(Sequel::Split(&next.records, rest))
}

/// For instance `1-5 again`.
impl std::fmt::Display for Sequel<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Again([]) => f.write_str("again"),
            Self::Again(records) | Self::Refilled(records) => {
                write!(f, "{} again", Spans(records))
            }
            Self::Split(first, second) => {
                write!(f, "split into {} and {}", Spans(first), Spans(second))
            }
            Self::GivenUp(at) => write!(f, "given up at {} s", Seconds(*at)),
        }
    }
}
