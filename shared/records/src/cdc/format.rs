//! How a stream's records are written.

use std::borrow::Cow;

use super::error::CdcError;
use super::{Control, RowChange};
use super::{debezium, dms};
use crate::payload::PayloadError;

/// Which tool writes the records of a stream, and how it is set up.
///
/// ```
/// use records::cdc::{BeforeImage, CdcFormat, CdcRecord};
///
/// let format = CdcFormat::Dms { before_image: BeforeImage::columns() };
/// let record = format.read(br#"{"data":{"id":1},"metadata":{"record-type":"data","operation":"insert","schema-name":"s","table-name":"t"}}"#)?;
/// assert!(matches!(record, CdcRecord::Row(_)));
/// # Ok::<(), records::CdcError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CdcFormat {
    /// AWS DMS with a Kinesis target.
    Dms {
        /// Where it puts what a row was before.
        before_image: BeforeImage,
    },
    /// Debezium with JSON, with or without schemas. Decimals stay exact with `decimal.handling.mode` set to
    /// `string`; by default they are bytes whose scale is in the schema only.
    Debezium,
}

/// Where DMS puts what a row was before.
///
/// ```
/// use records::cdc::{BeforeImage, CdcFormat};
///
/// // BeforeImageSettings with "FieldName": "old".
/// let format = CdcFormat::Dms { before_image: BeforeImage::Field("old".into()) };
/// // add-before-image-columns with "column-prefix": "BI_".
/// let format = CdcFormat::Dms { before_image: BeforeImage::columns() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BeforeImage {
    /// In an object of its own beside the row, under the `FieldName` of the task setting `BeforeImageSettings`.
    Field(Cow<'static, str>),
    /// In further columns of the row: the rule action `add-before-image-columns`. A row's own columns of such names
    /// would be taken for them.
    Columns {
        /// What stands before the column's name.
        prefix: Cow<'static, str>,
        /// What stands behind it.
        suffix: Cow<'static, str>,
    },
}

/// One record.
///
/// ```
/// use records::{CdcFormat, CdcRecord};
///
/// // What Debezium writes behind a delete.
/// assert!(matches!(CdcFormat::Debezium.read(b"")?, CdcRecord::Tombstone));
/// # Ok::<(), records::CdcError>(())
/// ```
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all records are of the large variant"
)]
pub enum CdcRecord<'a> {
    /// A row has changed.
    Row(RowChange<'a>),
    /// Something about a table.
    Control(Control<'a>),
    /// Debezium's record without a value behind a delete, for logs that are compacted: says nothing new.
    Tombstone,
}

/// DMS with its before image under `before-image`.
impl Default for CdcFormat {
    fn default() -> Self {
        Self::Dms {
            before_image: BeforeImage::Field("before-image".into()),
        }
    }
}

impl BeforeImage {
    /// Further columns with the prefix that DMS has by default, `BI_`.
    pub fn columns() -> Self {
        Self::Columns {
            prefix: "BI_".into(),
            suffix: "".into(),
        }
    }
}

impl CdcFormat {
    /// Reads the bytes of one user record, with white space around the JSON or none. What comes out borrows from them.
    ///
    /// ```
    /// use records::cdc::{BeforeImage, CdcFormat, CdcRecord};
    ///
    /// let format = CdcFormat::Dms { before_image: BeforeImage::columns() };
    /// let record = format.read(br#"{"data":{"id":1,"BI_id":2},"metadata":{"record-type":"data","operation":"update",
    ///     "schema-name":"public","table-name":"foo"}}"#)?;
    /// let CdcRecord::Row(change) = record else { return Err("no change of a row".into()) };
    /// assert!(change.is_key_changed(&["id"]));
    ///
    /// assert!(matches!(CdcFormat::Debezium.read(b"")?, CdcRecord::Tombstone));
    /// let error = format.read(br#"{"data":{"id":1}}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "the field `metadata` is missing");
    /// assert_eq!(error.reason(), "missing-field");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read<'a>(&self, bytes: &'a [u8]) -> Result<CdcRecord<'a>, CdcError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| PayloadError::NotUtf8(error.valid_up_to()))?;
        match self {
            Self::Dms { before_image } => dms::read(text, before_image),
            Self::Debezium => debezium::read(text),
        }
    }
}
