//! What the tables must hold once everything is processed.

use std::collections::{BTreeMap, HashMap};

use super::poison::Poison;
use super::row::{Attributes, Cell, RowKey};
use super::{Expected, SourceChange};
use crate::produce::dms::Tally;
use crate::produce::products::Product;

/// The database, and what else there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// All rows of the two tables.
    pub source: BTreeMap<RowKey, Attributes>,
    /// How many records there are of each kind.
    pub tally: Tally<Poison>,
}

/// Rows of `OrderEnriched` by `orderId` and `itemId`, which are among their attributes too, without the versions.
pub type Enriched = BTreeMap<(u64, u64), Attributes>;

impl Model {
    /// Takes the next record of the stream in.
    pub fn add(&mut self, expected: &Expected) {
        if let Some(change) = self.tally.add(expected) {
            self.apply(change);
        }
    }

    fn apply(&mut self, change: &SourceChange) {
        if let Some(key) = change.removed {
            self.source.remove(&key);
        }
        if let Some((key, attributes)) = &change.put {
            self.source.insert(*key, attributes.clone());
        }
    }

    /// The rows that must be live in `OrderEnriched`: each item whose order is there, with the order's columns and
    /// those of the product. `missing` says that there is no such product. A row has the attributes `orderVersion`,
    /// `itemVersion` and `productsVersion` besides.
    pub fn enriched(&self, products: &[Product]) -> Enriched {
        let products: HashMap<u64, &Product> = products
            .iter()
            .map(|product| (product.id, product))
            .collect();
        let mut rows = Enriched::new();
        let mut order: Option<(u64, &Attributes)> = None;
        // An order comes before its items.
        for (key, attributes) in &self.source {
            let Some(item) = key.item else {
                order = Some((key.order, attributes));
                continue;
            };
            let Some((_, header)) = order.filter(|(id, _)| *id == key.order) else {
                continue;
            };
            let mut row = header.clone();
            row.extend(attributes.clone());
            if let Some(product) = products.get(&item) {
                row.insert("productName", Cell::Text(product.name.clone()));
                row.insert("productPrice", Cell::number(&product.price));
            } else {
                row.insert("missing", Cell::Text("product".to_owned()));
            }
            rows.insert((key.order, item), row);
        }
        rows
    }
}

impl<'a> FromIterator<&'a Expected> for Model {
    fn from_iter<T: IntoIterator<Item = &'a Expected>>(records: T) -> Self {
        let mut model = Self::default();
        for expected in records {
            model.add(expected);
        }
        model
    }
}
