//! Window events as Lambda writes them, of both kinds of streams.

use std::fmt::{self, Display, Formatter};

use super::Batch;
use super::model::{Groups, Sale};
use crate::function::decimal;
use crate::kinesis;

/// Groups that the sales are spread over.
const GROUPS: u64 = 20;

/// Microseconds since 1970 at which the window begins: 2025-11-21T08:00:00Z.
const WINDOW_START: u64 = 1_763_712_000_000_000;

/// Microseconds of the window, 30 s.
const WINDOW: u64 = 30_000_000;

/// The stream that records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Kinesis,
    DynamoDb,
}

/// Whether the window goes on behind a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    Open,
    Ends,
}

impl Display for Source {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Kinesis => "Kinesis",
            Self::DynamoDb => "DynamoDB",
        })
    }
}

impl Batch {
    /// Makes a batch of `records` sales; another `number` gives other ones.
    pub(super) fn new(source: Source, records: usize, number: u64, window: Window) -> Self {
        let mut random = fastrand::Rng::with_seed(number);
        let mut groups = Groups::default();
        let mut texts = Vec::with_capacity(records);
        for index in 0..records as u64 {
            // One in fifty is a refund.
            let sign = if random.u32(0..50) == 0 { "-" } else { "" };
            let amount = format!("{sign}{}", decimal(random.u64(1..50_000), 2));
            let millis = WINDOW / 1000 * index / records as u64;
            let arrival = match source {
                Source::Kinesis => WINDOW_START + millis * 1000,
                // DynamoDB tells whole seconds.
                Source::DynamoDb => WINDOW_START + millis / 1000 * 1_000_000,
            };
            let store = format!("store-{:02}", random.u64(0..GROUPS));
            let id = format!("{:016x}", random.u64(..));
            let sequence = number * 10_000 + index;
            texts.push(record(source, &id, &store, &amount, sequence, arrival));
            groups.count(&Sale {
                group: &store,
                amount: &amount,
                arrival,
            });
        }
        Self::of_records(source, &texts, window, groups)
    }

    /// A batch of rendered records.
    pub(super) fn of_records(
        source: Source,
        records: &[String],
        window: Window,
        groups: Groups,
    ) -> Self {
        let before = format!(
            "{{\"Records\":[{}],\"window\":{{\"start\":\"2025-11-21T08:00:00Z\",\"end\":\"2025-11-21T08:00:30Z\"}},\"state\":",
            records.join(",")
        );
        let (shard, arn) = match source {
            Source::Kinesis => (KINESIS_SHARD, KINESIS_ARN),
            Source::DynamoDb => (DYNAMODB_SHARD, DYNAMODB_ARN),
        };
        let is_final = window == Window::Ends;
        let after = format!(
            ",\"shardId\":\"{shard}\",\"eventSourceARN\":\"{arn}\",\
             \"isFinalInvokeForWindow\":{is_final},\"isWindowTerminatedEarly\":false}}"
        );
        Self {
            before: before.into_bytes().into(),
            after: after.into_bytes().into(),
            groups,
        }
    }
}

const KINESIS_SHARD: &str = "shardId-000000000001";
const KINESIS_ARN: &str = "arn:aws:kinesis:eu-central-1:123456789012:stream/sales";
const DYNAMODB_SHARD: &str = "shardId-00000001763711999000-f55eea83";
const DYNAMODB_ARN: &str =
    "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2025-11-21T07:00:00.000";

/// One record with a sale whose amount is written like that.
pub(super) fn record(
    source: Source,
    id: &str,
    store: &str,
    amount: &str,
    sequence: u64,
    arrival: u64,
) -> String {
    let time = format!("2025-11-21T08:00:{:02}.417Z", sequence % 30);
    match source {
        Source::Kinesis => {
            let payload = format!(
                "{{\"Item\":{{\"ID\":\"{id}\",\"sales\":{amount},\"timeStamp\":\"{time}\",\"store\":\"{store}\"}}}}"
            );
            kinesis_record(store, payload.as_bytes(), sequence, arrival)
        }
        Source::DynamoDb => {
            let image = format!(
                "{{\"ID\":{{\"S\":\"{id}\"}},\"customer\":{{\"S\":\"customer-{:06}\"}},\"quantity\":{{\"N\":\"{}\"}},\
                 \"sales\":{{\"N\":\"{amount}\"}},\"store\":{{\"S\":\"{store}\"}},\"timeStamp\":{{\"S\":\"{time}\"}}}}",
                sequence * 7919 % 1_000_000,
                sequence % 5 + 1,
            );
            dynamodb_record("INSERT", id, &image, sequence, arrival)
        }
    }
}

/// A record of the Kinesis stream with any data.
pub(super) fn kinesis_record(key: &str, data: &[u8], sequence: u64, arrival: u64) -> String {
    kinesis::record("sales", KINESIS_SHARD, key, data, sequence, arrival)
}

/// A record of a table's stream with this new image.
pub(super) fn dynamodb_record(
    name: &str,
    id: &str,
    image: &str,
    sequence: u64,
    arrival: u64,
) -> String {
    let event_id = format!(
        "{:032x}",
        u128::from(sequence + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060
    );
    let seconds = arrival / 1_000_000;
    format!(
        "{{\"eventID\":\"{event_id}\",\"eventName\":\"{name}\",\"eventVersion\":\"1.1\",\
         \"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"eu-central-1\",\"dynamodb\":{{\
         \"ApproximateCreationDateTime\":{seconds},\"Keys\":{{\"ID\":{{\"S\":\"{id}\"}}}},\"NewImage\":{image},\
         \"SequenceNumber\":\"1110000000000{sequence:08}\",\"SizeBytes\":{},\"StreamViewType\":\"NEW_IMAGE\"}},\
         \"eventSourceARN\":\"{DYNAMODB_ARN}\"}}",
        image.len() / 2,
    )
}
