//! Lambda's Kinesis event as JSON text.
//!
//! The text is put together by hand, so a test decides about every character of it: arrival times keep their digits
//! (no way through `f64`), fields can be null, of a wrong type or missing.

mod record;

use std::fmt::Write as _;

pub use record::RecordBuilder;

/// Builds a Kinesis event with as many good or broken records as a test wants.
///
/// ```
/// let event = testkit::KinesisEventBuilder::new()
///     .shard("shardId-000000000002")
///     .record(br#"{"sensor_id":"sensor-1"}"#)
///     .record_with(|record| record.raw_data("not base64!").no_partition_key())
///     .build();
/// assert!(event.starts_with(r#"{"Records":["#));
/// ```
#[derive(Clone, Debug)]
pub struct KinesisEventBuilder {
    shard: String,
    stream_arn: String,
    region: String,
    arrival_millis: u64,
    next: u64,
    records: Vec<BuiltRecord>,
    fields: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct BuiltRecord {
    sequence_number: Option<String>,
    json: String,
}

impl Default for KinesisEventBuilder {
    fn default() -> Self {
        Self {
            shard: "shardId-000000000000".to_owned(),
            stream_arn: "arn:aws:kinesis:us-east-1:123456789012:stream/sensors".to_owned(),
            region: "us-east-1".to_owned(),
            arrival_millis: 1_700_000_000_000,
            next: 1,
            records: Vec::new(),
            fields: Vec::new(),
        }
    }
}

impl KinesisEventBuilder {
    /// An event without records, of shard 0 of the stream `sensors`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The shard of the records added from here on, e.g. `shardId-000000000002`.
    #[must_use]
    pub fn shard(mut self, shard: impl Into<String>) -> Self {
        self.shard = shard.into();
        self
    }

    /// The stream of the records added from here on.
    #[must_use]
    pub fn stream_arn(mut self, arn: impl Into<String>) -> Self {
        self.stream_arn = arn.into();
        self
    }

    /// The number of the next record within its shard: its sequence number and partition key follow from it. The first
    /// is 1; a second batch of a shard goes on where the first one ended.
    #[must_use]
    pub const fn starting_at(mut self, number: u64) -> Self {
        self.next = number;
        self
    }

    /// The arrival of the next record, in milliseconds since the Unix epoch; each further one arrives 1 ms later.
    #[must_use]
    pub const fn arrival_millis(mut self, millis: u64) -> Self {
        self.arrival_millis = millis;
        self
    }

    /// Adds a good record that carries `data`.
    #[must_use]
    pub fn record(self, data: impl AsRef<[u8]>) -> Self {
        self.record_with(|record| record.data(data))
    }

    /// Adds a good record for each of `data`.
    #[must_use]
    pub fn records<I>(self, data: I) -> Self
    where
        I: IntoIterator<Item: AsRef<[u8]>>,
    {
        data.into_iter().fold(self, Self::record)
    }

    /// Adds a record after `change` has had its way with it.
    #[must_use]
    pub fn record_with(mut self, change: impl FnOnce(RecordBuilder) -> RecordBuilder) -> Self {
        let sequence_number = sequence_number(&self.shard, self.next);
        let record = RecordBuilder::new()
            .shard(&self.shard)
            .sequence_number(&sequence_number)
            .partition_key(format!("key-{}", self.next))
            .arrival(seconds(self.arrival_millis))
            .stream_arn(&self.stream_arn)
            .envelope("awsRegion", json_string(&self.region));
        let record = change(record);
        self.records.push(BuiltRecord {
            sequence_number: record.current_sequence_number(),
            json: record.build(),
        });
        self.next += 1;
        self.arrival_millis += 1;
        self
    }

    /// Adds an element to `Records` that is no record at all, such as `null` or `7`.
    #[must_use]
    pub fn raw_record(mut self, json: impl Into<String>) -> Self {
        self.records.push(BuiltRecord {
            sequence_number: None,
            json: json.into(),
        });
        self.next += 1;
        self
    }

    /// Adds a field beside `Records`, e.g. `window` or `state` of a tumbling window.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, json: impl Into<String>) -> Self {
        self.fields.push((name.into(), json.into()));
        self
    }

    /// The sequence numbers of the records so far, in order; `None` where a record has none (or none that is text).
    pub fn sequence_numbers(&self) -> Vec<Option<String>> {
        self.records
            .iter()
            .map(|record| record.sequence_number.clone())
            .collect()
    }

    /// The event as JSON text.
    #[must_use]
    pub fn build(&self) -> String {
        let mut event = String::from("{\"Records\":[");
        for (index, record) in self.records.iter().enumerate() {
            if index > 0 {
                event.push(',');
            }
            event.push_str(&record.json);
        }
        event.push(']');
        for (name, json) in &self.fields {
            let _ = write!(event, ",{}:{json}", json_string(name));
        }
        event.push('}');
        event
    }
}

/// The sequence number of the `number`th record of a shard as the builder makes it: 56 digits as in Kinesis, rising
/// with `number`, and never the same in two shards whose ids end in different digits.
pub fn sequence_number(shard: &str, number: u64) -> String {
    let digits: String = shard.chars().filter(char::is_ascii_digit).collect();
    let shard_number = digits.parse::<u64>().unwrap_or(0) % 1_000_000;
    format!("49590338271490256608559692538361571095{shard_number:06}{number:012}")
}

/// Milliseconds as Kinesis events write them: seconds, with a fraction that ends at its last digit above zero.
fn seconds(millis: u64) -> String {
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_end_at_their_last_digit_above_zero() {
        for (millis, text) in [
            (1_545_084_650_987, "1545084650.987"),
            (1_545_084_650_980, "1545084650.98"),
            (1_545_084_650_007, "1545084650.007"),
            (1_545_084_650_000, "1545084650"),
            (0, "0"),
        ] {
            assert_eq!(seconds(millis), text);
        }
    }

    #[test]
    fn sequence_numbers_have_56_digits_rise_and_differ_between_shards() {
        let zero = "shardId-000000000000";
        assert_eq!(sequence_number(zero, 1).len(), 56);
        assert!(sequence_number(zero, 9) < sequence_number(zero, 10));
        assert_ne!(
            sequence_number(zero, 1),
            sequence_number("shardId-000000000001", 1)
        );
    }
}
