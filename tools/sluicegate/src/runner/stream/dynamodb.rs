//! DynamoDB Streams.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::types::{
    AttributeValue, OperationType, Record as Raw, ShardIteratorType, StreamRecord,
};
use mapping::Record;
use mapping::event::{DynamoDbRecord, DynamoDbSource};
use records::Timestamp;
use serde_json::{Map, Value, json};

use super::attribute::item_json;
use super::{Page, Position, Read, ReadError, Rendering, ShardInfo};
use crate::aws::timestamp;
use crate::runner::mappings::Mapping;

/// Records asked for at once, the most there is.
const PAGE: i32 = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct Stream {
    client: Client,
    arn: String,
    rendering: Rendering<DynamoDbSource>,
}

impl Stream {
    pub(super) fn new(config: &SdkConfig, mapping: &Mapping) -> Self {
        Self {
            client: Client::new(config),
            arn: mapping.stream.arn.clone(),
            rendering: Rendering {
                source: DynamoDbSource {
                    stream_arn: mapping.stream.arn.clone(),
                    region: mapping.stream.region.clone(),
                },
                filters: mapping.settings.filters.clone(),
            },
        }
    }

    pub(super) async fn shards(&self) -> Result<Vec<ShardInfo>, ReadError> {
        let mut shards = Vec::new();
        let mut after = None;
        loop {
            let request = self.client.describe_stream().stream_arn(&self.arn);
            let answer = request.set_exclusive_start_shard_id(after).send().await;
            let description = answer
                .map_err(|error| ReadError::new(&error))?
                .stream_description;
            let Some(description) = description else {
                return Ok(shards);
            };
            shards.extend(description.shards().iter().filter_map(|shard| {
                Some(ShardInfo {
                    id: shard.shard_id()?.to_owned(),
                    parents: shard
                        .parent_shard_id()
                        .map(str::to_owned)
                        .into_iter()
                        .collect(),
                })
            }));
            after = description.last_evaluated_shard_id;
            if after.is_none() {
                return Ok(shards);
            }
        }
    }

    pub(super) async fn iterator(
        &self,
        shard: &str,
        position: &Position,
    ) -> Result<Option<String>, ReadError> {
        let request = self
            .client
            .get_shard_iterator()
            .stream_arn(&self.arn)
            .shard_id(shard);
        let request = match position {
            // There is no iterator that begins at a time: the reader leaves out what is older.
            Position::TrimHorizon | Position::From(_) => {
                request.shard_iterator_type(ShardIteratorType::TrimHorizon)
            }
            Position::After(sequence_number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(sequence_number),
        };
        let answer = request
            .send()
            .await
            .map_err(|error| ReadError::new(&error))?;
        Ok(answer.shard_iterator)
    }

    pub(super) async fn page(&self, iterator: &str) -> Result<(Page, Option<String>), ReadError> {
        let request = self.client.get_records().shard_iterator(iterator);
        let answer = request.limit(PAGE).send().await;
        let answer = answer.map_err(|error| ReadError::new(&error))?;
        let records = answer.records.unwrap_or_default();
        let page = Page {
            // There is no word on how far behind a page is.
            at_tip: records.is_empty(),
            records: records.iter().filter_map(|raw| self.read(raw)).collect(),
            is_last: false,
        };
        Ok((page, answer.next_shard_iterator))
    }

    /// `None` for a record without a sequence number, which does not occur.
    fn read(&self, raw: &Raw) -> Option<Read> {
        let stream_record = raw.dynamodb()?;
        let sequence_number = stream_record.sequence_number()?.to_owned();
        let arrival = stream_record
            .approximate_creation_date_time()
            .map_or(Timestamp::from_micros(0), |time| timestamp(*time));
        let user_identity = raw.user_identity().map(
            |identity| json!({ "principalId": identity.principal_id(), "type": identity.r#type() }),
        );
        let json = self.rendering.source.record_json(&DynamoDbRecord {
            event_id: raw.event_id().unwrap_or_default(),
            event_name: raw.event_name().map_or("", OperationType::as_str),
            dynamodb: &stream_record_json(stream_record, arrival),
            user_identity: user_identity.as_ref(),
        });
        let filters = &self.rendering.filters;
        if !filters.is_empty() {
            let record: Value = serde_json::from_str(&json).unwrap_or_default();
            if !filters.passes_record(&record) {
                return Some(Read::Filtered(sequence_number));
            }
        }
        Some(Read::Passed(Record {
            sequence_number,
            arrival,
            partition_key: stream_record.keys().map(|keys| item_json(keys).to_string()),
            event_bytes: json.len(),
            payload: json.into(),
        }))
    }
}

/// The `dynamodb` member of a record of the event.
fn stream_record_json(record: &StreamRecord, arrival: Timestamp) -> Value {
    let mut json = Map::new();
    json.insert(
        "ApproximateCreationDateTime".to_owned(),
        arrival.as_seconds().into(),
    );
    let mut item = |name: &str, item: Option<&HashMap<String, AttributeValue>>| {
        if let Some(item) = item {
            json.insert(name.to_owned(), item_json(item));
        }
    };
    item("Keys", record.keys());
    item("NewImage", record.new_image());
    item("OldImage", record.old_image());
    if let Some(sequence_number) = record.sequence_number() {
        json.insert("SequenceNumber".to_owned(), sequence_number.into());
    }
    if let Some(size) = record.size_bytes() {
        json.insert("SizeBytes".to_owned(), size.into());
    }
    if let Some(view) = record.stream_view_type() {
        json.insert("StreamViewType".to_owned(), view.as_str().into());
    }
    Value::Object(json)
}
