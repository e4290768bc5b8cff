//! What the parts of one window of one shard have to come to.

use std::collections::VecDeque;

use bigdecimal::BigDecimal;
use simulator::world::{Fate, Stored};

use crate::puts::{Kind, Record};
use crate::rows::{Groups, Sum, add};

/// Records that were given up are tried in every combination, up to so many.
const MOST_GIVEN_UP: usize = 8;

/// The records of a window of a shard.
pub(crate) struct Records<'a> {
    /// Those that the function was told of, in order.
    pub(crate) records: Vec<&'a Stored<Record>>,
    /// How many of the last ids are remembered, if each counts once.
    pub(crate) ids: Option<usize>,
}

/// What can be said of a window of a shard.
pub(crate) enum Promise {
    /// Each sale that was not given up is counted once, and each that was perhaps.
    Exact,
    /// A sale counts once, but one of an id may be counted again: the ids were lost on the way.
    Repeated,
    /// No sale counts twice; those of a state that was lost do not count.
    AtMost,
    /// Nothing.
    None,
}

impl Records<'_> {
    pub(crate) fn check<K: Kind>(&self, promise: &Promise, table: &Groups) -> Result<(), String> {
        let is_given_up = |record: &&&Stored<Record>| record.fate != Some(Fate::Done);
        let given_up = self.records.iter().filter(is_given_up).count();
        let holds = match promise {
            Promise::None => true,
            Promise::Exact if given_up <= MOST_GIVEN_UP => {
                (0..1_u32 << given_up).any(|kept| self.sums::<K>(kept, self.ids) == *table)
            }
            Promise::Exact | Promise::Repeated => {
                within(&self.sums::<K>(0, self.ids), table, &self.all::<K>())
            }
            Promise::AtMost => within(&Groups::new(), table, &self.all::<K>()),
        };
        if holds {
            return Ok(());
        }
        Err(format!(
            "the sums are {table:?}, not {:?}; {given_up} were given up",
            self.sums::<K>(0, self.ids)
        ))
    }

    /// Each sale that was sent, whatever its id.
    fn all<K: Kind>(&self) -> Groups {
        self.sums::<K>(u32::MAX, None)
    }

    /// Sums of those that are done and of those given up whose bit is set.
    fn sums<K: Kind>(&self, kept: u32, most_ids: Option<usize>) -> Groups {
        let mut groups = Groups::new();
        let mut given_up = 0;
        let mut ids = VecDeque::new();
        for record in &self.records {
            if record.fate != Some(Fate::Done) {
                let is_kept = kept.checked_shr(given_up).unwrap_or(kept) & 1 == 1;
                given_up += 1;
                if !is_kept {
                    continue;
                }
            }
            let Record::Sale(sale) = &record.record else {
                continue;
            };
            if let Some(most) = most_ids {
                if ids.contains(&sale.id) {
                    continue;
                }
                ids.push_back(sale.id);
                if ids.len() > most {
                    ids.pop_front();
                }
            }
            let amount: BigDecimal = sale.amount.parse().unwrap();
            let sum = Sum::of(&amount, K::arrival(record.arrival));
            add(&mut groups, sale.group(), &sum);
        }
        groups
    }
}

/// Whether the counts are between two others, for each group.
fn within(least: &Groups, table: &Groups, most: &Groups) -> bool {
    let count = |groups: &Groups, group| groups.get(group).map_or(0, |sum: &Sum| sum.count);
    let enough = least
        .keys()
        .all(|group| count(least, group) <= count(table, group));
    enough
        && table
            .keys()
            .all(|group| count(table, group) <= count(most, group))
}
