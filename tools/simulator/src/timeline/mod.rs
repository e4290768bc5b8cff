//! What happened, in order: as a table for people and as JSON lines for programs.
//!
//! Knows nothing of scenarios: whoever drives a [`Shard`](mapping::Shard) writes entries, and tells them apart by the
//! shard's name if there are several. Records are named by a number of the driver's choice.

mod entry;
mod lines;
mod seconds;
mod sequel;
mod spans;
mod state;
mod table;

use std::collections::BTreeMap;

use mapping::Verdict;
use records::Timestamp;

pub use entry::{Destination, End, Entry, Invoke, Outcome, WaitReason, What, Window};
pub use seconds::Seconds;
pub use spans::Spans;
pub use state::State;

/// Entries in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    entries: BTreeMap<Place, Entry>,
    next: Place,
}

/// The place of an entry in its timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u64);

impl Timeline {
    /// Adds an entry at the end.
    pub fn add(&mut self, entry: Entry) -> Place {
        let place = self.reserve();
        self.put(place, entry);
        place
    }

    /// Keeps a place for an entry that may turn out later to have begun here.
    pub fn reserve(&mut self) -> Place {
        let place = self.next;
        self.next.0 += 1;
        place
    }

    /// Adds an entry at a place that was kept for it.
    pub fn put(&mut self, place: Place, entry: Entry) {
        self.entries.insert(place, entry);
    }

    /// Tells how the invocation that was added at `place` ended.
    pub fn end(&mut self, place: Place, at: Timestamp, outcome: Outcome, verdict: Verdict) {
        let entry = self.entries.get_mut(&place);
        if let Some(What::Invoke(invoke)) = entry.map(|entry| &mut entry.what) {
            invoke.end = Some(End {
                at,
                outcome,
                verdict,
            });
        }
    }

    /// The entries in the order in which they began.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// A line of JSON for each entry, as `sluicegate mapping simulate --json` prints them.
    pub fn to_json_lines(&self) -> String {
        lines::lines(self.entries())
    }

    /// A table for people.
    pub fn to_table(&self) -> String {
        let entries: Vec<&Entry> = self.entries().collect();
        table::table(&entries)
    }
}
