//! The event that Lambda makes of a batch of records of a DynamoDB stream.
//!
//! Differences to the types of `aws_lambda_events`: one unreadable record is an error of that record, not of the
//! event; times are exact; images are read where and when they are asked for, so that a function that wants one
//! number of each item pays for one number; `Records` may be missing or null.
//!
//! Records of Kinesis Data Streams for DynamoDB have no sequence number of their own, times of another unit and no order
//! to rely on: each of them is a [`TableChange`].

mod attribute;
mod deserialize;
mod image;
mod record;
mod table_change;

pub use attribute::{AttributeError, AttributeValue};
pub use image::{Attributes, Elements, Image, List, MAX_DEPTH};
pub use record::{Change, ChangeError, ChangeKind, DynamoDbRecord, StreamViewType};
pub use table_change::{ChangeOrder, TableChange, TableChangeError};

use std::ops::Range;

use record::Fault;

use crate::sequence::SequenceNumber;
use crate::span::Span;
use crate::timestamp::Timestamp;

/// A batch of records of one shard of a DynamoDB stream as Lambda delivers it.
///
/// Holds the text of the event; the records and their images borrow from it. The shard is not named by the records:
/// it comes with a window only, in [`Window::shard_id`](crate::Window::shard_id).
///
/// ```
/// use records::{ChangeKind, DynamoDbEvent};
///
/// let event = DynamoDbEvent::from_json(br#"{"Records":[{"eventName":"INSERT","dynamodb":{"SequenceNumber":"111",
///     "ApproximateCreationDateTime":1596128400,"NewImage":{"ID":{"S":"a"},"sales":{"N":"42.50"}}}}, 7]}"#)?;
/// let changes: Vec<_> = event.records().map(|record| record.change()).collect();
/// assert!(matches!(&changes[0], Ok(change) if change.kind == ChangeKind::Insert));
/// assert!(changes[1].is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DynamoDbEvent {
    /// The event's JSON, and behind it what strings with escapes mean.
    text: String,
    stream_arn: Option<Span>,
    records: Vec<Parts>,
    repeated: Repeated,
}

/// What of the last record comes again in the next one, as a rule: places in the event's JSON.
#[derive(Clone, Debug, Default)]
struct Repeated {
    /// From behind the event id, with the event's name in it, up to and with the name of the object `dynamodb`.
    head: Range<usize>,
    /// The event's name in it.
    kind: Option<ChangeKind>,
    /// From behind that object to the record's closing bracket; nothing in it matters.
    tail: Range<usize>,
}

/// One record's places in the text.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    /// The whole of its JSON.
    json: Span,
    event_id: Option<Span>,
    kind: Option<ChangeKind>,
    /// Of text that is a sequence number.
    sequence_number: Option<Span>,
    arrival: Option<Timestamp>,
    /// Of objects, as are the images.
    keys: Option<Span>,
    new_image: Option<Span>,
    old_image: Option<Span>,
    size_bytes: Option<u64>,
    view_type: Option<StreamViewType>,
    is_by_ttl: bool,
    fault: Option<Fault>,
}

impl DynamoDbEvent {
    /// Number of records, readable or not.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records at all.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The ARN of the stream: the first one named by a record, as a batch never mixes streams.
    pub fn stream_arn(&self) -> Option<&str> {
        self.text_at(self.stream_arn)
    }

    /// The record at `index`, in the order of the shard.
    pub fn record(&self, index: usize) -> Option<DynamoDbRecord<'_>> {
        self.records.get(index).map(|parts| self.view(parts))
    }

    /// All records in the order of the shard.
    pub fn records(
        &self,
    ) -> impl ExactSizeIterator<Item = DynamoDbRecord<'_>> + DoubleEndedIterator {
        self.records.iter().map(|parts| self.view(parts))
    }

    fn view(&self, parts: &Parts) -> DynamoDbRecord<'_> {
        let image = |span: Option<Span>| {
            let text = self.text.get(span?.range().start..)?;
            Some(Image::new(text))
        };
        DynamoDbRecord {
            event_id: self.text_at(parts.event_id),
            sequence_number: self
                .text_at(parts.sequence_number)
                .map(SequenceNumber::accepted),
            arrival: parts.arrival,
            bytes: self
                .text_at(Some(parts.json))
                .unwrap_or_default()
                .as_bytes(),
            kind: parts.kind,
            keys: image(parts.keys),
            new_image: image(parts.new_image),
            old_image: image(parts.old_image),
            size_bytes: parts.size_bytes,
            view_type: parts.view_type,
            is_by_ttl: parts.is_by_ttl,
            fault: parts.fault,
        }
    }

    fn text_at(&self, span: Option<Span>) -> Option<&str> {
        self.text.get(span?.range())
    }
}
