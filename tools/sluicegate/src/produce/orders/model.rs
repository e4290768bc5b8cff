//! What the tables must hold once everything is processed.

use std::collections::{BTreeMap, HashMap};

use super::poison::Poison;
use super::row::{Attributes, Cell, RowKey};
use crate::produce::products::Product;

/// What must become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A row of the full load.
    Loaded(SourceChange),
    /// A change.
    Changed(SourceChange),
    /// A change that was sent before, and changes nothing.
    Again(SourceChange),
    /// It is of no row of orders, and is skipped: a definition.
    Control,
    /// It is of no row of orders, and is skipped: of a table that DMS keeps for itself.
    OfDms,
    /// It is put into quarantine.
    Quarantined(Poison),
}

/// What a record does to the rows of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceChange {
    /// The row that is there no longer: it has been deleted or has another key now.
    pub removed: Option<RowKey>,
    /// The row that is there now, with its attributes: the columns that are not NULL.
    pub put: Option<(RowKey, Attributes)>,
}

/// The database, and what else there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// All rows of the two tables.
    pub source: BTreeMap<RowKey, Attributes>,
    /// Rows of the full load.
    pub loaded: u64,
    /// Changes, each once.
    pub changed: u64,
    /// Changes that were sent again.
    pub again: u64,
    /// Definitions.
    pub control: u64,
    /// Records of tables that DMS keeps for itself.
    pub of_dms: u64,
    /// How many records of each kind can never be stored.
    pub poison_by_kind: BTreeMap<Poison, u64>,
}

/// Rows of `OrderEnriched` by `orderId` and `itemId`, which are among their attributes too, without the versions.
pub type Enriched = BTreeMap<(u64, u64), Attributes>;

impl Model {
    /// Takes the next record of the stream in.
    pub fn add(&mut self, expected: &Expected) {
        match expected {
            Expected::Loaded(change) => {
                self.loaded += 1;
                self.apply(change);
            }
            Expected::Changed(change) => {
                self.changed += 1;
                self.apply(change);
            }
            Expected::Again(_) => self.again += 1,
            Expected::Control => self.control += 1,
            Expected::OfDms => self.of_dms += 1,
            Expected::Quarantined(poison) => *self.poison_by_kind.entry(*poison).or_default() += 1,
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

    /// How many records can never be stored.
    pub fn poison(&self) -> u64 {
        self.poison_by_kind.values().sum()
    }

    /// How many records are of no row of orders.
    pub fn skipped(&self) -> u64 {
        self.control + self.of_dms
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
