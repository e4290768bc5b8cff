//! The classes of failed calls.

use serde::Deserialize;

use crate::row::Row;

/// Why a call failed, by what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// DynamoDB refuses something in the request for good: halve it to find the guilty item.
    #[error("refused: {0}")]
    Refused(String),
    /// Throttled, broken off or failed inside the service: try again.
    #[error("transient: {0}")]
    Transient(String),
    /// Neither the request's fault nor passing soon (no permission, no table): report and stop calling.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// A failed call as the writers here see it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to do about it.
    pub(crate) error: CallError,
    /// The item that is there, if the put's condition does not hold and the put asked for it.
    pub(crate) there: Option<Row>,
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self { error, there: None }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// The JSON of an error answer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ServiceError {
    #[serde(default, rename = "__type")]
    kind: String,
    #[serde(default, alias = "Message")]
    message: String,
    /// Why each write of a transaction did not happen.
    #[serde(default, rename = "CancellationReasons")]
    reasons: Vec<CancellationReason>,
    /// The item that a condition did not hold for.
    #[serde(default, rename = "Item")]
    item: Option<Row>,
}

#[derive(Debug, Deserialize)]
struct CancellationReason {
    #[serde(default, rename = "Code")]
    code: String,
}

impl ServiceError {
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The error's name without its name space (`com.amazonaws.dynamodb.v20120810#ThrottlingException`).
    fn name(&self) -> &str {
        self.kind
            .rsplit_once('#')
            .map_or(&*self.kind, |(_, name)| name)
    }

    pub(super) fn is_stale_credentials(&self) -> bool {
        matches!(self.name(), "ExpiredTokenException" | "ExpiredToken")
    }

    pub(super) fn into_failure(self, status: u16) -> Failure {
        let error = self.classify(status);
        let is_condition = self.name() == "ConditionalCheckFailedException";
        Failure {
            error,
            there: self.item.filter(|_| is_condition),
        }
    }

    /// What to do, by the error's name and else by the HTTP status (DynamoDB developer guide, "Error handling").
    fn classify(&self, status: u16) -> CallError {
        let text = format!("{} {}: {}", status, self.name(), self.message);
        match self.name() {
            "ValidationException"
            | "ItemCollectionSizeLimitExceededException"
            | "SerializationException" => CallError::Refused(text),
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "LimitExceededException"
            | "TransactionConflictException"
            | "TransactionInProgressException"
            // Without the item that is there: see `Failure`.
            | "ConditionalCheckFailedException"
            | "ReplicatedWriteConflictException"
            | "ExpiredTokenException"
            | "ExpiredToken" => CallError::Transient(text),
            // A condition that does not hold or another transaction in the way: read again. What is wrong with an
            // item itself stays wrong.
            "TransactionCanceledException" => {
                let for_good = |reason: &CancellationReason| {
                    matches!(
                        &*reason.code,
                        "ValidationError" | "ItemCollectionSizeLimitExceeded"
                    )
                };
                if self.reasons.iter().any(for_good) {
                    CallError::Refused(text)
                } else {
                    CallError::Transient(text)
                }
            }
            _ if status == 413 => CallError::Refused(text),
            _ if status >= 500 || status == 429 || status == 408 => CallError::Transient(text),
            _ => CallError::Unavailable(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_classified_by_what_to_do_about_them() {
        let refused = |status, body: &str| {
            matches!(
                ServiceError::read(body.as_bytes()).classify(status),
                CallError::Refused(_)
            )
        };
        let transient = |status, body: &str| {
            matches!(
                ServiceError::read(body.as_bytes()).classify(status),
                CallError::Transient(_)
            )
        };
        let named = |name: &str| {
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"m"}}"#)
        };
        for name in [
            "ValidationException",
            "ItemCollectionSizeLimitExceededException",
        ] {
            assert!(refused(400, &named(name)), "{name}");
        }
        for name in [
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "ExpiredTokenException",
        ] {
            assert!(transient(400, &named(name)), "{name}");
        }
        for (status, body) in [
            (500, ""),
            (503, "<html>"),
            (429, "{}"),
            (500, r#"{"__type":"InternalServerError"}"#),
        ] {
            assert!(transient(status, body), "{status} {body}");
        }
        for name in [
            "AccessDeniedException",
            "ResourceNotFoundException",
            "UnrecognizedClientException",
        ] {
            let error = ServiceError::read(named(name).as_bytes()).classify(400);
            assert_eq!(error, CallError::Unavailable(format!("400 {name}: m")));
        }
    }

    #[test]
    fn only_a_condition_gives_back_the_item_that_is_there() {
        let failure = |name: &str, item: &str| {
            let body = format!(
                r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"m"{item}}}"#
            );
            ServiceError::read(body.as_bytes()).into_failure(400)
        };
        let item = r#","Item":{"id":{"S":"a"}}"#;
        let there = failure("ConditionalCheckFailedException", item).there;
        assert_eq!(there.unwrap().text("id"), Some("a"));
        for (name, item) in [
            ("ConditionalCheckFailedException", ""),
            ("ConditionalCheckFailedException", r#","Item":null"#),
            ("ThrottlingException", item),
        ] {
            let failure = failure(name, item);
            assert_eq!(failure.there, None);
            let expected = CallError::Transient(format!("400 {name}: m"));
            assert_eq!(failure.error, expected);
        }
    }
}
