//! The state that Lambda carries through a window.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use records::{Position, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::aggregate::Aggregate;
use crate::sale::Sale;

/// The version of the state that this code writes, and the only one that it reads.
const VERSION: u32 = 1;
/// Group of the sales that have none.
pub const NO_GROUP: &str = "all";

/// How large a state may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of a part in bytes from which nothing more is added to it: the next sale begins another one.
    pub part_bytes: usize,
    /// Most ids that are kept to count each sale once; beyond it the oldest are forgotten.
    pub ids: usize,
}

impl Default for Limits {
    /// Parts of 256 KiB and 8,000 ids, which are 200 KB: half of the 1 MB at which Lambda itself ends a window early
    /// (Lambda developer guide, "Using tumbling windows"), so that the next batch has room too.
    fn default() -> Self {
        Self {
            part_bytes: 256 * 1024,
            ids: 8_000,
        }
    }
}

/// What is known of the sales of a window in one shard, as far as it is not handed over.
///
/// Where a part ends depends on the sales alone, not on how the mapping cuts its batches. So the parts are the same
/// when the mapping goes back to an older checkpoint, with its older state, and cuts other batches from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Not optional: a state without it is not one of this function, and must not be taken for an empty one.
    #[serde(rename = "v")]
    version: u32,
    /// All but the last are complete.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    parts: VecDeque<Part>,
    /// Ids that were counted, oldest first, each by 16 bytes of its hash.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    ids: VecDeque<String>,
}

/// Sales that are handed over together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Position of the first sale in it: the part's name, the same on every redelivery.
    #[serde(rename = "first")]
    pub name: String,
    /// What the sales of each group come to.
    pub groups: BTreeMap<String, Aggregate>,
}

/// The state is of a version that this code does not know. Nothing is lost: the invocation fails, and comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state has version {0}, this function knows {VERSION} only")]
pub struct UnknownVersion(u32);

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            parts: VecDeque::new(),
            ids: VecDeque::new(),
        }
    }
}

impl State {
    /// Makes sure that the state is of a known version.
    pub fn check(&self) -> Result<(), UnknownVersion> {
        if self.version == VERSION {
            Ok(())
        } else {
            Err(UnknownVersion(self.version))
        }
    }

    /// How many parts there are to which nothing more is added.
    pub fn complete_parts(&self) -> usize {
        self.parts.len().saturating_sub(1)
    }

    /// The first part that is not handed over.
    pub fn first_part(&self) -> Option<&Part> {
        self.parts.front()
    }

    /// Forgets the first part, which is handed over. The ids are kept: a sale is counted once in a window, not once in
    /// a part.
    pub fn drop_first_part(&mut self) {
        self.parts.pop_front();
    }

    /// For sales to be counted; `once` if each id counts once.
    pub fn counter(&mut self, limits: Limits, once: bool) -> Counter<'_> {
        Counter {
            open_bytes: self.parts.back().map_or(0, Part::bytes),
            ids: once.then(|| self.ids.iter().cloned().collect()),
            state: self,
            limits,
        }
    }
}

impl Part {
    /// About how many bytes its groups have as JSON.
    fn bytes(&self) -> usize {
        self.groups.keys().map(|group| group_bytes(group)).sum()
    }
}

fn group_bytes(group: &str) -> usize {
    /// Names, times and three amounts of up to 20 digits.
    const AGGREGATE: usize = 160;
    group.len() + AGGREGATE
}

/// Counts sales into a state.
#[derive(Debug)]
pub struct Counter<'a> {
    state: &'a mut State,
    limits: Limits,
    /// Length of the last part.
    open_bytes: usize,
    /// The state's ids as a set, if each counts once.
    ids: Option<HashSet<String>>,
}

impl Counter<'_> {
    /// Counts a sale. False if its id was counted before.
    pub fn count(&mut self, sale: Sale<'_>, position: Position<'_>, arrival: Timestamp) -> bool {
        if !self.is_new(&sale) {
            return false;
        }
        let group = sale.group.unwrap_or(Cow::Borrowed(NO_GROUP));
        let groups = self.open_part(position);
        if let Some(aggregate) = groups.get_mut(&*group) {
            aggregate.add(sale.amount, arrival);
        } else {
            let bytes = group_bytes(&group);
            let aggregate = Aggregate::of(sale.amount, arrival);
            groups.insert(group.into_owned(), aggregate);
            self.open_bytes += bytes;
        }
        true
    }

    fn is_new(&mut self, sale: &Sale<'_>) -> bool {
        let (Some(ids), Some(id)) = (&mut self.ids, &sale.id) else {
            return true;
        };
        let hash = hash(id);
        if !ids.insert(hash.clone()) {
            return false;
        }
        self.state.ids.push_back(hash);
        // After each sale, not after each batch: which ids are forgotten must not depend on the batches.
        while self.state.ids.len() > self.limits.ids {
            if let Some(oldest) = self.state.ids.pop_front() {
                ids.remove(&oldest);
            }
        }
        true
    }

    /// The groups of the part that the sale at this position belongs to.
    fn open_part(&mut self, position: Position<'_>) -> &mut BTreeMap<String, Aggregate> {
        let is_complete = self.open_bytes >= self.limits.part_bytes;
        let parts = &mut self.state.parts;
        if parts.is_empty() || is_complete {
            parts.push_back(Part {
                name: part_name(position),
                groups: BTreeMap::new(),
            });
            self.open_bytes = 0;
        }
        let last = parts.len() - 1;
        &mut parts[last].groups
    }
}

/// The sequence number; of a record in an aggregate with its number in it, as a part can end within one.
fn part_name(position: Position<'_>) -> String {
    let Position {
        sequence_number,
        subsequence_number,
    } = position;
    match subsequence_number {
        0 => sequence_number.to_string(),
        inside => format!("{sequence_number}.{inside}"),
    }
}

/// 16 bytes of SHA-256 in base64: two ids that differ have the same one in 10^19 pairs of 10^9 ids, never by intent.
fn hash(id: &str) -> String {
    STANDARD_NO_PAD.encode(&Sha256::digest(id)[..16])
}
