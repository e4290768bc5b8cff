//! The products in S3, and what a row says of one.

use std::fmt::Write as _;

use super::rows::{number, text};
use crate::function::Object;
use crate::stub::Item;

/// Id of the first product; the others follow it.
pub(super) const FIRST_PRODUCT: u64 = 999_900_001;
/// How many products there are.
pub(super) const PRODUCTS: u64 = 2_000;

pub(super) const BUCKET: &str = "products";
pub(super) const KEY: &str = "products.ndjson";
const PATH: &str = "/products/products.ndjson";
const TAG: &str = "\"9e107d9d372bb6826bd81d3542a419d6\"";
const LAST_MODIFIED: &str = "Fri, 21 Nov 2025 08:00:00 GMT";

/// The version of the products: the milliseconds since 1970 of that time, and the beginning of that tag.
pub(super) const VERSION: &str = "1763712000000-9e107d9d372bb682";
/// The version of a list of no products.
pub(super) const NO_VERSION: &str = "0000000000000-0000000000000000";

const QUALITIES: [&str; 10] = [
    "Durable",
    "Gorgeous",
    "Lightweight",
    "Plain",
    "Rustic",
    "Sleek",
    "Small",
    "Sturdy",
    "Tidy",
    "Warm",
];
const MATERIALS: [&str; 10] = [
    "Bamboo", "Clay", "Concrete", "Cotton", "Glass", "Granite", "Linen", "Rubber", "Steel", "Wool",
];
const THINGS: [&str; 20] = [
    "Basket", "Bench", "Bottle", "Bowl", "Box", "Chair", "Clock", "Coat", "Cup", "Desk", "Hat",
    "Jug", "Lamp", "Mat", "Plate", "Rack", "Shelf", "Stool", "Table", "Tray",
];

/// The object of all products.
pub(super) fn object() -> Object {
    let mut lines = String::new();
    for id in FIRST_PRODUCT..FIRST_PRODUCT + PRODUCTS {
        let (name, price) = product(id);
        // Writing to a string does not fail.
        writeln!(
            lines,
            "{{\"productId\":{id},\"productName\":\"{name}\",\"productPrice\":{price}}}"
        )
        .ok();
    }
    Object {
        path: PATH,
        body: lines.into_bytes().into(),
        tag: TAG,
        last_modified: LAST_MODIFIED,
    }
}

/// Adds what an enriched row says of its product.
pub(super) fn add_to(item: &mut Item, id: u64) {
    item.insert("productsVersion".to_owned(), text(VERSION));
    if (FIRST_PRODUCT..FIRST_PRODUCT + PRODUCTS).contains(&id) {
        let (name, price) = product(id);
        item.insert("productName".to_owned(), text(&name));
        item.insert("productPrice".to_owned(), number(&price));
    } else {
        item.insert("missing".to_owned(), text("product"));
    }
}

/// Name and price, in canonical digits.
fn product(id: u64) -> (String, String) {
    let pick = |words: &[&'static str], number: u64| {
        words[usize::try_from(number).unwrap_or_default() % words.len()]
    };
    let index = id - FIRST_PRODUCT;
    let name = format!(
        "{} {} {}",
        pick(&QUALITIES, index),
        pick(&MATERIALS, index / 10),
        pick(&THINGS, index / 100)
    );
    (
        name,
        crate::function::decimal(index * 7919 % 9_900 + 101, 2),
    )
}
