//! What happened: to a row, or to a table.

use std::borrow::Cow;

use super::column::Column;
use super::{DebeziumSource, DmsMetadata, LogPosition, Row};
use crate::timestamp::Timestamp;

/// A change of one row of a table. The module has an [example](crate::cdc).
///
/// ```
/// use records::cdc::{CdcFormat, CdcRecord, Operation};
///
/// let record = CdcFormat::default().read(br#"{"data":{"id":2},"before-image":{"id":1},
///     "metadata":{"record-type":"data","operation":"update","schema-name":"shop","table-name":"orders"}}"#)?;
/// let CdcRecord::Row(change) = record else { return Err("not a change of a row".into()) };
/// assert_eq!((change.operation, &*change.table.name), (Operation::Update, "orders"));
/// assert_eq!(change.row.required("id")?.integer::<u32>()?, 2);
/// assert!(change.is_key_changed(&["id"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RowChange<'a> {
    /// What happened.
    pub operation: Operation,
    /// The table.
    pub table: TableName<'a>,
    /// The row after the change; for [`Operation::Delete`] what is known of the row that was deleted: all of it, or
    /// its key only.
    pub row: Row<'a>,
    /// What is known of the row before the change, where the source tells: everything, the key, the changed columns,
    /// or nothing (an image without columns).
    pub before: Option<Row<'a>>,
    /// Where the change stands in the source's log, if that is told in a way that is known here.
    pub log_position: Option<LogPosition>,
    /// What else comes with the change.
    pub source: Source<'a>,
}

/// What happened to a row.
///
/// ```
/// use records::cdc::{CdcFormat, CdcRecord, Operation};
///
/// let record = CdcFormat::Debezium.read(br#"{"before":{"id":1},"after":null,"op":"d","source":{"db":"shop","table":"t"}}"#)?;
/// assert!(matches!(record, CdcRecord::Row(change) if change.operation == Operation::Delete));
/// # Ok::<(), records::CdcError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It was there when the table was copied: full load (DMS `load`), snapshot (Debezium `r`).
    Load,
    /// It was inserted.
    Insert,
    /// It was updated, perhaps its primary key as well.
    Update,
    /// It was deleted.
    Delete,
}

/// A table.
///
/// ```
/// use records::cdc::TableName;
///
/// let table = TableName { schema: "".into(), name: "awsdms_apply_exceptions".into() };
/// assert!(table.is_of_dms());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName<'a> {
    /// PostgreSQL's schema or MySQL's database. Empty in some control records.
    pub schema: Cow<'a, str>,
    /// The table's name in it.
    pub name: Cow<'a, str>,
}

impl TableName<'_> {
    /// Whether DMS keeps its own books in that table (`awsdms_apply_exceptions`, `awsdms_heartbeat` and others): its
    /// rows are not of the source's data.
    pub fn is_of_dms(&self) -> bool {
        const PREFIX: &[u8] = b"awsdms_";
        let start = self.name.as_bytes().get(..PREFIX.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    }
}

/// What a change comes with beside the row: by kind of record.
///
/// ```
/// use records::RowChange;
/// use records::cdc::Source;
///
/// /// The Kinesis partition key, where DMS tells it.
/// fn partition_key<'a>(change: &'a RowChange<'_>) -> Option<&'a str> {
///     match &change.source {
///         Source::Dms(metadata) => metadata.partition_key_value.as_deref(),
///         Source::Debezium(_) => None,
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// From AWS DMS.
    Dms(DmsMetadata<'a>),
    /// From Debezium.
    Debezium(DebeziumSource<'a>),
}

impl<'a> RowChange<'a> {
    /// When the source changed the row, as it says: the commit for DMS (with `IncludeTransactionDetails`), the entry
    /// in the log for Debezium. To the second only for MySQL by DMS. Not for deciding which change is later.
    pub fn changed_at(&self) -> Option<Timestamp> {
        match &self.source {
            Source::Dms(metadata) => time(metadata.commit_timestamp.as_deref()),
            Source::Debezium(source) => source.changed_at,
        }
    }

    /// When the record was made.
    pub fn captured_at(&self) -> Option<Timestamp> {
        match &self.source {
            Source::Dms(metadata) => time(metadata.timestamp.as_deref()),
            Source::Debezium(source) => source.captured_at,
        }
    }

    /// The transaction's name in the source: a number for DMS, MySQL's GTID or PostgreSQL's number for Debezium.
    pub fn transaction_id(&self) -> Option<&str> {
        match &self.source {
            Source::Dms(metadata) => metadata.transaction_id.as_deref(),
            Source::Debezium(source) => source.transaction_id.as_deref(),
        }
    }

    /// A column before the change, where that is told; for a column that the before image leaves out, what it is
    /// after, as images of keys and of changed columns only leave out what is the same or not known.
    pub fn column_before(&self, column: &str) -> Option<&Column<'a>> {
        let before = self.before.as_ref().and_then(|before| before.get(column));
        before.or_else(|| self.row.get(column))
    }

    /// Whether a column of the key had another value before the change, as far as that is told: then the row has
    /// moved from the key that [`RowChange::column_before`] gives to that of [`RowChange::row`]. Spellings of one
    /// number are the same key. Debezium tells of such a move by a delete and an insert instead.
    pub fn is_key_changed(&self, key: &[&str]) -> bool {
        let is_changed = |name: &&str| {
            let before = self.before.as_ref().and_then(|before| before.get(name));
            match (before, self.row.get(name)) {
                (Some(before), Some(after)) => match (before.key_text(), after.key_text()) {
                    (Ok(before), Ok(after)) => before != after,
                    _ => before.json() != after.json(),
                },
                (Some(before), None) => !before.is_null(),
                (None, _) => false,
            }
        };
        self.operation == Operation::Update && key.iter().any(is_changed)
    }
}

/// A record of a table, not of a row: nothing of a table's rows depends on it, and it usually comes by another shard
/// than they do.
///
/// ```
/// use records::cdc::{CdcFormat, CdcRecord, ControlKind};
///
/// let record = CdcFormat::default().read(br#"{"control":{},"metadata":{"record-type":"control",
///     "operation":"drop-table","schema-name":"public","table-name":"foo"}}"#)?;
/// let CdcRecord::Control(control) = record else { return Err("a change of a row".into()) };
/// assert_eq!((control.kind, &*control.operation), (ControlKind::DropTable, "drop-table"));
/// assert_eq!(control.details, Some("{}"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Control<'a> {
    /// What it tells.
    pub kind: ControlKind,
    /// What it tells, in the record's own word.
    pub operation: Cow<'a, str>,
    /// The table; its schema may be empty.
    pub table: TableName<'a>,
    /// The table's definition as JSON text; missing unless DMS has `IncludeControlDetails`, and `{}` for a dropped
    /// table.
    pub details: Option<&'a str>,
    /// When the record was made.
    pub captured_at: Option<Timestamp>,
}

/// What a control record tells. DMS user guide, "Using Amazon Kinesis Data Streams as a target", message format.
///
/// ```
/// use records::cdc::{CdcFormat, CdcRecord, ControlKind};
///
/// let record = CdcFormat::Debezium.read(br#"{"before":null,"after":null,"op":"t","source":{"db":"shop","table":"t"}}"#)?;
/// assert!(matches!(record, CdcRecord::Control(control) if control.kind == ControlKind::Truncate));
/// # Ok::<(), records::CdcError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlKind {
    /// The table has been created, or is going to be loaded.
    CreateTable,
    /// The table has got another name.
    RenameTable,
    /// The table is gone.
    DropTable,
    /// Several columns have changed.
    ChangeColumns,
    /// A column has been added.
    AddColumn,
    /// A column is gone.
    DropColumn,
    /// A column has got another name.
    RenameColumn,
    /// A column has got another type.
    ColumnTypeChange,
    /// All rows are gone (Debezium's `t`): there are no changes of them.
    Truncate,
    /// Something else: [`Control::operation`] has the word.
    Other,
}

impl ControlKind {
    pub(super) fn from_dms(operation: &str) -> Self {
        match operation {
            "create-table" => Self::CreateTable,
            "rename-table" => Self::RenameTable,
            "drop-table" => Self::DropTable,
            "change-columns" => Self::ChangeColumns,
            "add-column" => Self::AddColumn,
            "drop-column" => Self::DropColumn,
            "rename-column" => Self::RenameColumn,
            "column-type-change" => Self::ColumnTypeChange,
            _ => Self::Other,
        }
    }
}

pub(super) fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(Timestamp::from_rfc3339)
}
