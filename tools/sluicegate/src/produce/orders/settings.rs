//! Which database to play.

use crate::produce::dms;
use crate::produce::products::USUAL_COUNT;

/// Which changes to make, and how to write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many changes, and how DMS tells of them. The ids of orders differ from seed to seed.
    pub task: dms::Settings,
    /// How many orders are there from the beginning, and loaded.
    pub orders: u32,
    /// How many items an order has to begin with.
    pub items_per_order: u32,
    /// How many products are in the list; items are of these, or of 200 if there are fewer. One item in 32 is of another.
    pub products: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            task: dms::Settings::default(),
            orders: 1_000,
            items_per_order: 2,
            products: USUAL_COUNT,
        }
    }
}
