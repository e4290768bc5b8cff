//! The order database as a task of DMS tells of it.

use fastrand::Rng;

use super::database::Database;
use super::ids::order_id;
use super::order::Transaction;
use super::poison::Poison;
use super::row::{Row, SCHEMA, Table};
use super::values;
use crate::produce::dms::{self, ColumnType, Definition};
use crate::produce::products::FIRST_ID;

type Change = dms::Change<Row>;

impl dms::Database for Database {
    type Row = Row;
    type Poison = Poison;
    const NAME: &'static str = "orders";
    const TASK: &'static str = "SLUICEGATEPRODUCESORDERSAAA";

    fn definitions(&self) -> Vec<Definition> {
        [Table::Order, Table::Item].map(definition).to_vec()
    }

    /// Both tables are loaded at once.
    fn next_load(&mut self, rng: &mut Rng) -> Option<(Row, u64)> {
        let orders = self.orders.len();
        let [orders_done, items_done] = self.loaded;
        let orders_left = orders - orders_done;
        let all = orders_left + orders * self.items_per_order - items_done;
        if all == 0 {
            return None;
        }
        let (table, place) = if rng.usize(0..all) < orders_left {
            (Table::Order, 0)
        } else {
            (Table::Item, 1)
        };
        let index = self.loaded[place];
        self.loaded[place] += 1;
        let (row, number) = self.row(table, index)?;
        Some((row.clone(), order(number, table)))
    }

    fn transaction(&mut self, rng: &mut Rng, now: i64) -> Vec<Change> {
        let mut transaction = Transaction::default();
        // Some transactions are about several things, and often about one row twice.
        let actions = if rng.u8(0..12) == 0 { 3 } else { 1 };
        for _ in 0..actions {
            self.act(rng, now, &mut transaction);
            transaction.next_statement();
        }
        while transaction.changes.is_empty() {
            self.act(rng, now, &mut transaction);
        }
        let mut changes = transaction.changes;
        for change in &mut changes {
            if let Some(row) = change.after.as_ref().or(change.before.as_ref()) {
                change.order = order(change.order, row.table);
            }
        }
        changes
    }

    fn nobody(&mut self, rng: &mut Rng, poison: Poison, now: i64) -> Change {
        let number = self.next_number();
        let id = order_id(self.seed, number, 0);
        let row = match poison.table() {
            Table::Order => values::header(rng, id, now),
            Table::Item => values::item(rng, id, FIRST_ID),
        };
        Change {
            before: None,
            order: order(number, row.table),
            after: Some(row),
            statement: 0,
        }
    }
}

/// Rows of one order in one table must not overtake each other.
fn order(number: u64, table: Table) -> u64 {
    number * 2 + u64::from(table == Table::Item)
}

fn definition(table: Table) -> Definition {
    let kind = |name: &str| -> ColumnType {
        match name {
            "orderId" | "itemId" | "itemQuantity" => ("INT8", None),
            "orderAmount" | "itemAmount" => ("NUMERIC", None),
            "shipToZip" => ("WSTRING", Some(10)),
            "itemStatus" => ("WSTRING", Some(15)),
            _ => ("WSTRING", Some(30)),
        }
    };
    let columns = table.columns().iter().map(|name| (*name, kind(name)));
    Definition {
        table: (SCHEMA, table.name()),
        columns: columns.collect(),
        key_columns: table.key_columns(),
    }
}
