//! A record of a scenario as the machine takes it.

use mapping::Record;
use mapping::event::{KinesisRecord, KinesisSource};

use crate::scenario::Input;

/// A record with the size that its JSON has in the event of a real stream.
pub(super) fn record(number: u64, input: &Input) -> Record<()> {
    let source = KinesisSource {
        stream_arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/readings".to_owned(),
        region: "eu-west-1".to_owned(),
        shard_id: "shardId-000000000000".to_owned(),
        invoke_identity_arn: "arn:aws:iam::123456789012:role/readings".to_owned(),
    };
    let without_data = source.record_json(&KinesisRecord {
        sequence_number: "49590338271490256608559692538361571095921575989136588898",
        partition_key: Some(input.key.as_deref().unwrap_or("key")),
        arrival: input.arrival,
        data: &[],
        encryption_type: None,
    });
    Record {
        sequence_number: number.to_string(),
        arrival: input.arrival,
        partition_key: input.key.clone(),
        event_bytes: without_data.len() + input.data_bytes.div_ceil(3) * 4,
        payload: (),
    }
}
