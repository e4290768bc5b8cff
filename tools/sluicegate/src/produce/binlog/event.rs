//! What is in an event of the log.
//!
//! MySQL's and MariaDB's documentation of their replication protocol; MariaDB compresses events of its own kinds.

use std::io::Read;

use flate2::Crc;
use flate2::read::ZlibDecoder;
use mysql_async::binlog::events::{Event, TableMapEvent};

use super::bytes::{Bytes, TooShort};
use super::image::{Image, ImageError};

/// Kinds of events by number.
pub(super) mod kind {
    pub(in super::super) const QUERY: u8 = 2;
    pub(in super::super) const ROTATE: u8 = 4;
    pub(in super::super) const XID: u8 = 16;
    pub(in super::super) const TABLE_MAP: u8 = 19;
    pub(in super::super) const INCIDENT: u8 = 26;
    pub(in super::super) const HEARTBEAT: u8 = 27;
    pub(in super::super) const GTID: u8 = 33;
    pub(in super::super) const ANONYMOUS_GTID: u8 = 34;
    pub(in super::super) const XA_PREPARE: u8 = 38;
    pub(in super::super) const PARTIAL_UPDATE: u8 = 39;
    pub(in super::super) const TRANSACTION_PAYLOAD: u8 = 40;
    pub(in super::super) const TAGGED_GTID: u8 = 42;
    pub(in super::super) const MARIADB_GTID: u8 = 162;
    pub(in super::super) const COMPRESSED_QUERY: u8 = 165;
}

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventError {
    #[error(transparent)]
    TooShort(#[from] TooShort),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("it cannot be decompressed: {0}")]
    Compressed(#[from] std::io::Error),
    #[error("rows do not have all columns")]
    Columns,
    #[error("column {0} is of a type that is not known")]
    ColumnType(usize),
}

/// What rows an event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowsKind {
    /// Rows that were inserted.
    Write,
    /// Rows before and after, in turns.
    Update,
    /// Rows that were deleted.
    Delete,
}

/// An event of rows.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) kind: RowsKind,
    /// The number of the table's description.
    pub(super) table: u64,
    columns: usize,
    data: Vec<u8>,
}

/// A row's values; none for NULL.
pub(super) type Images = Vec<Option<Image>>;

impl Rows {
    /// Reads an event of rows; none if the event is of another kind.
    pub(super) fn read(kind: u8, data: &[u8]) -> Result<Option<Self>, EventError> {
        use RowsKind::{Delete, Update, Write};
        let (rows, has_more_header, is_compressed) = match kind {
            23 => (Write, false, false),
            24 => (Update, false, false),
            25 => (Delete, false, false),
            30 => (Write, true, false),
            31 => (Update, true, false),
            32 => (Delete, true, false),
            166 => (Write, false, true),
            167 => (Update, false, true),
            168 => (Delete, false, true),
            169 => (Write, true, true),
            170 => (Update, true, true),
            171 => (Delete, true, true),
            _ => return Ok(None),
        };
        let mut bytes = Bytes(data);
        let table = bytes.little(6)?;
        bytes.take(2)?;
        if has_more_header {
            let length = bytes.length(2)?;
            bytes.take(length.saturating_sub(2))?;
        }
        let columns = bytes.encoded()?;
        let maps = if rows == Update { 2 } else { 1 };
        for _ in 0..maps {
            let map = bytes.take(columns.div_ceil(8))?;
            if !(0..columns).all(|place| bit(map, place)) {
                return Err(EventError::Columns);
            }
        }
        let data = if is_compressed {
            decompressed(bytes)?
        } else {
            bytes.0.to_vec()
        };
        Ok(Some(Self {
            kind: rows,
            table,
            columns,
            data,
        }))
    }

    /// The rows, which are those of the table that `map` describes.
    pub(super) fn images(&self, map: &TableMapEvent<'_>) -> Result<Vec<Images>, EventError> {
        let types: Vec<_> = (0..self.columns)
            .map(|place| {
                let column_type = map.get_column_type(place).ok().flatten();
                let meta = map.get_column_metadata(place);
                column_type
                    .zip(meta)
                    .ok_or(EventError::ColumnType(place + 1))
            })
            .collect::<Result<_, _>>()?;
        let mut bytes = Bytes(&self.data);
        let mut rows = Vec::new();
        while !bytes.0.is_empty() {
            let nulls = bytes.take(self.columns.div_ceil(8))?;
            let values = types
                .iter()
                .enumerate()
                .map(|(place, (column_type, meta))| {
                    if bit(nulls, place) {
                        return Ok(None);
                    }
                    Image::read(&mut bytes, *column_type, meta).map(Some)
                });
            rows.push(values.collect::<Result<_, _>>()?);
        }
        Ok(rows)
    }
}

/// The statement of an event, if it is one of a statement.
pub(super) fn statement(kind: u8, data: &[u8]) -> Result<Option<String>, EventError> {
    if !matches!(kind, kind::QUERY | kind::COMPRESSED_QUERY) {
        return Ok(None);
    }
    let mut bytes = Bytes(data);
    bytes.take(8)?;
    let schema = bytes.length(1)?;
    bytes.take(2)?;
    let variables = bytes.length(2)?;
    bytes.take(variables + schema + 1)?;
    let text = if kind == kind::COMPRESSED_QUERY {
        decompressed(bytes)?
    } else {
        bytes.0.to_vec()
    };
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// What the last four bytes of an event are if they are its checksum.
pub(super) fn checksum(event: &Event) -> Option<[u8; 4]> {
    let (data, _) = event.data().split_last_chunk::<4>()?;
    let header = event.header();
    let mut sum = Crc::new();
    sum.update(&header.timestamp().to_le_bytes());
    sum.update(&[header.event_type_raw()]);
    sum.update(&header.server_id().to_le_bytes());
    sum.update(&header.event_size().to_le_bytes());
    sum.update(&header.log_pos().to_le_bytes());
    sum.update(&header.flags_raw().to_le_bytes());
    sum.update(data);
    Some(sum.sum().to_le_bytes())
}

/// MariaDB's compressed part: a byte whose lower bits tell how many bytes tell the length, the length, zlib.
fn decompressed(mut bytes: Bytes<'_>) -> Result<Vec<u8>, EventError> {
    const LENGTH: u8 = 7;
    let header = bytes.byte()?;
    let length = bytes.big(usize::from(header & LENGTH))?;
    let mut data = Vec::new();
    ZlibDecoder::new(bytes.0)
        .take(length)
        .read_to_end(&mut data)?;
    Ok(data)
}

fn bit(map: &[u8], place: usize) -> bool {
    map.get(place / 8)
        .is_some_and(|byte| byte >> (place % 8) & 1 == 1)
}
