//! Where schemas come from.

use std::future::Future;

use records::glue::{DataFormat, SchemaVersionId};

/// Something that has schema versions: the registry, or a stand-in.
pub trait SchemaSource {
    /// The schema version; `None` if there is none of that id.
    fn fetch(
        &self,
        id: SchemaVersionId,
    ) -> impl Future<Output = Result<Option<Fetched>, FetchError>> + Send;
}

/// A schema version as the registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What it is of.
    pub format: DataFormat,
    /// Its text.
    pub definition: String,
}

/// Why nothing was heard of a schema version. To be tried again.
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
