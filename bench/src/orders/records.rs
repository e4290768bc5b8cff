//! The batches that are measured.

use super::FIRST_ORDER;
use super::batch::Record;
use super::changes::{Change, Column, Operation, RowKey};
use super::products::{FIRST_PRODUCT, PRODUCTS};
use super::rows::{number, text};
use crate::function::decimal;
use crate::stub::Attribute;

/// New orders, each followed by its two items, cut off at `size` records.
pub(super) fn mixed(size: u32, number: u64) -> Vec<Record> {
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

/// One order and one item of it, which change again and again: as many records of each table as in [`mixed`].
pub(super) fn one_order(size: u32, number: u64) -> Vec<Record> {
    let mut random = fastrand::Rng::with_seed(number);
    let order = FIRST_ORDER + number;
    let change = |index: u64| {
        let (key, columns) = if index.is_multiple_of(3) {
            (RowKey::order(order), order_columns(&mut random))
        } else {
            let key = RowKey::item(order, FIRST_PRODUCT + number);
            (key, item_columns(&mut random))
        };
        let (transaction, place) = (index / 3 + 1, index % 3 + 1);
        let change = Change::new(key, Operation::Update, transaction, place);
        Record::Change(change.with(columns))
    };
    (0..u64::from(size)).map(change).collect()
}

/// What [`mixed`] is, in a schema that the handlers are not told to follow.
pub(super) fn skipped(size: u32, number: u64) -> Vec<Record> {
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
pub(super) fn orphans(size: u32, orders: u32, number: u64) -> Vec<Record> {
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
pub(super) fn amount(name: &'static str, cents: u64) -> Column {
    let json = format!("{}.{:02}", cents / 100, cents % 100);
    Column::new(name, json, Attribute::N(decimal(cents, 2)))
}
