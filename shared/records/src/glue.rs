//! Data with the header of AWS Glue Schema Registry in front.
//!
//! Its serializers write a version (3), a compression (none or zlib) and the id of a schema version, then the payload.
//! Which schema that is has to be looked up: by a [`Schemas`], which is filled from the registry elsewhere. Nothing here
//! waits.
//!
//! ```
//! use records::glue::{Header, SchemaVersionId};
//!
//! let header = Header::new("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse()?);
//! let data = header.write(b"\x0asansa")?;
//! let (header, payload) = Header::read(&data)?;
//! assert_eq!(header.schema_version_id.to_string(), "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63");
//! assert_eq!(payload, b"\x0asansa");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod schema;
mod version_id;

pub use schema::{
    DataFormat, DataFormatError, Lookup, NoSchemas, PayloadReadError, Schema, SchemaError,
    SchemaSet, Schemas,
};
pub use version_id::{SchemaVersionId, SchemaVersionIdError};

use crate::compression::{Compression, compress};

/// What data with a header starts with.
pub const HEADER_VERSION: u8 = 3;

/// Bytes of a header.
pub const HEADER_LENGTH: usize = 18;

/// How the payload stands behind the header: the second byte.
const NOT_COMPRESSED: u8 = 0;
const ZLIB: u8 = 5;

/// What stands in front of a payload.
///
/// ```
/// use records::glue::Header;
///
/// let header = Header::zlib("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse()?);
/// let data = header.write(b"payload")?;
/// assert_eq!((data[0], data[1], Header::read(&data)?.0), (3, 5, header));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How the payload is compressed, if it is: always zlib so far.
    pub compression: Option<Compression>,
    /// The schema version that the payload was written with.
    pub schema_version_id: SchemaVersionId,
}

/// Why data has no header. Always poison.
///
/// ```
/// let error = records::glue::Header::read(br#"{"sensor_id":"s-1"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "the schema registry header's version is 123, expected 3");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is shorter than a header.
    #[error("the data is {0} bytes long, a schema registry header alone is {HEADER_LENGTH}")]
    TooShort(usize),
    /// It begins with another version.
    #[error("the schema registry header's version is {0}, expected {HEADER_VERSION}")]
    Version(u8),
    /// It is compressed in a way that is not known.
    #[error("the schema registry header's compression is {0}, expected 0 or 5")]
    Compression(u8),
}

impl HeaderError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooShort(_) => "no-header",
            Self::Version(_) => "header-version",
            Self::Compression(_) => "header-compression",
        }
    }
}

impl Header {
    /// A header for a payload that is not compressed.
    pub fn new(schema_version_id: SchemaVersionId) -> Self {
        Self {
            compression: None,
            schema_version_id,
        }
    }

    /// A header for a payload that is compressed.
    pub fn zlib(schema_version_id: SchemaVersionId) -> Self {
        Self {
            compression: Some(Compression::Zlib),
            schema_version_id,
        }
    }

    /// The header, and the payload as it stands behind it.
    pub fn read(data: &[u8]) -> Result<(Self, &[u8]), HeaderError> {
        let too_short = HeaderError::TooShort(data.len());
        let (header, payload) = data.split_first_chunk::<HEADER_LENGTH>().ok_or(too_short)?;
        let [version, compression, id @ ..] = *header;
        if version != HEADER_VERSION {
            return Err(HeaderError::Version(version));
        }
        let compression = match compression {
            NOT_COMPRESSED => None,
            ZLIB => Some(Compression::Zlib),
            other => return Err(HeaderError::Compression(other)),
        };
        let header = Self {
            compression,
            schema_version_id: SchemaVersionId::from_bytes(id),
        };
        Ok((header, payload))
    }

    /// The header with a payload behind it, which is compressed if the header says so.
    pub fn write(self, payload: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut data = vec![HEADER_VERSION, NOT_COMPRESSED];
        data.extend_from_slice(self.schema_version_id.as_bytes());
        if let (Some(compression), [_, code, ..]) = (self.compression, data.as_mut_slice()) {
            *code = ZLIB;
            data.extend_from_slice(&compress(compression, payload)?);
        } else {
            data.extend_from_slice(payload);
        }
        Ok(data)
    }
}

/// What a Protobuf payload begins with: the index of its message, as
/// `ProtobufSchema::indexed` counts, and the rest.
///
/// It is a plain varint: the documentation of the registry's serializer says zigzag, its code does not.
pub fn split_message_index(payload: &[u8]) -> Option<(u32, &[u8])> {
    let mut fields = crate::wire::Fields::new(payload);
    let index = u32::try_from(fields.varint().ok()?).ok()?;
    Some((index, fields.rest()))
}
