//! order-enrichment: changes of orders and items, the calls they take, and the check that both tables are the join of
//! what the changes say, row by row and to the last digit.

mod batch;
mod changes;
mod products;
mod rows;
mod trial;

use std::time::Duration;

use crate::function::{Function, Part, Row, RowAims, Work, decimal};
use crate::stub::{Attribute, Schema};

use batch::{Batches, Record};
use changes::{Change, Column, Operation, RowKey};
use products::{FIRST_PRODUCT, PRODUCTS};
use rows::{number, text};

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
    let mixed = Batches::alone((0..EVENTS).map(|number| mixed(size, number)));
    let calls = mixed.calls();
    let millis = latency.as_millis();
    let mixture = format!(
        "{size} records, orders with 2 items each ({} puts, {} queries)",
        calls.puts(),
        calls.queries
    );
    let whole = RowAims {
        tenth_of_node: true,
        ..RowAims::default()
    };
    let plan = RowAims {
        cpu_us: Some(2.5),
        ..whole
    };
    let mut row = |label: String, latency: Duration, work: Box<dyn Work>, aims: RowAims| {
        rows.push(Row {
            label,
            records: size,
            latency,
            work,
            aims,
        });
    };
    let alone = |records: &dyn Fn(u64) -> Vec<Record>| -> Box<dyn Work> {
        Box::new(Batches::alone((0..EVENTS).map(records)))
    };
    let work = Box::new(mixed.clone());
    row(
        format!("{mixture}, {millis} ms a call"),
        latency,
        work,
        whole,
    );
    row(
        format!("{mixture}, 0 ms a call"),
        Duration::ZERO,
        Box::new(mixed),
        whole,
    );
    let none = RowAims::default();
    for (label, work, aims) in [
        (
            "changes of one item (1 put, 1 query)",
            alone(&|number| one_row(size, number)),
            plan,
        ),
        (
            "records of another schema, skipped",
            alone(&|number| skipped(size, number)),
            none,
        ),
        (
            "items of as many orders, not seen yet",
            alone(&|number| orphans(size, size, number)),
            none,
        ),
        (
            "items of one order, not seen yet",
            alone(&|number| orphans(size, 1, number)),
            none,
        ),
    ] {
        row(format!("{size} {label}"), Duration::ZERO, work, aims);
    }
    parts.extend(differences(first, f64::from(size), calls));
}

/// The cost of the calls. Items of as many orders and of one order lead to the same puts, and to queries that read the
/// same rows: the difference is the queries. What is then left of the mixed batch, without the work before the first
/// call, is the puts and the join.
fn differences(first: usize, size: f64, calls: rows::Calls) -> [Part; 3] {
    let count = |calls: usize| f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
    let (whole, plan, many, one) = (first + 1, first + 2, first + 4, first + 5);
    let a_query = size / (size - 1.0);
    let queries = count(calls.queries) / size * a_query;
    let a_put = size / count(calls.puts());
    let rest = [(whole, 1.0), (plan, -1.0), (many, -queries), (one, queries)];
    let each = |factor: f64| rest.iter().map(move |(row, share)| (*row, share * factor));
    [
        Part {
            label: format!("{size} records, 0 ms a call: queries, a record"),
            terms: vec![(many, queries), (one, -queries)],
        },
        Part {
            label: "a query".to_owned(),
            terms: vec![(many, a_query), (one, -a_query)],
        },
        Part {
            label: "a put, with its row joined".to_owned(),
            terms: each(a_put).collect(),
        },
    ]
}

/// New orders, each followed by its two items, cut off at `size` records.
fn mixed(size: u32, number: u64) -> Vec<Record> {
    let mut random = fastrand::Rng::with_seed(number);
    let mut records = Vec::new();
    let mut order = FIRST_ORDER + number * u64::from(size);
    while records.len() < size as usize {
        let transaction = order - FIRST_ORDER + 1;
        let new = |key, place| Change::new(key, Operation::Insert, transaction, place);
        records.push(new(RowKey::order(order), 1).with(order_columns(&mut random)));
        let product = random.u64(0..PRODUCTS);
        for (place, item) in [(2, product), (3, (product + 1) % PRODUCTS)] {
            let key = RowKey::item(order, FIRST_PRODUCT + item);
            records.push(new(key, place).with(item_columns(&mut random)));
        }
        order += 1;
    }
    records.truncate(size as usize);
    records.into_iter().map(Record::Change).collect()
}

/// One item that changes again and again; its order has not been seen.
fn one_row(size: u32, number: u64) -> Vec<Record> {
    let mut random = fastrand::Rng::with_seed(number);
    let key = RowKey::item(FIRST_ORDER + number, FIRST_PRODUCT);
    let change = |transaction| {
        let columns = item_columns(&mut random);
        Record::Change(Change::new(key, Operation::Update, transaction, 1).with(columns))
    };
    (1..=u64::from(size)).map(change).collect()
}

/// What [`mixed`] is, in a schema that the handlers are not told to follow.
fn skipped(size: u32, number: u64) -> Vec<Record> {
    let archived = |record| match record {
        Record::Change(change) => Record::Change(Change {
            schema: "archive",
            ..change
        }),
        other @ Record::Other(_) => other,
    };
    mixed(size, number).into_iter().map(archived).collect()
}

/// New items, spread over so many orders that have not been seen.
fn orphans(size: u32, orders: u32, number: u64) -> Vec<Record> {
    let mut random = fastrand::Rng::with_seed(number);
    let item = |index: u64| {
        let order = FIRST_ORDER + number * u64::from(size) + index % u64::from(orders);
        let key = RowKey::item(order, FIRST_PRODUCT + index);
        let columns = item_columns(&mut random);
        Record::Change(Change::new(key, Operation::Insert, index + 1, 1).with(columns))
    };
    (0..u64::from(size)).map(item).collect()
}

const CITIES: [(&str, &str, &str); 4] = [
    ("North Bend", "Oregon", "97459"),
    ("Byron Bay", "New South Wales", "2481"),
    ("Freiburg im Breisgau", "Baden-Württemberg", "79098"),
    ("Saint-Malo", "Bretagne", "35400"),
];

fn order_columns(random: &mut fastrand::Rng) -> Vec<Column> {
    let (city, state, zip) = CITIES[random.usize(0..CITIES.len())];
    let column = |name, value: &str| Column::new(name, format!("\"{value}\""), text(value));
    vec![
        amount("orderAmount", random.u64(100..1_000_000)),
        column("orderStatus", "New"),
        column("orderDateTime", "2025-11-21T07:59:58.973Z"),
        column(
            "shipToName",
            &format!("Ada Example {}", random.u32(0..1000)),
        ),
        column(
            "shipToAddress",
            &format!("{} Analytical Way", random.u32(1..400)),
        ),
        column("shipToCity", city),
        column("shipToState", state),
        column("shipToZip", zip),
    ]
}

fn item_columns(random: &mut fastrand::Rng) -> Vec<Column> {
    let quantity = random.u32(1..100).to_string();
    vec![
        Column::named("itemQuanity", &*quantity, "itemQuantity", number(&quantity)),
        amount("itemAmount", random.u64(100..1_000_000)),
        Column::new("itemStatus", "\"Picked\"", text("Picked")),
    ]
}

/// An amount of two places, as a column `decimal(6,2)` is written.
fn amount(name: &'static str, cents: u64) -> Column {
    let json = format!("{}.{:02}", cents / 100, cents % 100);
    Column::new(name, json, Attribute::N(decimal(cents, 2)))
}
