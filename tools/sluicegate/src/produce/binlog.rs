//! The binary log of a MySQL or MariaDB server as AWS DMS would tell of it.
//!
//! What [`Source`] reads, as a replica does, becomes records of rows: first those of the full load, if it is asked for,
//! then the changes of each transaction, after its commit.

mod bytes;
mod commits;
mod definition;
mod error;
mod event;
mod image;
mod kind;
mod load;
mod record;
mod rows;
mod server;
mod source;
mod statement;

pub use definition::TableId;
pub use error::BinlogError;
pub use server::{From, Server};
pub use source::{Read, Source};
