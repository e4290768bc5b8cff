//! Changes of a customer database's consent as DMS puts them on a stream: the same seed gives the same records, and says
//! what must become of each.

mod database;
pub mod model;
mod phone;
pub mod poison;
mod row;
pub mod settings;

use fastrand::Rng;

use super::dms::{self, Effect, Task};
use database::Database;
pub use phone::Phone;
pub use row::{ConsentKey, Said};
pub use settings::Settings;

/// The records, one after the other: definitions, the full load, changes.
pub type Consents = Task<Database>;
/// A record and what must become of it.
pub type Produced = dms::Produced<ConsentChange, poison::Poison>;
/// What must become of a record.
pub type Expected = dms::Expected<ConsentChange, poison::Poison>;
/// What a record does to the rows of consent.
pub type ConsentChange = Effect<ConsentKey, Said>;

impl Consents {
    /// Begins the records that `settings` describe.
    pub fn new(settings: Settings) -> Self {
        let mut rng = Rng::with_seed(settings.task.seed);
        let database = Database::new(&settings, &mut rng);
        Self::begin(settings.task, database, rng)
    }
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
