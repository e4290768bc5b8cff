//! Where schemas come from.

use std::future::Future;

use records::glue::{DataFormat, SchemaVersionId};

/// Something that has schema versions: the registry, or a stand-in.
///
/// ```
/// use records::glue::SchemaVersionId;
/// use registry::{FetchError, Fetched, SchemaSource};
///
/// /// A registry that has nothing.
/// struct Empty;
///
/// impl SchemaSource for Empty {
///     async fn fetch(&self, _id: SchemaVersionId) -> Result<Option<Fetched>, FetchError> {
///         Ok(None)
///     }
/// }
/// ```
pub trait SchemaSource {
    /// The schema version; `None` if there is none of that id.
    fn fetch(
        &self,
        id: SchemaVersionId,
    ) -> impl Future<Output = Result<Option<Fetched>, FetchError>> + Send;
}

/// A schema version as the registry has it.
///
/// ```
/// use records::glue::{DataFormat, Schema};
///
/// let fetched = registry::Fetched { format: DataFormat::Avro, definition: r#""string""#.to_owned() };
/// assert!(Schema::new(fetched.format, &fetched.definition, None).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What it is of.
    pub format: DataFormat,
    /// Its text.
    pub definition: String,
}

/// Why nothing was heard of a schema version. To be tried again.
///
/// ```
/// let id = records::glue::SchemaVersionId::from_bytes([7; 16]);
/// let error = registry::FetchError::NoSchema { id };
/// assert_eq!(error.to_string(), format!("the schema version {id} has no schema of a known format"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The call failed.
    #[error("the schema version {id} cannot be loaded: {reason}")]
    Failed {
        /// Which one.
        id: SchemaVersionId,
        /// What the SDK says.
        reason: String,
    },
    /// There was no time left.
    #[error("no time left to load the schema version {id}")]
    NoTime {
        /// Which one.
        id: SchemaVersionId,
    },
    /// The answer has no schema, or one of a format that is not known.
    #[error("the schema version {id} has no schema of a known format")]
    NoSchema {
        /// Which one.
        id: SchemaVersionId,
    },
}
