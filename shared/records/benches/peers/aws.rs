//! `aws_lambda_events` with `serde_json`, and what a Rust program takes beside it: `prost` and `md-5` for aggregates,
//! `flate2` for gzip. There is nothing for Avro through the registry.

use std::io::Read;

use aws_lambda_events::kinesis::KinesisEvent;
use md5::{Digest, Md5};
use prost::Message;

use crate::work::{Sum, Work};

#[derive(Clone, PartialEq, Message)]
struct AggregatedRecord {
    #[prost(string, repeated, tag = "1")]
    partition_key_table: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    explicit_hash_key_table: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    records: Vec<Record>,
}

#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(uint64, required, tag = "1")]
    partition_key_index: u64,
    #[prost(uint64, optional, tag = "2")]
    explicit_hash_key_index: Option<u64>,
    #[prost(bytes = "vec", required, tag = "3")]
    data: Vec<u8>,
}

pub(crate) fn run(work: Work, text: &str) -> Option<Sum> {
    let event: KinesisEvent = serde_json::from_slice(text.as_bytes()).ok()?;
    let mut sum = Sum::default();
    let mut inflated = Vec::new();
    for record in &event.records {
        let data: &[u8] = &record.kinesis.data;
        match work {
            Work::Plain => sum.add(data),
            Work::Kpl => {
                let (message, digest) = data.get(4..)?.split_last_chunk::<16>()?;
                if Md5::digest(message).as_slice() != digest {
                    return None;
                }
                let aggregate = AggregatedRecord::decode(message).ok()?;
                for user in &aggregate.records {
                    let index = usize::try_from(user.partition_key_index).ok()?;
                    aggregate.partition_key_table.get(index)?;
                    sum.add(&user.data);
                }
            }
            Work::Gzip => {
                inflated.clear();
                flate2::read::MultiGzDecoder::new(data)
                    .read_to_end(&mut inflated)
                    .ok()?;
                sum.add(&inflated);
            }
            Work::Avro => return None,
        }
    }
    Some(sum)
}
