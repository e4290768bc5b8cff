//! Records of AWS DMS with a Kinesis target.
//!
//! DMS user guide, "Using Amazon Kinesis Data Streams as a target for AWS Database Migration Service".

use std::borrow::Cow;

use super::change::time;
use super::error::{CdcError, excerpt};
use super::fields::{Fields, Names, not_json};
use super::{
    BeforeImage, CdcRecord, Control, ControlKind, LogPosition, Operation, Row, RowChange, Source,
    TableName,
};
use crate::json::{Malformed, Reader, Value};
use crate::payload::{PayloadError, not_an_object};

/// What DMS tells of a change beside the row. All of it is optional: most fields come with a setting only.
///
/// ```
/// use records::cdc::{CdcFormat, CdcRecord, Source};
///
/// let record = CdcFormat::default().read(br#"{"data":{"id":1},"metadata":{"record-type":"data","operation":"insert",
///     "schema-name":"shop","table-name":"t","transaction-id":17,"transaction-record-id":2}}"#)?;
/// let CdcRecord::Row(change) = record else { return Err("not a change of a row".into()) };
/// assert!(matches!(&change.source, Source::Dms(metadata) if metadata.transaction_record_id == Some(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DmsMetadata<'a> {
    /// When the record was made, RFC 3339: not when the change was.
    pub timestamp: Option<Cow<'a, str>>,
    /// What the Kinesis partition key is made of: `schema-table`, `primary-key`, `transaction-id` and others.
    pub partition_key_type: Option<Cow<'a, str>>,
    /// The partition key, with `IncludePartitionValue`.
    pub partition_key_value: Option<Cow<'a, str>>,
    /// The transaction; none for rows of a full load.
    pub transaction_id: Option<Cow<'a, str>>,
    /// Place of the change in its transaction, from 1.
    pub transaction_record_id: Option<u64>,
    /// The transaction of the change before this one; none for the first that was captured.
    pub previous_transaction_id: Option<Cow<'a, str>>,
    /// Place of the change before this one in its transaction.
    pub previous_transaction_record_id: Option<u64>,
    /// When the transaction was committed, RFC 3339.
    pub commit_timestamp: Option<Cow<'a, str>>,
    /// Where the change stands in the source's log, in a notation of each engine.
    pub stream_position: Option<Cow<'a, str>>,
}

/// Places of the metadata's fields.
mod field {
    pub(super) const TIMESTAMP: usize = 0;
    pub(super) const RECORD_TYPE: usize = 1;
    pub(super) const OPERATION: usize = 2;
    pub(super) const PARTITION_KEY_TYPE: usize = 3;
    pub(super) const PARTITION_KEY_VALUE: usize = 4;
    pub(super) const SCHEMA_NAME: usize = 5;
    pub(super) const TABLE_NAME: usize = 6;
    pub(super) const TRANSACTION_ID: usize = 7;
    pub(super) const TRANSACTION_RECORD_ID: usize = 8;
    pub(super) const PREV_TRANSACTION_ID: usize = 9;
    pub(super) const PREV_TRANSACTION_RECORD_ID: usize = 10;
    pub(super) const COMMIT_TIMESTAMP: usize = 11;
    pub(super) const STREAM_POSITION: usize = 12;
}

const METADATA_FIELDS: usize = 13;

/// As DMS orders them.
const METADATA_NAMES: Names<'static, METADATA_FIELDS> = [
    ("timestamp", Some(field::TIMESTAMP)),
    ("record-type", Some(field::RECORD_TYPE)),
    ("operation", Some(field::OPERATION)),
    ("partition-key-type", Some(field::PARTITION_KEY_TYPE)),
    ("partition-key-value", Some(field::PARTITION_KEY_VALUE)),
    ("schema-name", Some(field::SCHEMA_NAME)),
    ("table-name", Some(field::TABLE_NAME)),
    ("transaction-id", Some(field::TRANSACTION_ID)),
    ("transaction-record-id", Some(field::TRANSACTION_RECORD_ID)),
    ("prev-transaction-id", Some(field::PREV_TRANSACTION_ID)),
    (
        "prev-transaction-record-id",
        Some(field::PREV_TRANSACTION_RECORD_ID),
    ),
    ("commit-timestamp", Some(field::COMMIT_TIMESTAMP)),
    ("stream-position", Some(field::STREAM_POSITION)),
];

type Metadata<'a> = Fields<'a, METADATA_FIELDS>;

#[derive(Clone, Copy)]
enum Part {
    Data,
    Before,
    Control,
    Metadata,
}

/// The parts of a record.
#[derive(Default)]
struct Envelope<'a> {
    data: Slot<Row<'a>>,
    before: Slot<Row<'a>>,
    control: Option<Value<'a>>,
    metadata: Metadata<'a>,
    /// Whether there is one: it is filled where it stands, as it is too large to be moved.
    metadata_slot: Slot<()>,
    duplicate: Option<&'static str>,
}

/// A part that is to be an object.
#[derive(Default)]
enum Slot<T> {
    #[default]
    Missing,
    NotAnObject,
    Object(T),
}

pub(super) fn read<'a>(text: &'a str, image: &BeforeImage) -> Result<CdcRecord<'a>, CdcError> {
    let mut envelope = Envelope::default();
    let mut reader = Reader::new(text);
    let is_object = envelope.read(&mut reader, image);
    let is_object = is_object.and_then(|is_object| reader.end().map(|()| is_object));
    if !is_object.map_err(|error| not_json(error, text))? {
        return Err(PayloadError::WrongShape(not_an_object()).into());
    }
    envelope.record(image)
}

impl<'a> Envelope<'a> {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'a>, image: &BeforeImage) -> Result<bool, Malformed> {
        let before = match image {
            BeforeImage::Field(name) => (&**name, Some(Part::Before)),
            BeforeImage::Columns { .. } => ("before-image", None),
        };
        let names = [
            ("data", Some(Part::Data)),
            ("control", Some(Part::Control)),
            before,
            ("metadata", Some(Part::Metadata)),
        ];
        reader.object(&names, |reader, part| {
            let (name, is_new) = match part {
                Part::Data => ("data", self.data.fill(Row::read(reader)?)),
                Part::Before => ("before-image", self.read_before(reader)?),
                Part::Control => ("control", self.control.replace(reader.value()?).is_none()),
                Part::Metadata => {
                    let is_object = self.metadata.read(reader, &METADATA_NAMES)?;
                    ("metadata", self.metadata_slot.fill(is_object.then_some(())))
                }
            };
            if !is_new {
                self.duplicate = Some(name);
            }
            Ok(())
        })
    }

    /// Null stands for no image. Tells whether this is the first.
    fn read_before(&mut self, reader: &mut Reader<'a>) -> Result<bool, Malformed> {
        let mut ahead = reader.clone();
        if ahead.value()?.is_null() {
            *reader = ahead;
            return Ok(true);
        }
        Ok(self.before.fill(Row::read(reader)?))
    }

    fn record(self, image: &BeforeImage) -> Result<CdcRecord<'a>, CdcError> {
        if let Some(name) = self.duplicate {
            return Err(CdcError::DuplicateField(name.into()));
        }
        self.metadata_slot.object("metadata")?;
        let metadata = self.metadata;
        metadata.check(&METADATA_NAMES)?;
        let kind = metadata.required_string(field::RECORD_TYPE, "metadata.record-type")?;
        let operation = metadata.required_string(field::OPERATION, "metadata.operation")?;
        let table = TableName {
            schema: metadata.required_string(field::SCHEMA_NAME, "metadata.schema-name")?,
            name: metadata.required_string(field::TABLE_NAME, "metadata.table-name")?,
        };
        match &*kind {
            "data" => {}
            "control" => {
                return Ok(CdcRecord::Control(Control {
                    kind: ControlKind::from_dms(&operation),
                    operation,
                    table,
                    details: self.control.map(|control| control.text()),
                    captured_at: time(metadata.string(field::TIMESTAMP).as_deref()),
                }));
            }
            _ => return Err(CdcError::UnknownRecordType(excerpt(&kind))),
        }
        let operation = match &*operation {
            "load" => Operation::Load,
            "insert" => Operation::Insert,
            "update" => Operation::Update,
            "delete" => Operation::Delete,
            _ => return Err(CdcError::UnknownOperation(excerpt(&operation))),
        };
        let open = |row: Row<'a>| row.without_duplicates()?.with_document_opened();
        let mut row = open(self.data.object("data")?)?;
        let before = match (image, self.before) {
            (BeforeImage::Columns { prefix, suffix }, _) => {
                Some(row.split_off(prefix, suffix)).filter(|before| !before.is_empty())
            }
            (BeforeImage::Field(_), Slot::Missing) => None,
            (BeforeImage::Field(_), before) => Some(open(before.object("before-image")?)?),
        };
        let metadata = DmsMetadata::new(&metadata);
        Ok(CdcRecord::Row(RowChange {
            operation,
            table,
            row,
            before,
            log_position: metadata.log_position(),
            source: Source::Dms(metadata),
        }))
    }
}

impl<'a> DmsMetadata<'a> {
    fn new(metadata: &Metadata<'a>) -> Self {
        Self {
            timestamp: metadata.string(field::TIMESTAMP),
            partition_key_type: metadata.string(field::PARTITION_KEY_TYPE),
            partition_key_value: metadata.string(field::PARTITION_KEY_VALUE),
            transaction_id: metadata.text(field::TRANSACTION_ID),
            transaction_record_id: metadata.integer(field::TRANSACTION_RECORD_ID),
            previous_transaction_id: metadata.text(field::PREV_TRANSACTION_ID),
            previous_transaction_record_id: metadata.integer(field::PREV_TRANSACTION_RECORD_ID),
            commit_timestamp: metadata.string(field::COMMIT_TIMESTAMP),
            stream_position: metadata.string(field::STREAM_POSITION),
        }
    }

    /// Both are needed: changes of one transaction may have the same stream position.
    fn log_position(&self) -> Option<LogPosition> {
        LogPosition::from_dms(
            self.stream_position.as_deref()?,
            self.transaction_record_id?,
        )
    }
}

impl<T> Slot<T> {
    /// Puts in what has been read. Tells whether it is the first.
    fn fill(&mut self, read: Option<T>) -> bool {
        let is_first = matches!(self, Self::Missing);
        *self = read.map_or(Self::NotAnObject, Self::Object);
        is_first
    }

    fn object(self, field: &'static str) -> Result<T, CdcError> {
        match self {
            Self::Missing => Err(CdcError::MissingField(field)),
            Self::NotAnObject => Err(CdcError::WrongType {
                field,
                expected: "an object",
            }),
            Self::Object(object) => Ok(object),
        }
    }
}
