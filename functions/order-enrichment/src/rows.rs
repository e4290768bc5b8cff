//! The rows of both tables as they are written.

use std::borrow::Cow;

use dynamo::{Item, KeySchema, Row};
use records::Number;

use crate::products::Product;
use crate::source::{Entity, Kind, SourceChange, SourceKey};

/// The key of the table of the source's rows.
pub const SOURCE_KEY: KeySchema = KeySchema {
    hash: "orderId",
    range: Some("entity"),
};
/// The key of the table of the enriched rows.
pub const ENRICHED_KEY: KeySchema = KeySchema {
    hash: "orderId",
    range: Some("itemId"),
};
/// The index of the enriched rows that lack their product: hash `missing`, range `itemId`.
pub const MISSING_INDEX: &str = "MissingIndex";
/// The hash key of that index.
pub const MISSING: &str = "missing";
/// Its only value.
pub const MISSING_PRODUCT: &str = "product";

/// Version of a row of the source's table.
pub const VERSION: &str = "version";
/// Version of the order in an enriched row.
pub const ORDER_VERSION: &str = "orderVersion";
/// Version of the item in an enriched row.
pub const ITEM_VERSION: &str = "itemVersion";
/// Version of the products in an enriched row.
pub const PRODUCTS_VERSION: &str = "productsVersion";
/// What a row that is gone has, in both tables.
pub const DELETED: &str = "deleted";
const EXPIRES_AT: &str = "expiresAt";

/// What stands before an item's id in the range key of its row.
const ITEM_PREFIX: &str = "ITEM#";
const ORDER_ENTITY: &str = "ORDER";

impl Entity {
    /// The range key of its row in the table of the source's rows.
    pub fn to_text(self) -> Cow<'static, str> {
        match self {
            Self::Order => ORDER_ENTITY.into(),
            Self::Item(item_id) => format!("{ITEM_PREFIX}{item_id}").into(),
        }
    }

    /// Reads what [`Entity::to_text`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(ITEM_PREFIX) {
            Some(item_id) => item_id.parse().ok().map(Self::Item),
            None => (text == ORDER_ENTITY).then_some(Self::Order),
        }
    }
}

/// The row of the source's table that a change makes; `expires_at`, in seconds since the epoch, is for a row that is
/// gone.
pub fn source_item<'a>(change: &SourceChange<'a>, expires_at: i64) -> Item<'a> {
    let SourceKey { order_id, entity } = change.key;
    let item = Item::new()
        .number(SOURCE_KEY.hash, order_id.into())
        .text("entity", entity.to_text())
        .text(VERSION, change.version.to_string());
    let Some(columns) = &change.columns else {
        return tombstone(item, expires_at);
    };
    let item = match entity {
        Entity::Order => item,
        Entity::Item(item_id) => item.number("itemId", item_id.into()),
    };
    columns.add_to(item)
}

/// An order's item with its order, as it is to be in the table of the enriched rows; or that it is gone.
#[derive(Clone, Debug)]
pub struct EnrichedRow<'r> {
    /// The order.
    pub order_id: i64,
    /// The item.
    pub item_id: i64,
    /// Version of the order's row.
    pub order_version: &'r str,
    /// Version of the item's row.
    pub item_version: &'r str,
    /// Order and item as the source's table has them; `None` if one of them is gone.
    pub live: Option<LiveRow<'r>>,
}

/// The two rows that an enriched row is made of.
#[derive(Clone, Copy, Debug)]
pub struct LiveRow<'r> {
    /// The order's.
    pub order: &'r Row,
    /// The item's.
    pub item: &'r Row,
}

/// What the products say of an item, and as of which version of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPart<'r> {
    /// The product, if it is known.
    pub product: Option<Product<'r>>,
    /// The version of the list.
    pub version: Cow<'r, str>,
}

impl<'r> EnrichedRow<'r> {
    /// The row; `expires_at`, in seconds since the epoch, is for one that is gone, which does not say anything of
    /// products: its version of them is older than any.
    pub fn to_item(&self, products: ProductPart<'r>, expires_at: i64) -> Item<'r> {
        let item = Item::new()
            .number(ENRICHED_KEY.hash, self.order_id.into())
            .number("itemId", self.item_id.into())
            .text(ORDER_VERSION, self.order_version)
            .text(ITEM_VERSION, self.item_version)
            .text(PRODUCTS_VERSION, products.version);
        let Some(LiveRow { order, item: row }) = self.live else {
            return tombstone(item, expires_at);
        };
        let item = copy(item, order, &crate::source::ORDER);
        let item = copy(item, row, &crate::source::ITEM);
        match products.product {
            Some(Product { name, price }) => {
                item.text("productName", name).number("productPrice", price)
            }
            None => item.text(MISSING, MISSING_PRODUCT),
        }
    }
}

fn tombstone(item: Item<'_>, expires_at: i64) -> Item<'_> {
    item.number(DELETED, 1.into())
        .number(EXPIRES_AT, expires_at.into())
}

/// Whether a row of either table says that something is gone.
pub fn is_tombstone(row: &Row) -> bool {
    row.number(DELETED).is_some()
}

/// Adds the known columns of a row that was read.
fn copy<'r>(
    item: Item<'r>,
    row: &'r Row,
    columns: &[(&'static str, Kind, Option<&'static str>)],
) -> Item<'r> {
    columns
        .iter()
        .fold(item, |item, &(name, kind, _)| match kind {
            Kind::Text => match row.text(name) {
                Some(text) => item.text(name, text),
                None => item,
            },
            Kind::Number => match row.number(name).map(Number::parse) {
                Some(Ok(number)) => item.number(name, number),
                _ => item,
            },
        })
}
