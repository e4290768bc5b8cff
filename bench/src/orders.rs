//! order-enrichment: changes of orders and items, the calls they take, and the check that both tables are the join of
//! what the changes say, row by row and to the last digit.

mod batch;
mod changes;
mod parts;
mod products;
mod records;
mod rows;
mod trial;

use std::time::Duration;

use crate::function::{Function, Part, Row, RowAims};
use crate::stub::Schema;

use batch::{Batches, Record};
use rows::Calls;

const SOURCE: Schema = Schema {
    table: "OrderSource",
    hash: "orderId",
    range: "entity",
};
const ENRICHED: Schema = Schema {
    table: "OrderEnriched",
    hash: "orderId",
    range: "itemId",
};

/// Id of the first order.
const FIRST_ORDER: u64 = 10_000_001;

/// Distinct events of one kind.
const EVENTS: u64 = 4;

/// The function with batches of these sizes, the mixed ones also with calls that take `latency`.
pub(crate) fn function(sizes: &[u32], latency: Duration) -> Function {
    let (mut rows, mut parts) = (Vec::new(), Vec::new());
    for size in sizes {
        add_rows(&mut rows, &mut parts, *size, latency);
    }
    Function {
        name: "order-enrichment",
        peers: "orders",
        plain_rust: None,
        settings: vec![
            ("SOURCE_TABLE", SOURCE.table),
            ("ENRICHED_TABLE", ENRICHED.table),
            ("PRODUCTS_BUCKET", products::BUCKET),
            ("PRODUCTS_KEY", products::KEY),
            ("WRITE_CONCURRENCY", "32"),
        ],
        tables: &[SOURCE, ENRICHED],
        objects: vec![products::object()],
        trials: trial::all(),
        rows,
        records_per_round: 4_000,
        least_batches: 8,
        // Nearly two calls a record, which the just-in-time compilers see.
        warm_up_records: 36_000,
        parts,
    }
}

/// The rows of one size, and what can be told from their differences.
fn add_rows(rows: &mut Vec<Row>, parts: &mut Vec<Part>, size: u32, latency: Duration) {
    let first = rows.len();
    let alone = |records: fn(u32, u64) -> Vec<Record>| {
        Batches::alone((0..EVENTS).map(|number| records(size, number)))
    };
    let (mixed, one_order) = (alone(records::mixed), alone(records::one_order));
    let (calls, calls_of_one) = (mixed.calls(), one_order.calls());
    let millis = latency.as_millis();
    let told = |calls: Calls| {
        let (puts, queries) = (calls.puts(), calls.queries);
        let word = if queries == 1 { "query" } else { "queries" };
        format!("{puts} puts, {queries} {word}")
    };
    let mixture = format!("{size} records, orders with 2 items each ({})", told(calls));
    let changes = format!(
        "changes of one order and an item of it ({})",
        told(calls_of_one)
    );
    let whole = RowAims {
        tenth_of_node: true,
        ..RowAims::default()
    };
    let plan = RowAims {
        cpu_us: Some(2.5),
        ..whole
    };
    let none = RowAims::default();
    for (label, latency, work, aims) in [
        (
            format!("{mixture}, {millis} ms a call"),
            latency,
            mixed.clone(),
            whole,
        ),
        (
            format!("{mixture}, 0 ms a call"),
            Duration::ZERO,
            mixed,
            whole,
        ),
        (format!("{size} {changes}"), Duration::ZERO, one_order, plan),
        (
            format!("{size} records of another schema, skipped"),
            Duration::ZERO,
            alone(records::skipped),
            none,
        ),
        (
            format!("{size} items of as many orders, not seen yet"),
            Duration::ZERO,
            alone(|size, number| records::orphans(size, size, number)),
            none,
        ),
        (
            format!("{size} items of one order, not seen yet"),
            Duration::ZERO,
            alone(|size, number| records::orphans(size, 1, number)),
            none,
        ),
    ] {
        rows.push(Row {
            label,
            records: size,
            latency,
            work: Box::new(work),
            aims,
        });
    }
    parts.extend(parts::of_rows(first, f64::from(size), calls, calls_of_one));
}
