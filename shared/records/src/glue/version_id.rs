//! Ids of schema versions.

use std::fmt;
use std::str::FromStr;

/// The id of a schema version: a UUID. What it stands for never changes.
///
/// ```
/// use records::glue::SchemaVersionId;
///
/// let id: SchemaVersionId = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63".parse()?;
/// assert_eq!(id.as_bytes()[..2], [0xb7, 0xb4]);
/// assert_eq!(id.to_string(), "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63");
/// # Ok::<(), records::glue::SchemaVersionIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaVersionId([u8; 16]);

/// The text is not an id.
///
/// ```
/// assert!("b7b4a7f0".parse::<records::glue::SchemaVersionId>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a schema version id has the form b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")]
pub struct SchemaVersionIdError;

/// Where the dashes are.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl SchemaVersionId {
    /// From its bytes, the highest first.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, the highest first.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for SchemaVersionId {
    type Err = SchemaVersionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_form = |(index, byte): (usize, u8)| match byte {
            b'-' => DASHES.contains(&index),
            byte => byte.is_ascii_hexdigit() && !DASHES.contains(&index),
        };
        if text.len() != 36 || !text.bytes().enumerate().all(is_form) {
            return Err(SchemaVersionIdError);
        }
        let digits: String = text.split('-').collect();
        let value = u128::from_str_radix(&digits, 16).map_err(|_| SchemaVersionIdError)?;
        Ok(Self(value.to_be_bytes()))
    }
}

impl fmt::Display for SchemaVersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let dash = if matches!(index, 4 | 6 | 8 | 10) {
                "-"
            } else {
                ""
            };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SchemaVersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
