//! Sales: the same seed gives the same records, and says what must become of each.

mod groups;
pub mod model;
mod order;
pub mod place;
pub mod poison;
pub mod settings;

use std::collections::VecDeque;
use std::marker::PhantomData;

use fastrand::Rng;
use records::Timestamp;

use super::number::{MAX_DIGITS, Spelled, digits, plain};
use groups::Groups;
use model::Expected;
pub use order::{KEY, Order, subject};
use place::Place;
use poison::Poison;
pub use settings::{Keys, Settings, Skew, parse_group_attribute};

/// How many sales back a duplicate or a change may lie: near enough that both often come in one batch.
const RECENT: usize = 200;
/// Time between two sales in milliseconds, as they say it themselves.
const STEP_MS: i64 = 100;

/// A record and what must become of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Produced<R> {
    /// What to put.
    pub record: R,
    /// What must become of it.
    pub expected: Expected,
}

/// The records for a place, [`Stream`](place::Stream) or [`Table`](place::Table), one after the other.
#[derive(Clone, Debug)]
pub struct Sales<P> {
    settings: Settings,
    rng: Rng,
    groups: Groups,
    kinds: Vec<Poison>,
    made: u64,
    poison_left: u64,
    duplicates_left: u64,
    changes_left: u64,
    poison_made: usize,
    orders: u64,
    recent: VecDeque<Order>,
    place: PhantomData<P>,
}

enum Kind {
    Poison,
    Duplicate,
    Change,
    New,
}

impl<P: Place> Sales<P> {
    /// Begins the sales that `settings` describe.
    pub fn new(settings: Settings) -> Self {
        let count = settings.count;
        let poison = settings.poison.of(count);
        let duplicates = settings.duplicates.of(count).min(count - poison);
        let changes = settings.changes.of(count).min(count - poison - duplicates);
        let is_grouped = settings.group_attribute.is_some();
        let kinds = P::POISON
            .iter()
            .filter(|kind| is_grouped || !kind.needs_groups());
        Self {
            rng: Rng::with_seed(settings.seed),
            groups: Groups::new(settings.groups, settings.skew),
            kinds: kinds.copied().collect(),
            made: 0,
            poison_left: poison,
            duplicates_left: duplicates,
            changes_left: changes,
            poison_made: 0,
            orders: 0,
            recent: VecDeque::with_capacity(RECENT),
            settings,
            place: PhantomData,
        }
    }

    /// Draws without replacement, so that the shares come out exactly.
    fn kind(&mut self) -> Kind {
        let mut draw = self.rng.u64(0..self.settings.count - self.made);
        if draw < self.poison_left {
            self.poison_left -= 1;
            return Kind::Poison;
        }
        draw -= self.poison_left;
        if self.recent.is_empty() {
            return Kind::New;
        }
        if draw < self.duplicates_left {
            self.duplicates_left -= 1;
            return Kind::Duplicate;
        }
        if draw < self.duplicates_left + self.changes_left {
            self.changes_left -= 1;
            return Kind::Change;
        }
        Kind::New
    }

    fn order(&mut self) -> Order {
        let number = self.orders;
        self.orders += 1;
        let Settings { seed, start, .. } = self.settings;
        let group = self.groups.draw(&mut self.rng);
        // Some sales are of no group at all.
        let has_group = self.rng.u8(0..16) > 0;
        let attribute = self.settings.group_attribute.as_deref();
        let milliseconds = i64::try_from(number).unwrap_or(0).saturating_mul(STEP_MS);
        Order {
            number,
            id: format!("{seed}-{number}"),
            group: attribute
                .filter(|_| has_group)
                .map(|name| format!("{name}-{}", group + 1)),
            amount: amount(&mut self.rng),
            time: Timestamp::from_micros(
                (start * 1_000)
                    .saturating_add(milliseconds)
                    .saturating_mul(1_000),
            ),
            is_bare: self.rng.u8(0..8) == 0,
            has_unknown_field: self.rng.u8(0..32) == 0,
        }
    }

    fn new_sale(&mut self) -> Produced<P::Record> {
        let order = self.order();
        let produced = Produced {
            record: P::sale(&order, &self.settings),
            expected: Expected::Counted(order.sale()),
        };
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(order);
        produced
    }

    fn poison(&mut self) -> Produced<P::Record> {
        // Each kind in turn: even a small demo has them all.
        let poison = self.kinds[self.poison_made % self.kinds.len()];
        self.poison_made += 1;
        let order = self.order();
        Produced {
            record: P::poison(poison, &mut self.rng, &order, &self.settings),
            expected: Expected::Quarantined(poison),
        }
    }

    fn duplicate(&mut self) -> Produced<P::Record> {
        let order = &self.recent[self.rng.usize(0..self.recent.len())];
        Produced {
            record: P::sale(order, &self.settings),
            expected: Expected::Duplicate(order.sale()),
        }
    }

    /// `None` where there are no changes. An order that is deleted is never put again: that would make it new.
    fn change(&mut self) -> Option<Produced<P::Record>> {
        let index = self.rng.usize(0..self.recent.len());
        if self.rng.bool() {
            let record = P::deleted(&self.recent[index])?;
            self.recent.remove(index);
            return Some(Produced {
                record,
                expected: Expected::Removed,
            });
        }
        let amount = amount(&mut self.rng);
        let record = P::changed(&self.recent[index], amount, self.made, &self.settings)?;
        Some(Produced {
            record,
            expected: Expected::Modified,
        })
    }
}

impl<P: Place> Iterator for Sales<P> {
    type Item = Produced<P::Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.made == self.settings.count {
            return None;
        }
        let produced = match self.kind() {
            Kind::Poison => self.poison(),
            Kind::Duplicate => self.duplicate(),
            Kind::Change => self.change().unwrap_or_else(|| self.new_sale()),
            Kind::New => self.new_sale(),
        };
        self.made += 1;
        Some(produced)
    }
}

/// Mostly cents, some of them refunds, and now and then as many digits as there can be.
fn amount(rng: &mut Rng) -> Spelled {
    match rng.u8(0..64) {
        0 => {
            let digits = digits(rng, MAX_DIGITS);
            let (whole, fraction) = digits.split_at(2);
            let sign = if rng.bool() { "-" } else { "" };
            let value = format!("{sign}{whole}.{fraction}");
            Spelled {
                text: value.clone(),
                value,
            }
        }
        // A whole fortune: sums get longer than any one amount.
        1 => {
            let cents = rng.i64(1..1_000_000_000_000);
            let value = plain(cents, 2);
            Spelled {
                text: value.clone(),
                value,
            }
        }
        2..=6 => {
            let cents = rng.i64(-20_000..=0);
            Spelled::decimal(rng, cents, 2)
        }
        _ => {
            let cents = rng.i64(1..=50_000);
            Spelled::decimal(rng, cents, 2)
        }
    }
}

#[cfg(test)]
#[path = "sales_tests.rs"]
mod tests;
