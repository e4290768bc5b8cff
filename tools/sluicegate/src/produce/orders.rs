//! Changes of a small order database as DMS puts them on a stream: the same seed gives the same records, and says what
//! must become of each.

mod database;
mod ids;
pub mod model;
mod order;
pub mod poison;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod replay;
mod row;
pub mod settings;
mod task;
mod values;
#[cfg(test)]
mod writer_tests;

use fastrand::Rng;

use super::dms::{self, Effect, Task};
use database::Database;
pub use row::{Attributes, Cell, MISSPELT, RowKey, Table};
pub use settings::Settings;

/// The records, one after the other: definitions, the full load, changes.
pub type Orders = Task<Database>;
/// A record and what must become of it.
pub type Produced = dms::Produced<SourceChange, poison::Poison>;
/// What must become of a record.
pub type Expected = dms::Expected<SourceChange, poison::Poison>;
/// What a record does to the rows of orders; attributes are the columns that are not NULL.
pub type SourceChange = Effect<RowKey, Attributes>;

impl Orders {
    /// Begins the records that `settings` describe.
    pub fn new(settings: Settings) -> Self {
        let mut rng = Rng::with_seed(settings.task.seed);
        let database = Database::new(&settings, &mut rng);
        Self::begin(settings.task, database, rng)
    }
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
