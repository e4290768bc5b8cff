//! Kinesis Data Streams.

use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::{EncryptionType, Record as Raw, ShardIteratorType};
use mapping::Record;
use mapping::event::{KinesisRecord, KinesisSource};
use records::Timestamp;

use super::{Page, Position, Read, ReadError, Rendering, ShardInfo};
use crate::aws::timestamp;
use crate::runner::mappings::Mapping;

/// Records asked for at once; 10,000 would be the most.
const PAGE: i32 = 2_000;

#[derive(Clone, Debug)]
pub(crate) struct Stream {
    client: Client,
    arn: String,
    /// Its shard is filled in for each page.
    rendering: Rendering<KinesisSource>,
}

impl Stream {
    pub(super) fn new(config: &SdkConfig, mapping: &Mapping) -> Self {
        Self {
            client: Client::new(config),
            arn: mapping.stream.arn.clone(),
            rendering: Rendering {
                source: KinesisSource {
                    stream_arn: mapping.stream.arn.clone(),
                    region: mapping.stream.region.clone(),
                    shard_id: String::new(),
                    invoke_identity_arn: mapping.role.clone(),
                },
                filters: mapping.settings.filters.clone(),
            },
        }
    }

    pub(super) async fn shards(&self) -> Result<Vec<ShardInfo>, ReadError> {
        let mut shards = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let arn = token.is_none().then(|| self.arn.clone());
            let request = self.client.list_shards().set_stream_arn(arn);
            let page = request.set_next_token(token).send().await;
            let page = page.map_err(|error| ReadError::new(&error))?;
            shards.extend(page.shards().iter().map(|shard| {
                let parents = [shard.parent_shard_id(), shard.adjacent_parent_shard_id()];
                ShardInfo {
                    id: shard.shard_id().to_owned(),
                    parents: parents.into_iter().flatten().map(str::to_owned).collect(),
                }
            }));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
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
            Position::TrimHorizon => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
            Position::From(time) => request
                .shard_iterator_type(ShardIteratorType::AtTimestamp)
                .timestamp(DateTime::from_millis(time.as_millis())),
            Position::After(sequence_number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .starting_sequence_number(sequence_number),
        };
        let answer = request
            .send()
            .await
            .map_err(|error| ReadError::new(&error))?;
        Ok(answer.shard_iterator)
    }

    pub(super) async fn page(
        &self,
        shard: &str,
        iterator: &str,
    ) -> Result<(Page, Option<String>), ReadError> {
        let answer = self
            .client
            .get_records()
            .stream_arn(&self.arn)
            .shard_iterator(iterator)
            .limit(PAGE)
            .send()
            .await
            .map_err(|error| ReadError::new(&error))?;
        let source = KinesisSource {
            shard_id: shard.to_owned(),
            ..self.rendering.source.clone()
        };
        let records = answer.records;
        let page = Page {
            at_tip: answer.millis_behind_latest == Some(0) && records.is_empty(),
            records: records
                .into_iter()
                .map(|raw| self.read(&source, raw))
                .collect(),
            is_last: false,
        };
        Ok((page, answer.next_shard_iterator))
    }

    fn read(&self, source: &KinesisSource, raw: Raw) -> Read {
        let data = raw.data.as_ref();
        if !self.rendering.filters.is_empty() && !self.rendering.filters.passes_kinesis(data) {
            return Read::Filtered(raw.sequence_number);
        }
        let arrival = raw
            .approximate_arrival_timestamp
            .map_or(Timestamp::from_micros(0), timestamp);
        let encryption_type = raw.encryption_type.as_ref().map(EncryptionType::as_str);
        let json = source.record_json(&KinesisRecord {
            sequence_number: &raw.sequence_number,
            partition_key: raw.partition_key.as_deref(),
            arrival,
            data,
            encryption_type: encryption_type.filter(|kind| *kind != "NONE"),
        });
        Read::Passed(Record {
            arrival,
            event_bytes: json.len(),
            payload: json.into(),
            sequence_number: raw.sequence_number,
            partition_key: raw.partition_key,
        })
    }
}
