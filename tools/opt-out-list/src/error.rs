//! The errors of the API.

use serde_json::{Value, json};

/// An error as the service answers it. Its text names no phone number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// More calls of this action than its quota allows.
    #[error("rate exceeded")]
    Throttling,
    /// There is no such list, or the number is not in it.
    #[error("the {resource_type} was not found")]
    NotFound {
        /// `opt-out-list` or `opted-out-number`.
        resource_type: &'static str,
        /// What was asked for.
        resource_id: String,
    },
    /// The request breaks a rule of the API.
    #[error("{field}: {expected}")]
    Validation {
        /// A `ValidationExceptionReason`.
        reason: &'static str,
        /// The member of the request.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// What is asked for is not allowed in the present state.
    #[error("{message}")]
    Conflict {
        /// A `ConflictExceptionReason`.
        reason: &'static str,
        /// Why.
        message: &'static str,
        /// `opt-out-list` or `opted-out-number`.
        resource_type: &'static str,
        /// What was asked for.
        resource_id: String,
    },
    /// The state could not be kept.
    #[error("the service could not keep its state")]
    Internal,
}

impl ListError {
    /// The HTTP status it is answered with.
    pub fn status(&self) -> u16 {
        match self {
            Self::Internal => 500,
            _ => 400,
        }
    }

    /// The exception's name, as `__type` has it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Throttling => "ThrottlingException",
            Self::NotFound { .. } => "ResourceNotFoundException",
            Self::Validation { .. } => "ValidationException",
            Self::Conflict { .. } => "ConflictException",
            Self::Internal => "InternalServerException",
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut body = json!({
            "__type": format!("com.amazonaws.pinpointsmsvoicev2#{}", self.code()),
            "Message": self.to_string(),
        });
        match self {
            Self::NotFound {
                resource_type,
                resource_id,
            } => {
                body["ResourceType"] = json!(resource_type);
                body["ResourceId"] = json!(resource_id);
            }
            Self::Validation {
                reason,
                field,
                expected,
            } => {
                body["Reason"] = json!(reason);
                body["Fields"] = json!([{"Name": field, "Message": expected}]);
            }
            Self::Conflict {
                reason,
                resource_type,
                resource_id,
                ..
            } => {
                body["Reason"] = json!(reason);
                body["ResourceType"] = json!(resource_type);
                body["ResourceId"] = json!(resource_id);
            }
            Self::Throttling | Self::Internal => {}
        }
        body
    }
}
