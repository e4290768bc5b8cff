//! Rows that are newer in something than what was to be written over them.

use std::borrow::Cow;
use std::collections::HashMap;

use dynamo::{Guard, GuardedPut, Row, Value};
use records::Number;

use crate::batch::{Joined, Rejection};
use crate::products::{NO_PRODUCTS_VERSION, Product, ProductList};
use crate::rows::{EnrichedRow, ITEM_VERSION, ORDER_VERSION, PRODUCTS_VERSION, ProductPart};

/// A row in the table that is newer than one that was to be written, in something.
#[derive(Debug)]
pub(super) struct InTheWay(pub(super) Row);

impl InTheWay {
    pub(super) fn products_version(&self) -> &str {
        self.0.text(PRODUCTS_VERSION).unwrap_or_default()
    }
}

/// What the products say of an item. If the row in the way has heard of it from a newer list than there is now, its word
/// holds: the object was taken away, or put twice within a second of S3's time.
pub(super) fn part<'r>(
    list: &'r ProductList,
    item_id: i64,
    there: Option<&'r InTheWay>,
) -> ProductPart<'r> {
    let ours = list.get(item_id);
    match there {
        Some(there) if there.products_version() > list.version() => ProductPart {
            product: product_of(&there.0).or(ours),
            version: there.products_version().into(),
        },
        _ => ProductPart {
            product: ours,
            version: list.version().into(),
        },
    }
}

pub(super) fn no_part() -> ProductPart<'static> {
    ProductPart {
        product: None,
        version: NO_PRODUCTS_VERSION.into(),
    }
}

/// The product in a row of the table.
fn product_of(row: &Row) -> Option<Product<'_>> {
    Some(Product {
        name: Cow::Borrowed(row.text("productName")?),
        price: Number::parse(row.number("productPrice")?).ok()?,
    })
}

/// Whether the row there is in nothing older than the one that it has kept out.
pub(super) fn is_newer_in_all(there: &Row, put: &GuardedPut<'_>) -> bool {
    let Guard::NotOlder(versions) = put.guard else {
        return true;
    };
    versions.iter().all(|name| {
        let ours = match put.item.get(name) {
            Some(Value::Text(text)) => &**text,
            _ => "",
        };
        there.text(name).is_some_and(|there| there >= ours)
    })
}

/// What is in the way was read from the source's table before the order was read again: if the table now has less, it has
/// lost rows (expired, restored, written by hand), and trying goes on for ever. Such rows are not to be written.
pub(super) fn reject_lost_versions(
    rows: &mut Vec<EnrichedRow<'_>>,
    in_the_way: &HashMap<(i64, i64), InTheWay>,
    joined: &mut Joined,
) {
    rows.retain(|row| {
        let key = (row.order_id, row.item_id);
        let Some(InTheWay(there)) = in_the_way.get(&key) else {
            return true;
        };
        let is_behind = |name, ours: &str| match there.text(name) {
            Some(version) => version > ours,
            None => true,
        };
        let lost = is_behind(ORDER_VERSION, row.order_version)
            || is_behind(ITEM_VERSION, row.item_version);
        if lost {
            let reason = "source-behind";
            let detail = format!(
                "the enriched row of order {} and item {} is newer than the rows it was made of",
                row.order_id, row.item_id
            );
            joined.rejected.push((key, Rejection { reason, detail }));
        }
        !lost
    });
}
