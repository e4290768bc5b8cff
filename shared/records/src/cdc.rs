//! Changes of a database's rows, as change data capture puts them on a stream: the JSON of AWS DMS and of Debezium,
//! read into one type.
//!
//! [`CdcFormat::read`] takes the bytes of a user record. What comes out is a [`RowChange`], a [`Control`] record, which
//! tells of a table rather than of a row, or a tombstone. Each column stays the text that it was
//! until it is asked for; [`Version`] says which of two changes of one row is the later one.
//!
//! Whatever the bytes are, they give a record or a [`CdcError`]. Of any depth of nesting nothing is built and nothing
//! recurses, so that there is no cap on it.
//!
//! ```
//! use records::cdc::{CdcFormat, CdcRecord, Operation};
//! use records::{Position, SequenceNumber};
//!
//! let data = br#"{"data":{"id":45,"name":"Jane","height":1.50},"before-image":{"id":46},
//!     "metadata":{"record-type":"data","operation":"update","schema-name":"public","table-name":"foo",
//!     "transaction-record-id":1,"stream-position":"00000002/7C0073F8.2.00000002/7C0073F8"}}"#;
//! let format = CdcFormat::default();
//! let CdcRecord::Row(change) = format.read(data)? else { return Err("no change of a row".into()) };
//!
//! assert_eq!((change.operation, &*change.table.name), (Operation::Update, "foo"));
//! assert_eq!(change.row.required("id")?.integer::<u64>()?, 45);
//! assert_eq!(change.row.required("height")?.number()?.as_str(), "1.5");
//! assert!(change.row.present("age").is_none());
//! assert!(change.is_key_changed(&["id"]));
//! assert_eq!(change.column_before("id").map(|id| id.integer()), Some(Ok(46)));
//!
//! let sequence_number = SequenceNumber::new("49590338271490256608559692538361571095921575989136588898");
//! let position = Position { sequence_number: sequence_number.ok_or("digits")?, subsequence_number: 0 };
//! assert_eq!(change.version(position).to_string(), "0000-2-00000002-000000007c0073f8-0000000000000001");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod column;
mod debezium;
mod dms;
mod error;
mod fields;
mod format;
mod integer;
mod log_position;
mod row;
mod version;

pub use change::{Control, ControlKind, Operation, RowChange, Source, TableName};
pub use column::{Column, ColumnValue};
pub use debezium::DebeziumSource;
pub use dms::DmsMetadata;
pub use error::{CdcError, ColumnError};
pub use format::{BeforeImage, CdcFormat, CdcRecord};
pub use log_position::LogPosition;
pub use row::Row;
pub use version::{Basis, Version};
