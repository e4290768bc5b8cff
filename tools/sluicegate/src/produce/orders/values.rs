//! What stands in the columns.

use fastrand::Rng;
use records::Timestamp;

use super::row::{Row, Table};
use crate::produce::dms::Value;
use crate::produce::number::{MAX_DIGITS, digits};
use crate::produce::products::FIRST_ID;

/// Of so many items one is of a product that is not in the list.
const UNKNOWN_PRODUCTS: u8 = 32;
/// How many different products that are not in the list are ordered.
const UNKNOWN: u64 = 20;

/// Statuses of orders and items; the first is that of new ones.
pub(super) const STATUSES: [&str; 6] = [
    "Picked",
    "New",
    "Packed",
    "Shipped",
    "Delivered",
    "Returned",
];

const NAMES: [&str; 12] = [
    "Ada Lovelace",
    "Zoë Åström",
    "Shaina Rippin Jr.",
    "Grace \"Amazing\" Hopper",
    "Siobhán O'Neill",
    "Łukasz Żółć",
    "山田 太郎",
    "Μαρία Παπαδοπούλου",
    "José \\ Nuñez",
    "👩‍🚀 Astronaut",
    "a\tname\nof two lines",
    "N",
];
const STREETS: [&str; 6] = [
    "Shanahan Extensions",
    "Königsallee",
    "rue de l'Église",
    "Main St / \"Rear\"",
    "Ulica Długa",
    "中央通り",
];
const CITIES: [&str; 6] = [
    "North Vladimirside",
    "Düsseldorf",
    "Saint-Étienne",
    "Łódź",
    "東京",
    "Springfield",
];
const STATES: [&str; 4] = ["Rhode Island", "Nordrhein-Westfalen", "Loire", "RI"];

/// A new order's row.
pub(super) fn header(rng: &mut Rng, id: u64, now: i64) -> Row {
    Row {
        table: Table::Order,
        values: vec![
            Value::Whole(id),
            amount(rng),
            text(STATUSES[0]),
            text(&Timestamp::from_micros(now - now % 1_000).to_string()),
            choice(rng, &NAMES),
            address(rng),
            choice(rng, &CITIES),
            choice(rng, &STATES),
            zip(rng),
        ],
    }
}

/// A new item's row.
pub(super) fn item(rng: &mut Rng, order: u64, item: u64) -> Row {
    Row {
        table: Table::Item,
        values: vec![
            Value::Whole(order),
            Value::Whole(item),
            quantity(rng),
            amount(rng),
            text(STATUSES[0]),
        ],
    }
}

/// Id of some product, now and then of one that is not among the first `products`.
pub(super) fn product(rng: &mut Rng, products: u32) -> u64 {
    let known = u64::from(products);
    if known == 0 || rng.u8(0..UNKNOWN_PRODUCTS) == 0 {
        return FIRST_ID + known + rng.u64(0..UNKNOWN);
    }
    FIRST_ID + rng.u64(0..known)
}

/// Mostly cents, and now and then as many digits as there can be.
pub(super) fn amount(rng: &mut Rng) -> Value {
    let sign = if rng.u8(0..32) == 0 { "-" } else { "" };
    match rng.u8(0..64) {
        0 => Value::Null,
        1 => {
            let digits = digits(rng, MAX_DIGITS);
            let (whole, cents) = digits.split_at(MAX_DIGITS - 2);
            Value::Decimal(format!("{sign}{whole}.{cents}"))
        }
        2..=15 => Value::Decimal(format!("{sign}{}.00", rng.u32(1..10_000))),
        _ => Value::Decimal(format!(
            "{sign}{}.{:02}",
            rng.u32(0..10_000),
            rng.u32(0..100)
        )),
    }
}

pub(super) fn quantity(rng: &mut Rng) -> Value {
    match rng.u8(0..64) {
        0 => Value::Null,
        1 => Value::Whole(rng.u64(100_000..9_000_000_000_000_000)),
        _ => Value::Whole(rng.u64(0..100)),
    }
}

pub(super) fn address(rng: &mut Rng) -> Value {
    match choice(rng, &STREETS) {
        Value::Text(street) if !street.is_empty() => {
            Value::Text(format!("{} {street}", rng.u32(1..10_000)))
        }
        other => other,
    }
}

/// With leading zeros, which must stay.
pub(super) fn zip(rng: &mut Rng) -> Value {
    if rng.bool() {
        return Value::Text(format!("{:05}", rng.u32(0..100_000)));
    }
    Value::Text(format!(
        "{:05}-{:04}",
        rng.u32(0..100_000),
        rng.u32(0..10_000)
    ))
}

/// Another status.
pub(super) fn status(rng: &mut Rng) -> Value {
    choice(rng, &STATUSES)
}

/// One of them; now and then NULL or empty.
fn choice(rng: &mut Rng, texts: &[&str]) -> Value {
    match rng.u8(0..48) {
        0 | 1 => Value::Null,
        2 => text(""),
        _ => text(texts[rng.usize(0..texts.len())]),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
