//! An order, and what can happen to it.

use fastrand::Rng;

use super::ids::{MOVES, order_id};
use super::row::{Row, column};
use super::values;
use crate::produce::dms::{self, Row as _, Value};

/// Changes of rows of orders.
pub(super) type Transaction = dms::Transaction<Row>;

/// An order through all its ids.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) moves: u32,
    /// Its row, unless that is deleted.
    pub(super) header: Option<Row>,
    pub(super) items: Vec<Row>,
    /// Items that have been deleted: some come back.
    pub(super) gone: Vec<u64>,
}

impl Order {
    pub(super) fn id(&self, seed: u64) -> u64 {
        order_id(seed, self.number, self.moves)
    }

    pub(super) fn update_item_statuses(&mut self, rng: &mut Rng, transaction: &mut Transaction) {
        let status = values::status(rng);
        for row in &mut self.items {
            transaction.update(row, |row| row.set(column::ITEM_STATUS, status.clone()));
        }
    }

    pub(super) fn update_header(
        &mut self,
        rng: &mut Rng,
        transaction: &mut Transaction,
        columns: &[usize],
    ) {
        let Some(row) = &mut self.header else { return };
        transaction.update(row, |row| {
            for place in columns {
                let value = match *place {
                    column::ORDER_AMOUNT => values::amount(rng),
                    column::ORDER_STATUS => values::status(rng),
                    column::SHIP_TO_ZIP => values::zip(rng),
                    _ => values::address(rng),
                };
                row.set(*place, value);
            }
        });
    }

    /// Of an item and of the order: two tables in one transaction.
    pub(super) fn update_amounts(&mut self, rng: &mut Rng, transaction: &mut Transaction) {
        let index = some(rng, self.items.len());
        if let Some(row) = index.and_then(|index| self.items.get_mut(index)) {
            transaction.update(row, |row| {
                row.set(column::ITEM_QUANTITY, values::quantity(rng));
                row.set(column::ITEM_AMOUNT, values::amount(rng));
            });
        }
        transaction.next_statement();
        self.update_header(rng, transaction, &[column::ORDER_AMOUNT]);
    }

    pub(super) fn delete_item(&mut self, rng: &mut Rng, transaction: &mut Transaction) {
        if let Some(index) = some(rng, self.items.len()) {
            let row = self.items.swap_remove(index);
            self.gone.extend(row.key().item);
            transaction.push(Some(row), None);
        }
    }

    pub(super) fn delete(&mut self, rng: &mut Rng, transaction: &mut Transaction) {
        while !self.items.is_empty() {
            self.delete_item(rng, transaction);
        }
        transaction.next_statement();
        if let Some(row) = self.header.take() {
            transaction.push(Some(row), None);
        }
    }

    /// Deletes the order and leaves its items, or has it come back.
    pub(super) fn toggle_header(
        &mut self,
        rng: &mut Rng,
        seed: u64,
        now: i64,
        transaction: &mut Transaction,
    ) {
        let after = match self.header {
            Some(_) => None,
            None => Some(values::header(rng, self.id(seed), now)),
        };
        let before = std::mem::replace(&mut self.header, after.clone());
        transaction.push(before, after);
    }

    /// Another id for the order and its items: a new one, or the one it had before.
    pub(super) fn change_id(&mut self, rng: &mut Rng, seed: u64, transaction: &mut Transaction) {
        let is_back = self.moves == MOVES || (self.moves > 0 && rng.u8(0..4) == 0);
        if is_back {
            self.moves -= 1;
        } else {
            self.moves += 1;
        }
        let id = self.id(seed);
        let change = |row: &mut Row| row.set(column::ORDER_ID, Value::Whole(id));
        if let Some(row) = &mut self.header {
            transaction.update(row, change);
        }
        transaction.next_statement();
        for row in &mut self.items {
            transaction.update(row, change);
        }
    }
}

/// The index of one of so many.
pub(super) fn some(rng: &mut Rng, count: usize) -> Option<usize> {
    (count > 0).then(|| rng.usize(0..count))
}
