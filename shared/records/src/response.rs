//! What a stream function answers: which record Lambda shall deliver again from.

use serde::Serialize;

use crate::sequence::SequenceNumber;

/// A partial batch response for a stream: whole success, or the record to continue from.
///
/// Of several reported failures Lambda takes the lowest sequence number as the checkpoint and delivers
/// everything from there on again, so one is enough. A null or empty identifier would fail the whole batch
/// (Lambda developer guide, "Configuring partial batch response with Kinesis"); it cannot be built here.
///
/// ```
/// use records::{BatchResponse, SequenceNumber};
///
/// let failed = SequenceNumber::new("495903").ok_or("no sequence number")?;
/// let response = serde_json::to_string(&BatchResponse::retry_from(failed))?;
/// assert_eq!(response, r#"{"batchItemFailures":[{"itemIdentifier":"495903"}]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BatchResponse {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    sequence_number: String,
}

impl BatchResponse {
    /// The whole batch is done: `{"batchItemFailures":[]}`.
    pub fn success() -> Self {
        Self::default()
    }

    /// All before this record is done; this one and all behind it shall come again.
    pub fn retry_from(sequence_number: SequenceNumber<'_>) -> Self {
        Self {
            failures: vec![Failure {
                sequence_number: sequence_number.to_string(),
            }],
        }
    }

    /// The sequence number of the record to continue from, if there is one.
    pub fn first_failure(&self) -> Option<&str> {
        self.failures
            .first()
            .map(|failure| failure.sequence_number.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_have_the_documented_form() {
        let json = |response| serde_json::to_string(&response).unwrap();
        assert_eq!(
            json(BatchResponse::success()),
            r#"{"batchItemFailures":[]}"#
        );
        let from = BatchResponse::retry_from(SequenceNumber::new("42").unwrap());
        assert_eq!(from.first_failure(), Some("42"));
        assert_eq!(
            json(from),
            r#"{"batchItemFailures":[{"itemIdentifier":"42"}]}"#
        );
    }
}
