//! An order, its items: which enriched rows they make. Nothing but that.

use std::collections::BTreeSet;

use dynamo::Row;

use crate::rows::{EnrichedRow, LiveRow, VERSION, is_tombstone};
use crate::source::Entity;

/// Which items of an order are to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// All that are there: the order's own row may have changed.
    pub all: bool,
    /// These, whether they are there or gone.
    pub items: BTreeSet<i64>,
}

impl Wanted {
    /// Also what a change of `entity` asks for.
    pub fn add(&mut self, entity: Entity) {
        match entity {
            Entity::Order => self.all = true,
            Entity::Item(item_id) => _ = self.items.insert(item_id),
        }
    }
}

/// A row of the source's table with what every such row has.
#[derive(Clone, Copy, Debug)]
struct SourceRow<'r> {
    row: &'r Row,
    version: &'r str,
}

impl<'r> SourceRow<'r> {
    fn live(self) -> Option<&'r Row> {
        (!is_tombstone(self.row)).then_some(self.row)
    }
}

/// Joins the rows that an order has in the source's table, those of the items that are `wanted`.
///
/// There is no enriched row before both have been seen, the order and the item. If one of them is gone, so is the
/// enriched row. An item that is gone makes a row only if it is wanted by name: when it went, its own record wrote that,
/// and a change of the order need not say it once more.
///
/// Rows that this code has not written are left out.
pub fn join<'r>(order_id: i64, partition: &'r [Row], wanted: &Wanted) -> Vec<EnrichedRow<'r>> {
    let mut order = None;
    let mut items = Vec::with_capacity(partition.len());
    for row in partition {
        let (Some(entity), Some(version)) = (row.text("entity"), row.text(VERSION)) else {
            continue;
        };
        let source = SourceRow { row, version };
        match Entity::parse(entity) {
            Some(Entity::Order) => order = Some(source),
            Some(Entity::Item(item_id)) => items.push((item_id, source)),
            None => {}
        }
    }
    let Some(order) = order else {
        return Vec::new();
    };
    let is_wanted = |(item_id, item): &(i64, SourceRow<'r>)| {
        wanted.items.contains(item_id) || (wanted.all && item.live().is_some())
    };
    let enriched = |(item_id, item): (i64, SourceRow<'r>)| EnrichedRow {
        order_id,
        item_id,
        order_version: order.version,
        item_version: item.version,
        live: order
            .live()
            .zip(item.live())
            .map(|(order, item)| LiveRow { order, item }),
    };
    items.into_iter().filter(is_wanted).map(enriched).collect()
}

#[cfg(test)]
mod tests;
