//! A small order database and the transactions that change it.

use std::collections::VecDeque;

use fastrand::Rng;

use super::ids::order_id;
use super::order::{Order, Transaction, some};
use super::row::{Row, Table, column};
use super::settings::Settings;
use super::values;
use crate::produce::dms::{Row as _, Value};

/// How many transactions back an order may lie that half of them are about: near enough that changes of one row often
/// come in one batch.
const RECENT: usize = 50;
/// Most items of an order.
const MAX_ITEMS: usize = 100;
/// With fewer products to choose from, an order would soon have them all.
const FEWEST_PRODUCTS: u32 = 200;

/// The database.
#[derive(Clone, Debug)]
pub struct Database {
    pub(super) seed: u64,
    /// How many products are ordered: always more than an order has items.
    products: u32,
    pub(super) items_per_order: usize,
    rows_move: bool,
    pub(super) orders: Vec<Order>,
    recent: VecDeque<usize>,
    /// How many orders have ever been, those of poison too.
    numbers: u64,
    /// Rows of each table that are loaded.
    pub(super) loaded: [usize; 2],
}

impl Database {
    /// A database with the orders that are there from the beginning.
    pub(super) fn new(settings: &Settings, rng: &mut Rng) -> Self {
        let mut database = Self {
            seed: settings.task.seed,
            products: settings.products.max(FEWEST_PRODUCTS),
            items_per_order: (settings.items_per_order as usize).min(MAX_ITEMS),
            rows_move: settings.task.rows_move(),
            orders: Vec::with_capacity(settings.orders as usize),
            recent: VecDeque::with_capacity(RECENT),
            numbers: 0,
            loaded: [0; 2],
        };
        let now = settings.task.start.saturating_mul(1_000_000);
        for _ in 0..settings.orders {
            let number = database.next_number();
            let id = order_id(settings.task.seed, number, 0);
            let mut order = Order {
                number,
                moves: 0,
                header: Some(values::header(rng, id, now)),
                items: Vec::with_capacity(database.items_per_order),
                gone: Vec::new(),
            };
            for _ in 0..database.items_per_order {
                order.items.push(database.new_item(rng, &order));
            }
            database.orders.push(order);
        }
        database
    }

    /// The `index`th row of a table as it is now, with its order's number.
    pub(super) fn row(&self, table: Table, index: usize) -> Option<(&Row, u64)> {
        let of = |order: usize| self.orders.get(order);
        match table {
            Table::Order => {
                let order = of(index)?;
                Some((order.header.as_ref()?, order.number))
            }
            Table::Item => {
                let order = of(index.checked_div(self.items_per_order)?)?;
                let row = order.items.get(index % self.items_per_order)?;
                Some((row, order.number))
            }
        }
    }

    pub(super) fn act(&mut self, rng: &mut Rng, now: i64, transaction: &mut Transaction) {
        let action = rng.u8(0..100);
        if self.orders.is_empty() || action < 18 {
            self.insert_order(rng, now, transaction);
            return;
        }
        let index = self.some_order(rng);
        let Some(mut order) = self.orders.get(index).cloned() else {
            return;
        };
        transaction.order = order.number;
        match action {
            33..=42 => order.update_header(rng, transaction, &[column::ORDER_STATUS]),
            43..=52 => {
                let address: Vec<usize> = (column::SHIP_TO_ADDRESS..=column::SHIP_TO_ZIP).collect();
                order.update_header(rng, transaction, &address);
            }
            53..=62 => order.update_amounts(rng, transaction),
            63..=70 => self.insert_item(rng, &mut order, transaction),
            71..=77 => order.delete_item(rng, transaction),
            78..=81 => order.delete(rng, transaction),
            82..=87 => order.toggle_header(rng, self.seed, now, transaction),
            88..=93 if self.rows_move => self.move_item(rng, &mut order, transaction),
            94..=99 if self.rows_move => order.change_id(rng, self.seed, transaction),
            // Most often, and where rows do not move.
            _ => order.update_item_statuses(rng, transaction),
        }
        if let Some(place) = self.orders.get_mut(index) {
            *place = order;
        }
    }

    fn some_order(&mut self, rng: &mut Rng) -> usize {
        if !self.recent.is_empty() && rng.bool() {
            return self.recent[rng.usize(0..self.recent.len())];
        }
        let index = rng.usize(0..self.orders.len());
        self.remember(index);
        index
    }

    fn remember(&mut self, index: usize) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(index);
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers - 1
    }

    /// Mostly the order before its items; now and then it comes last, or without any.
    fn insert_order(&mut self, rng: &mut Rng, now: i64, transaction: &mut Transaction) {
        let number = self.next_number();
        transaction.order = number;
        let header = values::header(rng, order_id(self.seed, number, 0), now);
        let mut order = Order {
            number,
            moves: 0,
            header: Some(header.clone()),
            items: Vec::new(),
            gone: Vec::new(),
        };
        let is_last = rng.u8(0..8) == 0;
        if !is_last {
            transaction.push(None, Some(header.clone()));
            transaction.next_statement();
        }
        let items = match rng.u8(0..8) {
            0 => 0,
            _ => self.items_per_order,
        };
        for _ in 0..items {
            self.insert_item(rng, &mut order, transaction);
        }
        if is_last {
            transaction.next_statement();
            transaction.push(None, Some(header));
        }
        self.remember(self.orders.len());
        self.orders.push(order);
    }

    fn insert_item(&self, rng: &mut Rng, order: &mut Order, transaction: &mut Transaction) {
        if order.items.len() < MAX_ITEMS {
            let item = self.new_item(rng, order);
            transaction.push(None, Some(item.clone()));
            order.items.push(item);
        }
    }

    fn move_item(&self, rng: &mut Rng, order: &mut Order, transaction: &mut Transaction) {
        let to = self.free_item(rng, order);
        let Some(index) = some(rng, order.items.len()) else {
            return;
        };
        if let Some(row) = order.items.get_mut(index) {
            order.gone.extend(row.key().item);
            transaction.update(row, |row| row.set(column::ITEM_ID, Value::Whole(to)));
        }
    }

    fn new_item(&self, rng: &mut Rng, order: &Order) -> Row {
        let item = self.free_item(rng, order);
        values::item(rng, order.id(self.seed), item)
    }

    /// A product that the order has no item of: half of the time one that it once had.
    fn free_item(&self, rng: &mut Rng, order: &Order) -> u64 {
        let is_free = |id: &u64| order.items.iter().all(|row| row.key().item != Some(*id));
        let once = some(rng, order.gone.len()).and_then(|index| order.gone.get(index));
        if let Some(id) = once.filter(|id| rng.bool() && is_free(id)) {
            return *id;
        }
        loop {
            let id = values::product(rng, self.products);
            if is_free(&id) {
                return id;
            }
        }
    }
}
