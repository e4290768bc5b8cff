//! The errors of the API.

use serde_json::json;
use stand_in::Answer;

/// An error as the service answers it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// There is no such thing. AWS's serializers look for the text.
    #[error("{what} is not found. {named}")]
    NotFound {
        /// `Registry`, `Schema` or `Schema version`.
        what: &'static str,
        /// What was asked for.
        named: String,
    },
    /// There is one of that name.
    #[error("{what} already exists. {named}")]
    Exists {
        /// `Registry` or `Schema`.
        what: &'static str,
        /// What was to be made.
        named: String,
    },
    /// The request breaks a rule of the API.
    #[error("{0}")]
    Invalid(String),
    /// The state could not be kept.
    #[error("the service could not keep its state")]
    Internal,
}

impl RegistryError {
    /// The exception's name, as `__type` has it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "EntityNotFoundException",
            Self::Exists { .. } => "AlreadyExistsException",
            Self::Invalid(_) => "InvalidInputException",
            Self::Internal => "InternalServiceException",
        }
    }

    pub(crate) fn invalid(field: &str, expected: &str) -> Self {
        Self::Invalid(format!("{field}: expected {expected}"))
    }

    pub(crate) fn not_found(what: &'static str, named: impl Into<String>) -> Self {
        let named = named.into();
        Self::NotFound { what, named }
    }
}

impl From<RegistryError> for Answer {
    fn from(error: RegistryError) -> Self {
        let status = match error {
            RegistryError::Internal => 500,
            _ => 400,
        };
        let body = json!({ "__type": error.code(), "Message": error.to_string() });
        Self {
            status,
            body: body.to_string(),
        }
    }
}
