//! What really lies on the two streams, and when it arrived.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_dynamodbstreams::types::{
    AttributeValue, OperationType, ShardIteratorType as TableIterator,
};
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::ShardIteratorType;
use records::Timestamp;
use records::glue::NoSchemas;
use records::layers::Decoder;
use serde_json::{Value, json};

use crate::aws::timestamp;

/// A record of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct OnStream<T> {
    /// Its shard.
    pub shard: String,
    /// Its place in the shard.
    pub sequence_number: String,
    /// Its place in the record that it was aggregated in, from 0.
    pub subsequence_number: u64,
    /// When it arrived: what decides about its window.
    pub arrival: Timestamp,
    /// What it says.
    pub content: T,
}

impl<T> OnStream<T> {
    /// Sequence and subsequence number.
    pub fn position(&self) -> (&str, u64) {
        (&self.sequence_number, self.subsequence_number)
    }
}

/// What the stream of a table says of one change.
#[derive(Clone, Debug, PartialEq)]
pub struct TableChange {
    /// Whether the item is new.
    pub is_insert: bool,
    /// The item's key.
    pub id: String,
    /// The new image as DynamoDB's JSON.
    pub image: Value,
}

/// All records of a Kinesis stream, shard by shard in their order.
pub async fn kinesis(config: &SdkConfig, stream: &str) -> Result<Vec<OnStream<Vec<u8>>>> {
    let unreadable = || format!("stream {stream} cannot be read");
    let client = aws_sdk_kinesis::Client::new(config);
    let shards = client.list_shards().stream_name(stream).send().await;
    let mut records = Vec::new();
    for shard in shards.with_context(unreadable)?.shards() {
        let shard = shard.shard_id();
        let iterator = client.get_shard_iterator().stream_name(stream);
        let iterator = iterator
            .shard_id(shard)
            .shard_iterator_type(ShardIteratorType::TrimHorizon);
        let iterator = iterator.send().await.with_context(unreadable)?;
        let mut next = iterator.shard_iterator;
        while let Some(iterator) = next {
            let page = client.get_records().shard_iterator(iterator).send().await;
            let page = page.with_context(unreadable)?;
            let is_last = page.records.is_empty() && page.millis_behind_latest.unwrap_or(0) == 0;
            records.extend(page.records.into_iter().map(|record| OnStream {
                shard: shard.to_owned(),
                arrival: arrival(record.approximate_arrival_timestamp),
                sequence_number: record.sequence_number,
                subsequence_number: 0,
                content: record.data.into_inner(),
            }));
            next = page.next_shard_iterator.filter(|_| !is_last);
        }
    }
    Ok(records)
}

/// The user records in a stream's records, without these layers. One that cannot be read stays as it is.
pub fn user_records(records: &[OnStream<Vec<u8>>], layers: &str) -> Result<Vec<OnStream<Vec<u8>>>> {
    let mut decoder = Decoder::new(layers.parse()?);
    let mut users = Vec::new();
    for record in records {
        for user in decoder.decode(&record.content, &NoSchemas).records() {
            users.push(OnStream {
                subsequence_number: user.subsequence_number,
                content: user.data.unwrap_or(&record.content).to_vec(),
                ..record.clone()
            });
        }
    }
    Ok(users)
}

/// All changes on the stream of a table whose key is one text attribute.
pub async fn table(config: &SdkConfig, arn: &str, key: &str) -> Result<Vec<OnStream<TableChange>>> {
    let unreadable = || format!("stream {arn} cannot be read");
    let client = aws_sdk_dynamodbstreams::Client::new(config);
    let mut shards = Vec::new();
    let mut after = None;
    loop {
        let request = client.describe_stream().stream_arn(arn);
        let answer = request.set_exclusive_start_shard_id(after).send().await;
        let description = answer.with_context(unreadable)?.stream_description;
        let description = description.with_context(unreadable)?;
        shards.extend(description.shards.unwrap_or_default());
        after = description.last_evaluated_shard_id;
        if after.is_none() {
            break;
        }
    }
    let mut records = Vec::new();
    for shard in shards.iter().filter_map(|shard| shard.shard_id()) {
        let iterator = client.get_shard_iterator().stream_arn(arn).shard_id(shard);
        let iterator = iterator.shard_iterator_type(TableIterator::TrimHorizon);
        let iterator = iterator.send().await.with_context(unreadable)?;
        let mut next = iterator.shard_iterator;
        while let Some(iterator) = next {
            let page = client.get_records().shard_iterator(iterator).send().await;
            let page = page.with_context(unreadable)?;
            let changes = page.records.unwrap_or_default();
            // An open shard always has a next iterator, and there is no word on how far behind a page is.
            next = page.next_shard_iterator.filter(|_| !changes.is_empty());
            for change in changes {
                let is_insert = change.event_name == Some(OperationType::Insert);
                let record = change.dynamodb.with_context(unreadable)?;
                let id = record.keys().and_then(|keys| keys.get(key)?.as_s().ok());
                records.push(OnStream {
                    shard: shard.to_owned(),
                    arrival: arrival(record.approximate_creation_date_time),
                    content: TableChange {
                        is_insert,
                        id: id.cloned().unwrap_or_default(),
                        image: record.new_image().map_or(Value::Null, image_json),
                    },
                    sequence_number: record.sequence_number.unwrap_or_default(),
                    subsequence_number: 0,
                });
            }
        }
    }
    Ok(records)
}

fn arrival(time: Option<DateTime>) -> Timestamp {
    time.map_or(Timestamp::from_micros(0), timestamp)
}

fn image_json(item: &HashMap<String, AttributeValue>) -> Value {
    let attributes = item.iter();
    attributes
        .map(|(name, value)| (name.clone(), attribute_json(value)))
        .collect()
}

/// The kinds of attributes that orders have.
fn attribute_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Null(value) => json!({ "NULL": value }),
        AttributeValue::L(list) => {
            json!({ "L": list.iter().map(attribute_json).collect::<Value>() })
        }
        AttributeValue::M(map) => json!({ "M": image_json(map) }),
        other => json!(format!("{other:?}")),
    }
}
