//! Debezium's change event envelopes.
//!
//! Debezium documentation, "Change events" of the connectors for MySQL and PostgreSQL.

use std::borrow::Cow;

use super::error::{CdcError, excerpt};
use super::fields::{Fields, Names, not_json};
use super::{
    CdcRecord, Control, ControlKind, LogPosition, Operation, Row, RowChange, Source, TableName,
};
use crate::json::{Reader, Value};
use crate::payload::{PayloadError, not_an_object};
use crate::timestamp::Timestamp;

/// What Debezium tells of a change beside the row.
///
/// ```
/// use records::cdc::{CdcFormat, CdcRecord, Source};
///
/// let record = CdcFormat::Debezium.read(br#"{"before":null,"after":{"id":1},"op":"c",
///     "source":{"connector":"mysql","db":"shop","table":"t","file":"mysql-bin.000003","pos":154,"row":0}}"#)?;
/// let CdcRecord::Row(change) = record else { return Err("not a change of a row".into()) };
/// assert!(matches!(&change.source, Source::Debezium(source) if source.pos == Some(154)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DebeziumSource<'a> {
    /// `mysql`, `postgresql` and others.
    pub connector: Option<Cow<'a, str>>,
    /// The database; also for PostgreSQL, where it is not the table's schema.
    pub database: Option<Cow<'a, str>>,
    /// MySQL's GTID or PostgreSQL's number of the transaction.
    pub transaction_id: Option<Cow<'a, str>>,
    /// PostgreSQL: place in the log.
    pub lsn: Option<u64>,
    /// MySQL: the log's file.
    pub file: Option<Cow<'a, str>>,
    /// MySQL: place in the file, of the event that the row is in.
    pub pos: Option<u64>,
    /// MySQL: number of the row in its event, from 0.
    pub row: Option<u64>,
    /// When the source changed the row.
    pub changed_at: Option<Timestamp>,
    /// When Debezium saw it.
    pub captured_at: Option<Timestamp>,
}

/// Places of the envelope's fields.
mod field {
    pub(super) const BEFORE: usize = 0;
    pub(super) const AFTER: usize = 1;
    pub(super) const SOURCE: usize = 2;
    pub(super) const OP: usize = 3;
    pub(super) const TS_MS: usize = 4;
    pub(super) const TS_US: usize = 5;
    pub(super) const PAYLOAD: usize = 6;
}

const ENVELOPE_FIELDS: usize = 9;

/// As Debezium orders them, with what it puts around them if it writes schemas.
const ENVELOPE_NAMES: Names<'static, ENVELOPE_FIELDS> = [
    ("schema", None),
    ("payload", Some(field::PAYLOAD)),
    ("before", Some(field::BEFORE)),
    ("after", Some(field::AFTER)),
    ("source", Some(field::SOURCE)),
    ("transaction", None),
    ("op", Some(field::OP)),
    ("ts_ms", Some(field::TS_MS)),
    ("ts_us", Some(field::TS_US)),
];

/// Places of the fields of `source`.
mod source {
    pub(super) const CONNECTOR: usize = 0;
    pub(super) const TS_MS: usize = 1;
    pub(super) const DB: usize = 2;
    pub(super) const TS_US: usize = 3;
    pub(super) const SCHEMA: usize = 4;
    pub(super) const TABLE: usize = 5;
    pub(super) const TX_ID: usize = 6;
    pub(super) const LSN: usize = 7;
    pub(super) const GTID: usize = 8;
    pub(super) const FILE: usize = 9;
    pub(super) const POS: usize = 10;
    pub(super) const ROW: usize = 11;
}

const SOURCE_FIELDS: usize = 18;

/// As Debezium orders them, those of PostgreSQL before those of MySQL.
const SOURCE_NAMES: Names<'static, SOURCE_FIELDS> = [
    ("version", None),
    ("connector", Some(source::CONNECTOR)),
    ("name", None),
    ("ts_ms", Some(source::TS_MS)),
    ("snapshot", None),
    ("db", Some(source::DB)),
    ("sequence", None),
    ("ts_us", Some(source::TS_US)),
    ("ts_ns", None),
    ("schema", Some(source::SCHEMA)),
    ("table", Some(source::TABLE)),
    ("txId", Some(source::TX_ID)),
    ("lsn", Some(source::LSN)),
    ("server_id", None),
    ("gtid", Some(source::GTID)),
    ("file", Some(source::FILE)),
    ("pos", Some(source::POS)),
    ("row", Some(source::ROW)),
];

type Envelope<'a> = Fields<'a, ENVELOPE_FIELDS>;

pub(super) fn read(text: &str) -> Result<CdcRecord<'_>, CdcError> {
    if text.is_empty() {
        return Ok(CdcRecord::Tombstone);
    }
    let mut reader = Reader::new(text);
    let mut envelope = Envelope::default();
    let is_object = envelope.read(&mut reader, &ENVELOPE_NAMES);
    let is_object = is_object.and_then(|is_object| reader.end().map(|()| is_object));
    if !is_object.map_err(|error| not_json(error, text))? {
        return if text.trim_ascii() == "null" {
            Ok(CdcRecord::Tombstone)
        } else {
            Err(PayloadError::WrongShape(not_an_object()).into())
        };
    }
    envelope.check(&ENVELOPE_NAMES)?;
    if envelope.get(field::OP).is_some() || !envelope.has(field::PAYLOAD) {
        return record(&envelope);
    }
    match envelope.get(field::PAYLOAD) {
        None => Ok(CdcRecord::Tombstone),
        Some(payload) => record(&object(payload, "payload", &ENVELOPE_NAMES)?),
    }
}

fn record<'a>(envelope: &Envelope<'a>) -> Result<CdcRecord<'a>, CdcError> {
    let op = envelope.required_string(field::OP, "op")?;
    let source = envelope
        .get(field::SOURCE)
        .ok_or(CdcError::MissingField("source"))?;
    let source = object(source, "source", &SOURCE_NAMES)?;
    let captured_at = moment(envelope, field::TS_US, field::TS_MS);
    let operation = match &*op {
        "r" => Operation::Load,
        "c" => Operation::Insert,
        "u" => Operation::Update,
        "d" => Operation::Delete,
        "t" => return Ok(control(ControlKind::Truncate, op, &source, captured_at)),
        "m" => return Ok(control(ControlKind::Other, op, &source, captured_at)),
        _ => return Err(CdcError::UnknownOperation(excerpt(&op))),
    };
    let table = TableName {
        // MySQL has no schemas: its databases are what DMS calls so.
        schema: match source.string(source::SCHEMA) {
            Some(schema) => schema,
            None => source.required_string(source::DB, "source.db")?,
        },
        name: source.required_string(source::TABLE, "source.table")?,
    };
    let before = image(envelope, field::BEFORE, "before")?;
    let row = match operation {
        Operation::Delete => before.clone().ok_or(CdcError::MissingField("before"))?,
        _ => image(envelope, field::AFTER, "after")?.ok_or(CdcError::MissingField("after"))?,
    };
    let source = DebeziumSource::new(&source, captured_at);
    Ok(CdcRecord::Row(RowChange {
        operation,
        table,
        row,
        before,
        log_position: source.log_position(),
        source: Source::Debezium(source),
    }))
}

fn control<'a>(
    kind: ControlKind,
    operation: Cow<'a, str>,
    source: &Fields<'a, SOURCE_FIELDS>,
    captured_at: Option<Timestamp>,
) -> CdcRecord<'a> {
    let schema = source
        .string(source::SCHEMA)
        .or_else(|| source.string(source::DB));
    CdcRecord::Control(Control {
        kind,
        operation,
        table: TableName {
            schema: schema.unwrap_or_default(),
            name: source.string(source::TABLE).unwrap_or_default(),
        },
        details: None,
        captured_at,
    })
}

impl<'a> DebeziumSource<'a> {
    fn new(fields: &Fields<'a, SOURCE_FIELDS>, captured_at: Option<Timestamp>) -> Self {
        let transaction = fields
            .text(source::GTID)
            .or_else(|| fields.text(source::TX_ID));
        Self {
            connector: fields.string(source::CONNECTOR),
            database: fields.string(source::DB),
            transaction_id: transaction,
            lsn: fields.integer(source::LSN),
            file: fields.string(source::FILE),
            pos: fields.integer(source::POS),
            row: fields.integer(source::ROW),
            changed_at: moment(fields, source::TS_US, source::TS_MS),
            captured_at,
        }
    }

    /// An entry of PostgreSQL's log is of one row, an event of MySQL's of several.
    fn log_position(&self) -> Option<LogPosition> {
        match (self.lsn, &self.file, self.pos) {
            (Some(lsn), _, _) => Some(LogPosition::from_lsn(lsn, 0)),
            (None, Some(file), Some(pos)) => {
                LogPosition::from_binlog(file, pos, self.row.unwrap_or_default())
            }
            _ => None,
        }
    }
}

/// Null stands for no image.
fn image<'a>(
    envelope: &Envelope<'a>,
    field: usize,
    name: &'static str,
) -> Result<Option<Row<'a>>, CdcError> {
    let Some(value) = envelope.get(field) else {
        return Ok(None);
    };
    let row = Row::read(&mut Reader::new(value.text())).ok().flatten();
    let row = row.ok_or_else(|| not_an_object_in(name))?;
    row.without_duplicates().map(Some)
}

/// Reads a value that has been passed over before: its JSON is known to be right.
fn object<'a, const N: usize>(
    value: Value<'a>,
    name: &'static str,
    names: &Names<'_, N>,
) -> Result<Fields<'a, N>, CdcError> {
    let mut fields = Fields::default();
    if fields.read(&mut Reader::new(value.text()), names) != Ok(true) {
        return Err(not_an_object_in(name));
    }
    fields.check(names)?;
    Ok(fields)
}

fn not_an_object_in(field: &'static str) -> CdcError {
    CdcError::WrongType {
        field,
        expected: "an object",
    }
}

/// The finer of two times since the epoch.
fn moment<const N: usize>(
    fields: &Fields<'_, N>,
    micros: usize,
    millis: usize,
) -> Option<Timestamp> {
    let millis = || fields.integer::<i64>(millis)?.checked_mul(1_000);
    let micros = fields.integer(micros).or_else(millis);
    micros.map(Timestamp::from_micros)
}
