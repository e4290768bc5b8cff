//! What a task tells of.

use fastrand::Rng;

use super::change::Change;
use super::expected::Effect;
use super::own::Definition;
use super::poison::Poison;
use super::row::Row;

/// A database that a task tells of.
pub trait Database {
    /// Rows of its tables.
    type Row: Row;
    /// What can be wrong with a record.
    type Poison: Poison;
    /// The task's name.
    const NAME: &'static str;
    /// The name that the task has in control records.
    const TASK: &'static str;

    /// The tables.
    fn definitions(&self) -> Vec<Definition>;
    /// The next row of the full load, and what it must not be overtaken by; see [`Change::order`].
    fn next_load(&mut self, rng: &mut Rng) -> Option<(Self::Row, u64)>;
    /// The changes of the next transaction, one or more; `now` is in microseconds since 1970.
    fn transaction(&mut self, rng: &mut Rng, now: i64) -> Vec<Change<Self::Row>>;
    /// The insert of a row whose key no other has, to be spoilt in this way.
    fn nobody(&mut self, rng: &mut Rng, poison: Self::Poison, now: i64) -> Change<Self::Row>;
}

/// The effect of a record of such a database.
pub type EffectOf<D> =
    Effect<<<D as Database>::Row as Row>::Key, <<D as Database>::Row as Row>::Attributes>;
