//! A task of AWS DMS that tells of a generated database: the same seed gives the same records, and says what must become
//! of each.

mod change;
mod database;
mod expected;
mod json;
mod log;
mod own;
mod poison;
mod row;
mod settings;
mod spelling;
mod task;
#[cfg(test)]
pub(in crate::produce) mod testing;
mod writer;

pub use change::{Change, Transaction};
pub use database::{Database, EffectOf};
pub use expected::{Effect, Expected, Produced, Tally};
pub use json::Json;
pub use log::{Log, Place};
pub use own::{ColumnType, Definition};
pub use poison::{BadRecord, Poison};
pub use row::{Row, Value};
pub use settings::{BeforeImage, Engine, MessageFormat, Numbers, PartitionKey, Settings};
pub use task::Task;
pub use writer::{Record, TableName, Writer};
