//! What changes come to, whatever the order in which they came.

use std::collections::{BTreeMap, BTreeSet};

use simulator::world::Stored;

use crate::database::{Change, Key, PHONES, What};
use crate::record::Record;

/// Which of two changes is the later one: loaded rows first, by their place in the stream; then by their place in the
/// log. Of a number's changes with one place an opt-out is the later one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order(u8, (u32, u32), usize, String);

impl Order {
    pub(crate) fn of(change: &Change, sequence_number: &str) -> Self {
        match change.what {
            What::Load(_) => Self(0, (0, 0), sequence_number.len(), sequence_number.to_owned()),
            _ => Self(1, change.place, 0, String::new()),
        }
    }
}

/// The end of a history.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// What each user's row says of each number; `None` for one that is gone.
    pub(crate) users: BTreeMap<Key, (Order, Option<bool>, u32)>,
    /// What each number's row says.
    pub(crate) numbers: BTreeMap<usize, (Order, bool)>,
}

impl Expected {
    pub(crate) fn of(records: &[Stored<Record>]) -> Self {
        let mut expected = Self::default();
        for stored in records {
            let Record::Change(change) = &stored.record else {
                continue;
            };
            let order = Order::of(change, &stored.sequence_number);
            let answer = change.what.answer();
            expected.user(change.key, (order.clone(), answer, change.mark));
            if let What::Move(before, _) = change.what {
                expected.user(before, (order.clone(), None, change.mark));
            }
            if let Some(is_yes) = answer {
                expected.number(change.key.phone, order, is_yes);
            }
        }
        expected
    }

    fn user(&mut self, key: Key, change: (Order, Option<bool>, u32)) {
        let there = self.users.entry(key).or_insert_with(|| change.clone());
        if change.0 > there.0 {
            *there = change;
        }
    }

    pub(crate) fn number(&mut self, phone: usize, order: Order, is_yes: bool) {
        let there = self
            .numbers
            .entry(phone)
            .or_insert_with(|| (order.clone(), is_yes));
        if (&order, !is_yes) > (&there.0, !there.1) {
            *there = (order, is_yes);
        }
    }

    /// Country, number and user of all that may be sent messages.
    pub(crate) fn audience(&self) -> BTreeSet<(String, String, String)> {
        let is_in = |(key, (_, answer, _)): &(&Key, &(Order, Option<bool>, u32))| {
            *answer == Some(true) && self.numbers[&key.phone].1
        };
        let users = self.users.iter().filter(is_in);
        users
            .map(|(key, _)| {
                let (_, phone, country) = PHONES[key.phone];
                (country.to_owned(), phone.to_owned(), key.user.to_string())
            })
            .collect()
    }
}
