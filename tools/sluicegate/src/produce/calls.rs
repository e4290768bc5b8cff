//! Which records go into the next call, without any IO.

use std::collections::{HashSet, VecDeque};

/// Something that is put in calls of many.
pub trait Ordered {
    /// Its share of a call's size in bytes.
    fn size(&self) -> usize;
    /// What shares an order is put in the producer's order, whatever is refused.
    fn order(&self) -> u64;
}

/// Most of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records.
    pub records: usize,
    /// Bytes of all records together.
    pub bytes: usize,
}

/// A record on its way, with its place in the producer's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<R> {
    /// 0 for the producer's first record.
    pub index: u64,
    /// What to put.
    pub record: R,
    /// How often it was refused.
    pub refusals: u32,
}

/// Records waiting for a call.
///
/// A service may refuse one record of a call and take a later one, which then has overtaken it for good. So
/// two records that must not swap never share a call, and a record waits as long as an earlier one of its
/// order does. All others may pass.
#[derive(Debug)]
pub struct Calls<R> {
    limits: Limits,
    waiting: VecDeque<Entry<R>>,
}

impl<R: Ordered> Calls<R> {
    /// Nothing waits yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: VecDeque::new(),
        }
    }

    /// Adds a record behind all others.
    pub fn push(&mut self, index: u64, record: R) {
        self.waiting.push_back(Entry {
            index,
            record,
            refusals: 0,
        });
    }

    /// How many records wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no record waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the records of the next call out: up to `limit`, in the producer's order.
    pub fn next_call(&mut self, limit: usize) -> Vec<Entry<R>> {
        let limit = limit.min(self.limits.records);
        let mut call = Vec::new();
        let mut bytes = 0;
        let mut orders = HashSet::new();
        let mut passed_over = VecDeque::new();
        while let Some(entry) = self.waiting.pop_front() {
            let size = entry.record.size();
            if call.len() == limit || (bytes + size > self.limits.bytes && !call.is_empty()) {
                self.waiting.push_front(entry);
                break;
            }
            // The order of a record that is passed over is in the set as well: it is in the call.
            if orders.insert(entry.record.order()) {
                bytes += size;
                call.push(entry);
            } else {
                passed_over.push_back(entry);
            }
        }
        while let Some(entry) = passed_over.pop_back() {
            self.waiting.push_front(entry);
        }
        call
    }

    /// Puts refused records of a call, in the call's order, back before all that wait.
    pub fn put_back(&mut self, refused: Vec<Entry<R>>) {
        for mut entry in refused.into_iter().rev() {
            entry.refusals += 1;
            self.waiting.push_front(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::produce::outgoing::Outgoing;
    use crate::produce::put_records::LIMITS;

    fn record(order: u64, size: usize) -> Outgoing {
        Outgoing {
            partition_key: String::new(),
            data: vec![0; size].into(),
            order,
            is_poison: false,
        }
    }

    fn indices(call: &[Entry<Outgoing>]) -> Vec<u64> {
        call.iter().map(|entry| entry.index).collect()
    }

    #[test]
    fn records_of_one_order_never_share_a_call() {
        let mut calls = Calls::new(LIMITS);
        for (index, order) in [7, 8, 7, 9, 7].into_iter().enumerate() {
            calls.push(index as u64, record(order, 1));
        }
        assert_eq!(indices(&calls.next_call(500)), [0, 1, 3]);
        assert_eq!(indices(&calls.next_call(500)), [2]);
        assert_eq!(indices(&calls.next_call(500)), [4]);
        assert!(calls.is_empty());
    }

    #[test]
    fn a_refused_record_goes_before_all_that_wait() {
        let mut calls = Calls::new(LIMITS);
        for index in 0..6 {
            calls.push(index, record(index % 3, 1));
        }
        let mut call = calls.next_call(500);
        assert_eq!(indices(&call), [0, 1, 2]);
        call.remove(1);
        calls.put_back(call);
        // 3 and 5 wait behind 0 and 2, which were refused; 4 may go, as 1 was taken.
        let call = calls.next_call(500);
        assert_eq!(indices(&call), [0, 2, 4]);
        assert_eq!(call[0].refusals, 1);
        assert_eq!(call[2].refusals, 0);
    }

    #[test]
    fn a_call_keeps_to_the_limits_of_the_api() {
        let mut calls = Calls::new(LIMITS);
        for index in 0..1_200 {
            calls.push(index, record(index, 100));
        }
        assert_eq!(calls.next_call(usize::MAX).len(), LIMITS.records);
        assert_eq!(calls.next_call(30).len(), 30);

        let mut calls = Calls::new(LIMITS);
        for index in 0..12 {
            calls.push(index, record(index, 1 << 20));
        }
        assert_eq!(calls.next_call(500).len(), 5);
        assert_eq!(calls.next_call(500).len(), 5);
        assert_eq!(calls.next_call(500).len(), 2);
    }

    proptest! {
        #[test]
        fn whatever_is_refused_all_are_taken_once_and_in_their_orders_order(
            orders in proptest::collection::vec(0u64..12, 0..200),
            limit in 1usize..40,
            seed: u64,
        ) {
            let mut calls = Calls::new(LIMITS);
            for (index, order) in orders.iter().enumerate() {
                calls.push(index as u64, record(*order, 10));
            }
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut taken: Vec<Entry<Outgoing>> = Vec::new();
            while !calls.is_empty() {
                let call = calls.next_call(limit);
                prop_assert!(!call.is_empty() && call.len() <= limit);
                let (refused, accepted) = call.into_iter().partition(|_| rng.u8(0..3) == 0);
                taken.extend::<Vec<Entry<Outgoing>>>(accepted);
                calls.put_back(refused);
            }
            prop_assert_eq!(taken.len(), orders.len());
            let mut last: HashMap<u64, u64> = HashMap::new();
            for entry in taken {
                let before = last.insert(entry.record.order, entry.index);
                prop_assert!(before.is_none_or(|before| before < entry.index), "overtaken");
            }
        }
    }
}
