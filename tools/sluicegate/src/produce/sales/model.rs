//! What must become of sales, in exact decimals.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;

use super::poison::Poison;

/// The group of sales that name none.
pub const NO_GROUP: &str = "all";

/// What must become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is counted.
    Counted(Sale),
    /// It repeats a sale before it: counted once with that one where each id counts once in a window and shard, and a
    /// table does not tell of it as a new order.
    Duplicate(Sale),
    /// It changes an order that was counted, and is skipped.
    Modified,
    /// It deletes an order that was counted, and is skipped.
    Removed,
    /// It is put into quarantine.
    Quarantined(Poison),
}

/// A sale as it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sale {
    /// `ID`.
    pub id: String,
    /// The group, [`NO_GROUP`] if it names none.
    pub group: String,
    /// `sales`, exact.
    pub amount: BigDecimal,
}

/// What some sales come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: BigDecimal,
    /// The smallest one.
    pub min: BigDecimal,
    /// The largest one.
    pub max: BigDecimal,
}

impl Sums {
    /// Of one sale.
    pub fn of(amount: &BigDecimal) -> Self {
        Self {
            count: 1,
            sum: amount.clone(),
            min: amount.clone(),
            max: amount.clone(),
        }
    }

    /// Adds the sales of another.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += &other.sum;
        if other.min < self.min {
            self.min.clone_from(&other.min);
        }
        if other.max > self.max {
            self.max.clone_from(&other.max);
        }
    }
}

/// What records come to over all windows, each sale counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Sales by group.
    pub groups: BTreeMap<String, Sums>,
    /// Records that repeat a sale.
    pub duplicates: u64,
    /// Changes of an order.
    pub modified: u64,
    /// Deleted orders.
    pub removed: u64,
    /// How many records of each kind can never be counted.
    pub poison_by_kind: BTreeMap<Poison, u64>,
}

impl Model {
    /// Takes the next record in.
    pub fn add(&mut self, expected: &Expected) {
        match expected {
            Expected::Counted(sale) => {
                let one = Sums::of(&sale.amount);
                self.groups
                    .entry(sale.group.clone())
                    .and_modify(|sums| sums.merge(&one))
                    .or_insert(one);
            }
            Expected::Duplicate(_) => self.duplicates += 1,
            Expected::Modified => self.modified += 1,
            Expected::Removed => self.removed += 1,
            Expected::Quarantined(poison) => *self.poison_by_kind.entry(*poison).or_default() += 1,
        }
    }

    /// How many sales are counted.
    pub fn counted(&self) -> u64 {
        self.groups.values().map(|sums| sums.count).sum()
    }

    /// How many records can never be counted.
    pub fn poison(&self) -> u64 {
        self.poison_by_kind.values().sum()
    }

    /// How many records are changes of orders.
    pub fn changes(&self) -> u64 {
        self.modified + self.removed
    }

    /// The sum of all sales.
    pub fn sum(&self) -> BigDecimal {
        self.groups.values().map(|sums| &sums.sum).sum()
    }
}

impl<'a> FromIterator<&'a Expected> for Model {
    fn from_iter<T: IntoIterator<Item = &'a Expected>>(records: T) -> Self {
        let mut model = Self::default();
        for expected in records {
            model.add(expected);
        }
        model
    }
}
