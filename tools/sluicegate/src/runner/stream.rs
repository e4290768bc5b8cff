//! Streams as a mapping reads them: their shards, and the records of a shard page by page.

mod attribute;
mod dynamodb;
mod kinesis;

use aws_config::SdkConfig;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use mapping::{FilterCriteria, Record};
use records::{StreamKind, Timestamp};
use serde::{Deserialize, Serialize};

use super::mappings::Mapping;
use crate::causes::causes;

/// The text of a record inside the event.
pub(super) type RecordJson = Box<str>;

/// Where reading of a shard begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Position {
    /// With the oldest record.
    TrimHorizon,
    /// With the first record that arrived at this time or later.
    From(Timestamp),
    /// After the record of this sequence number.
    After(String),
}

/// A shard as the stream lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShardInfo {
    pub(super) id: String,
    /// What it was split or merged from: these are to be finished first.
    pub(super) parents: Vec<String>,
}

/// What one reading has brought.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) records: Vec<Read>,
    /// There was nothing to read and nothing behind it.
    pub(super) at_tip: bool,
    /// The shard is closed and this was its last page.
    pub(super) is_last: bool,
}

/// A record that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// It is for the function.
    Passed(Record<RecordJson>),
    /// The filter has refused the record of this sequence number.
    Filtered(String),
}

impl Read {
    fn sequence_number(&self) -> &str {
        match self {
            Self::Passed(record) => &record.sequence_number,
            Self::Filtered(sequence_number) => sequence_number,
        }
    }

    /// Whether it arrived earlier, as far as whole seconds tell: DynamoDB Streams has no more.
    fn is_before(&self, time: Timestamp) -> bool {
        match self {
            Self::Passed(record) => record.arrival.as_seconds() < time.as_seconds(),
            Self::Filtered(_) => false,
        }
    }
}

/// Why a stream could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadError {
    /// The iterator is too old.
    #[error("the iterator has expired")]
    Expired,
    /// The position is behind the oldest record.
    #[error("what follows has left the stream unread: {0}")]
    Trimmed(String),
    /// There is no such stream or shard.
    #[error("{0}")]
    Gone(String),
    /// The role may not.
    #[error("{0}")]
    Denied(String),
    /// Anything else, perhaps for a moment.
    #[error("{0}")]
    Failed(String),
}

impl ReadError {
    fn new<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let text = || error.message().map_or_else(|| causes(error), str::to_owned);
        match error.code() {
            Some("ExpiredIteratorException") => Self::Expired,
            Some("TrimmedDataAccessException") => Self::Trimmed(text()),
            Some("ResourceNotFoundException") => Self::Gone(text()),
            Some("AccessDeniedException" | "AccessDenied") => Self::Denied(text()),
            _ => Self::Failed(causes(error)),
        }
    }
}

impl ReadError {
    /// In words, for the mapping whose stream it is.
    pub(super) fn of(&self, mapping: &Mapping) -> String {
        let (role, arn) = (&mapping.role, &mapping.stream.arn);
        match self {
            // "User: ... is not authorized to perform: kinesis:GetRecords ..."
            Self::Denied(reason) => match reason.split_once("perform: ") {
                Some((_, rest)) => {
                    let action = rest.split_whitespace().next().unwrap_or(rest);
                    format!("the role {role} lacks {action} on {arn}")
                }
                None => format!("the role {role} may not read {arn}: {reason}"),
            },
            other => format!("{arn} cannot be read: {other}"),
        }
    }
}

/// A stream, read with the permissions that its mapping has.
#[derive(Clone, Debug)]
pub(super) enum Stream {
    Kinesis(kinesis::Stream),
    DynamoDb(dynamodb::Stream),
}

impl Stream {
    /// `config` has the credentials of the mapping's role.
    pub(super) fn new(config: &SdkConfig, mapping: &Mapping) -> Self {
        match mapping.stream.kind {
            StreamKind::Kinesis => Self::Kinesis(kinesis::Stream::new(config, mapping)),
            StreamKind::DynamoDb => Self::DynamoDb(dynamodb::Stream::new(config, mapping)),
        }
    }

    /// All shards, closed ones too as long as they hold records.
    pub(super) async fn shards(&self) -> Result<Vec<ShardInfo>, ReadError> {
        match self {
            Self::Kinesis(stream) => stream.shards().await,
            Self::DynamoDb(stream) => stream.shards().await,
        }
    }

    async fn iterator(
        &self,
        shard: &str,
        position: &Position,
    ) -> Result<Option<String>, ReadError> {
        match self {
            Self::Kinesis(stream) => stream.iterator(shard, position).await,
            Self::DynamoDb(stream) => stream.iterator(shard, position).await,
        }
    }

    /// A page and the iterator of the next one; there is none behind the last page of a closed shard.
    async fn page(&self, shard: &str, iterator: &str) -> Result<(Page, Option<String>), ReadError> {
        match self {
            Self::Kinesis(stream) => stream.page(shard, iterator).await,
            Self::DynamoDb(stream) => stream.page(iterator).await,
        }
    }
}

/// Reads one shard.
#[derive(Debug)]
pub(super) struct Reader {
    stream: Stream,
    shard: String,
    position: Position,
    /// What arrived before this time is left out.
    from: Option<Timestamp>,
    iterator: Option<String>,
}

impl Reader {
    pub(super) fn new(stream: Stream, shard: &str, position: Position) -> Self {
        Self {
            stream,
            shard: shard.to_owned(),
            from: match &position {
                Position::From(time) => Some(*time),
                Position::TrimHorizon | Position::After(_) => None,
            },
            position,
            iterator: None,
        }
    }

    /// Reads on. After an error the next call tries the same place again; one that has left the stream is given up
    /// for the oldest record there is, and the error says so.
    pub(super) async fn read(&mut self) -> Result<Page, ReadError> {
        let iterator = match self.iterator.take() {
            Some(iterator) => iterator,
            None => match self.new_iterator().await? {
                Some(iterator) => iterator,
                None => {
                    return Ok(Page {
                        is_last: true,
                        ..Page::default()
                    });
                }
            },
        };
        let answer = match self.stream.page(&self.shard, &iterator).await {
            Err(ReadError::Expired) => match self.new_iterator().await? {
                Some(iterator) => self.stream.page(&self.shard, &iterator).await,
                None => Ok(Default::default()),
            },
            answer => answer,
        };
        let (mut page, next) = match answer {
            Ok(answer) => answer,
            Err(error) => {
                // Whatever has become of the iterator: a new one leads to the same place.
                self.give_up_if_trimmed(&error);
                return Err(error);
            }
        };
        if let Some(last) = page.records.last() {
            self.position = Position::After(last.sequence_number().to_owned());
        }
        if let Some(from) = self.from {
            page.records.retain(|read| !read.is_before(from));
        }
        page.is_last = next.is_none();
        self.iterator = next;
        Ok(page)
    }

    async fn new_iterator(&mut self) -> Result<Option<String>, ReadError> {
        let iterator = self.stream.iterator(&self.shard, &self.position).await;
        if let Err(error) = &iterator {
            self.give_up_if_trimmed(error);
        }
        iterator
    }

    fn give_up_if_trimmed(&mut self, error: &ReadError) {
        if matches!(error, ReadError::Trimmed(_)) {
            self.position = Position::TrimHorizon;
        }
    }
}

/// What all records of a mapping's stream are rendered and filtered with.
#[derive(Clone, Debug)]
struct Rendering<S> {
    source: S,
    filters: FilterCriteria,
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
