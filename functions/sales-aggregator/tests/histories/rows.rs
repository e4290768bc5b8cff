//! Sums of sales as the table has them, and as they should be, computed in another way than the function's.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use records::Timestamp;

/// What sales come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) count: u64,
    amount: BigDecimal,
    min: BigDecimal,
    max: BigDecimal,
    first: Timestamp,
    last: Timestamp,
}

/// Sums by group.
pub(crate) type Groups = BTreeMap<String, Sum>;

impl Sum {
    pub(crate) fn of(amount: &BigDecimal, arrival: Timestamp) -> Self {
        Self {
            count: 1,
            amount: amount.clone(),
            min: amount.clone(),
            max: amount.clone(),
            first: arrival,
            last: arrival,
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.amount += &other.amount;
        self.min = self.min.clone().min(other.min.clone());
        self.max = self.max.clone().max(other.max.clone());
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    fn of_row(row: &BTreeMap<String, String>) -> Option<Self> {
        let amount = |number: &str, text: &str| {
            let number = row.get(number).and_then(|value| value.strip_prefix("N:"));
            let text = || row.get(text).and_then(|value| value.strip_prefix("S:"));
            number.or_else(text)?.parse().ok()
        };
        let time = |name: &str| Timestamp::from_rfc3339(row.get(name)?.strip_prefix("S:")?);
        Some(Self {
            count: row.get("Count")?.strip_prefix("N:")?.parse().ok()?,
            amount: amount("Sum", "SumText")?,
            min: amount("Min", "MinText")?,
            max: amount("Max", "MaxText")?,
            first: time("FirstArrival")?,
            last: time("LastArrival")?,
        })
    }
}

/// Adds a sum to those of its group.
pub(crate) fn add(groups: &mut Groups, group: String, sum: &Sum) {
    groups
        .entry(group)
        .and_modify(|there| there.add(sum))
        .or_insert_with(|| sum.clone());
}

/// What the table has.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Sums of the part rows by shard and window.
    pub(crate) parts: BTreeMap<(String, String), Groups>,
    /// Part rows by shard and window.
    pub(crate) part_rows: BTreeMap<(String, String), usize>,
    /// Part rows by window and group: their sum and how many they are.
    part_sums: BTreeMap<(String, String), (Sum, usize)>,
    /// Total rows by window and group: the same, as they say it.
    totals: BTreeMap<(String, String), (Sum, usize)>,
}

impl Table {
    pub(crate) fn read(rows: &[BTreeMap<String, String>]) -> Result<Self, String> {
        let mut table = Self::default();
        for row in rows {
            table
                .add(row)
                .ok_or_else(|| format!("cannot be read: {row:?}"))?;
        }
        Ok(table)
    }

    fn add(&mut self, row: &BTreeMap<String, String>) -> Option<()> {
        let text = |name: &str| Some(row.get(name)?.strip_prefix("S:")?.to_owned());
        let sum = Sum::of_row(row)?;
        let (start, group) = (text("WindowStart")?, text("Group")?);
        let key = format!("{start}#{group}");
        if text("Series")? == "total#history" && text("WindowGroup")? == key {
            let parts = row.get("Parts")?.strip_prefix("N:")?.parse().ok()?;
            self.totals.insert((start, group), (sum, parts));
            return Some(());
        }
        let (shard, part) = (text("Shard")?, text("Part")?);
        let is_part = text("Series")? == "part#history"
            && text("WindowGroup")? == format!("{key}#{shard}#{part}");
        if !is_part {
            return None;
        }
        self.part_sums
            .entry((start.clone(), group.clone()))
            .and_modify(|(there, parts)| {
                there.add(&sum);
                *parts += 1;
            })
            .or_insert_with(|| (sum.clone(), 1));
        let window = (shard, start);
        *self.part_rows.entry(window.clone()).or_default() += 1;
        add(self.parts.entry(window).or_default(), group, &sum);
        Some(())
    }

    /// Whether each total is that of its parts: always so, whatever has happened.
    pub(crate) fn totals_are_those_of_parts(&self) -> Result<(), String> {
        if self.totals == self.part_sums {
            Ok(())
        } else {
            Err(format!(
                "the totals are {:?}, the sums over their parts {:?}",
                self.totals, self.part_sums
            ))
        }
    }
}
