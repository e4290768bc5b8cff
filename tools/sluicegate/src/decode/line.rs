//! The lines that are printed.

use serde::{Serialize, Serializer};

use super::payload::Payload;
use super::{Given, Refused};

/// A user record. What is not known of it is null.
#[derive(Serialize)]
pub(super) struct UserLine<'a> {
    pub(super) record: u64,
    pub(super) sub: Option<u64>,
    pub(super) sequence_number: Option<&'a str>,
    pub(super) partition_key: Option<&'a str>,
    pub(super) explicit_hash_key: Option<&'a str>,
    pub(super) layers: Vec<&'a str>,
    pub(super) schema_version_id: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doubt: Option<&'static str>,
    pub(super) payload: Payload<'a>,
}

/// A record, or a user record of it, that cannot be read. What is not known of it is left out.
#[derive(Serialize)]
pub(super) struct ErrorLine<'a> {
    pub(super) record: u64,
    pub(super) sub: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partition_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) layers: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema_version_id: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doubt: Option<&'static str>,
    pub(super) error: Failure<'a>,
}

/// Why.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    pub(super) stage: &'a str,
    pub(super) reason: &'a str,
    pub(super) detail: String,
}

/// A record that has no user records by rule.
#[derive(Serialize)]
pub(super) struct SkippedLine<'a> {
    pub(super) record: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sequence_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partition_key: Option<&'a str>,
    pub(super) skipped: &'static str,
}

/// What a record looks like.
#[derive(Serialize)]
pub(super) struct DetectedLine<'a> {
    pub(super) record: u64,
    pub(super) sub: Option<u64>,
    pub(super) sequence_number: Option<&'a str>,
    pub(super) partition_key: Option<&'a str>,
    pub(super) layers: Vec<&'a str>,
    pub(super) kind: &'static str,
    /// How many there are in it.
    pub(super) user_records: usize,
    pub(super) schema_version_id: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doubt: Option<&'static str>,
    /// Of the first user record; behind the schema registry's header still with it. Null if there is none.
    pub(super) payload: Option<Payload<'a>>,
}

/// An id in its usual form.
pub(super) struct Shown(pub(super) records::glue::SchemaVersionId);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'a> ErrorLine<'a> {
    /// Of a record of which the input has no data.
    pub(super) fn refused(record: u64, given: &Given<'a>, refused: &'a Refused) -> Self {
        Self {
            record,
            sub: given.sub,
            sequence_number: given.sequence_number,
            partition_key: given.partition_key,
            layers: Vec::new(),
            schema_version_id: None,
            doubt: None,
            error: Failure {
                stage: refused.stage,
                reason: refused.reason,
                detail: refused.detail.clone(),
            },
        }
    }
}
