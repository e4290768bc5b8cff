#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod batch;
pub mod item;
pub mod key;
pub mod transact;
pub mod transport;

pub use batch::{BatchWriter, WriteOutcome};
pub use item::{Item, Value};
pub use key::KeySchema;
pub use transact::{Condition, ConditionalPut, Row, Transactions};
pub use transport::{CallError, Transport, TransportError};
