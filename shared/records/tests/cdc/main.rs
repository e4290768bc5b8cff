//! Changes of databases: records in every shape that DMS and Debezium write, and what is none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod any;
mod before;
mod broken;
mod converge;
mod debezium;
mod dms;
mod values;

use records::cdc::{CdcFormat, CdcRecord, Control};
use records::{Position, RowChange, SequenceNumber};

fn row(format: &CdcFormat, bytes: &'static str) -> RowChange<'static> {
    match format.read(bytes.as_bytes()) {
        Ok(CdcRecord::Row(change)) => change,
        other => panic!("{other:?}"),
    }
}

fn control(format: &CdcFormat, bytes: &'static str) -> Control<'static> {
    match format.read(bytes.as_bytes()) {
        Ok(CdcRecord::Control(control)) => control,
        other => panic!("{other:?}"),
    }
}

/// All columns as name and JSON text.
fn columns(row: &records::Row<'_>) -> Vec<(String, String)> {
    let text = |column: &records::cdc::Column<'_>| (column.name().into(), column.json().into());
    row.columns().iter().map(text).collect()
}

/// The text of the version of a change at the sequence number 5.
fn version(change: &RowChange<'static>) -> String {
    let position = Position {
        sequence_number: SequenceNumber::new("5").unwrap(),
        subsequence_number: 0,
    };
    change.version(position).to_string()
}
