//! What the machine knows of a stream record.

use records::Timestamp;

/// A record of a shard. The machine looks at everything but the payload, which is the caller's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<P> {
    /// Its sequence number, as the stream gives it; reports of failures name it.
    pub sequence_number: String,
    /// When the stream took it. Decides about its age and its tumbling window.
    pub arrival: Timestamp,
    /// What order is kept by when batches of the shard run in parallel: the partition key of a Kinesis record, the
    /// key of a DynamoDB item. Records without one have no order among themselves then.
    pub partition_key: Option<String>,
    /// Bytes of the record's JSON inside the Lambda event.
    pub event_bytes: usize,
    /// What the caller wants to have back, for instance the data.
    pub payload: P,
}
