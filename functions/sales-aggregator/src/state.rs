//! The state that Lambda carries through a window.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use records::{SequenceNumber, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::aggregate::Aggregate;
use crate::sale::Sale;

/// The version of the state that this code writes, and the only one that it reads.
const VERSION: u32 = 1;
/// Group of the sales that have none.
pub const NO_GROUP: &str = "all";
/// Most ids that are kept to count each sale once; beyond it the oldest are forgotten. 8,000 are about 200 KB of state.
pub const MAX_IDS: usize = 8_000;
/// Length of a state in bytes from which it is written out as a part before anything is added to it. Lambda's own limit,
/// at which it ends the window early, is 1 MB.
pub const PART_BYTES: usize = 256 * 1024;

/// What is known of the sales of a window in one shard since the last part was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    #[serde(rename = "v")]
    version: u32,
    /// Sequence number of the first record that went into it: the part's name, the same on every redelivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    groups: BTreeMap<String, Aggregate>,
    /// Ids that were counted, oldest first, each by 16 bytes of its hash.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
}

/// The state is of a version that this code does not know. Nothing is lost: the invocation fails, and comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state has version {0}, this function knows {VERSION} only")]
pub struct UnknownVersion(u32);

impl Default for State {
    fn default() -> Self {
        Self {
            version: VERSION,
            part: None,
            groups: BTreeMap::new(),
            ids: Vec::new(),
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

    /// The part's name; `None` if no sale has gone into it.
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// The groups with their aggregates.
    pub fn groups(&self) -> &BTreeMap<String, Aggregate> {
        &self.groups
    }

    /// About how many bytes it has as JSON.
    pub fn size(&self) -> usize {
        /// A sequence number, braces and names.
        const FRAME: usize = 128;
        /// Names, times and three amounts of up to 20 digits.
        const AGGREGATE: usize = 160;
        /// 22 characters of base64, quotes, comma.
        const ID: usize = 25;
        let groups = self.groups.keys().map(|group| group.len() + AGGREGATE);
        FRAME + groups.sum::<usize>() + self.ids.len() * ID
    }

    /// Begins the next part. The ids are kept: a sale is counted once in a window, not once in a part.
    pub fn begin_part(&mut self) {
        self.part = None;
        self.groups.clear();
    }

    /// The ids that were counted, for [`State::count`].
    pub fn ids(&self) -> Ids {
        Ids(self.ids.iter().cloned().collect())
    }

    /// Counts a sale, unless `ids` are kept and have its id. False if it was counted before.
    pub fn count(
        &mut self,
        sale: Sale<'_>,
        sequence_number: SequenceNumber<'_>,
        arrival: Timestamp,
        ids: Option<&mut Ids>,
    ) -> bool {
        if let (Some(ids), Some(id)) = (ids, &sale.id) {
            let hash = hash(id);
            if !ids.0.insert(hash.clone()) {
                return false;
            }
            self.ids.push(hash);
        }
        self.part.get_or_insert_with(|| sequence_number.to_string());
        let group = sale.group.unwrap_or(Cow::Borrowed(NO_GROUP));
        if let Some(aggregate) = self.groups.get_mut(&*group) {
            aggregate.add(sale.amount, arrival);
        } else {
            let aggregate = Aggregate::of(sale.amount, arrival);
            self.groups.insert(group.into_owned(), aggregate);
        }
        true
    }

    /// Forgets the oldest ids beyond [`MAX_IDS`].
    pub fn forget_old_ids(&mut self) {
        let beyond = self.ids.len().saturating_sub(MAX_IDS);
        self.ids.drain(..beyond);
    }
}

/// The ids that were counted, as a set.
#[derive(Clone, Debug, Default)]
pub struct Ids(HashSet<String>);

/// 16 bytes of SHA-256 in base64: two ids that differ have the same one in 10^19 pairs of 10^9 ids, never by intent.
fn hash(id: &str) -> String {
    STANDARD_NO_PAD.encode(&Sha256::digest(id)[..16])
}
