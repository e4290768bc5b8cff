//! What is known of the sales of one group in one window.

use records::Timestamp;
use serde::{Deserialize, Serialize};

use crate::amount::Amount;

/// Count, sum, extremes and times of some sales; of none there is no aggregate.
///
/// The names are short because a state holds one of these for each group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// How many sales.
    #[serde(rename = "n")]
    pub count: u64,
    /// Their sum, exact.
    #[serde(rename = "sum")]
    pub sum: Amount,
    /// The smallest one.
    #[serde(rename = "min")]
    pub min: Amount,
    /// The largest one.
    #[serde(rename = "max")]
    pub max: Amount,
    /// Earliest arrival in the stream, in microseconds since 1970.
    #[serde(rename = "first")]
    pub first: Timestamp,
    /// Latest arrival.
    #[serde(rename = "last")]
    pub last: Timestamp,
}

impl Aggregate {
    /// Of one sale.
    pub fn of(amount: Amount, arrival: Timestamp) -> Self {
        Self {
            count: 1,
            sum: amount.clone(),
            min: amount.clone(),
            max: amount,
            first: arrival,
            last: arrival,
        }
    }

    /// Adds one sale.
    pub fn add(&mut self, amount: Amount, arrival: Timestamp) {
        self.count += 1;
        self.sum += &amount;
        self.first = self.first.min(arrival);
        self.last = self.last.max(arrival);
        if amount > self.max {
            self.max = amount;
        } else if amount < self.min {
            self.min = amount;
        }
    }

    /// Adds the sales of another aggregate.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += &other.sum;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        if other.max > self.max {
            self.max = other.max.clone();
        }
        if other.min < self.min {
            self.min = other.min.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sales() -> impl Strategy<Value = Vec<(i32, i64)>> {
        prop::collection::vec((any::<i32>(), 0..1_000_i64), 1..30)
    }

    fn aggregate(sales: &[(i32, i64)]) -> Aggregate {
        let mut sales = sales.iter().map(|(amount, arrival)| {
            let amount = Amount::parse(&amount.to_string()).unwrap();
            (amount, Timestamp::from_micros(*arrival))
        });
        let (amount, arrival) = sales.next().unwrap();
        let mut aggregate = Aggregate::of(amount, arrival);
        sales.for_each(|(amount, arrival)| aggregate.add(amount, arrival));
        aggregate
    }

    proptest! {
        #[test]
        fn an_aggregate_is_the_same_however_its_sales_are_parted(left in sales(), right in sales()) {
            let all = aggregate(&[left.clone(), right.clone()].concat());
            let mut merged = aggregate(&left);
            merged.merge(&aggregate(&right));
            prop_assert_eq!(&merged, &all);
            prop_assert_eq!(all.count, (left.len() + right.len()) as u64);
            let smallest = left.iter().chain(&right).map(|(amount, _)| *amount).min();
            prop_assert_eq!(Some(all.min.to_string()), smallest.map(|amount| amount.to_string()));
        }
    }
}
