#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod batch;
pub mod conditional;
pub mod item;
pub mod key;
pub mod query;
mod row;
pub mod transact;
pub mod transport;

pub use batch::{BatchWriter, WriteOutcome};
pub use conditional::{ConditionalWriter, Guard, GuardedPut, PutOutcome};
pub use item::{Item, Value};
pub use key::KeySchema;
pub use query::{PageStart, Reader};
pub use row::Row;
pub use transact::{Condition, ConditionalPut, Transactions};
pub use transport::{CallError, Transport, TransportError};
