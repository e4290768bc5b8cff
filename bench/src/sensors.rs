//! sensor-ingest: batches of Kinesis records as Lambda sends them, and the check that a handler stored each of them.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::function::{
    Call, Event, Function, Handled, LEAST_BATCHES, Row, RowAims, WARM_UP_RECORDS, Work,
    check_nothing_failed, decimal,
};

/// The table the handlers are told to write to.
const TABLE: &str = "sensor-data";

/// Second at which the readings of the first batch start.
const EPOCH: u64 = 1_700_000_000;

/// Distinct events of one size; a handler meets each many times.
const EVENTS_PER_SIZE: u64 = 4;

/// The function with batches of these sizes, each with AWS calls that take `latency` and that take no time.
pub(crate) fn function(sizes: &[u32], latency: Duration) -> Function {
    let mut latencies = vec![latency, Duration::ZERO];
    latencies.dedup();
    let works: Vec<Batches> = sizes.iter().map(|size| Batches::new(*size)).collect();
    let row = |latency: Duration, size: u32, work: &Batches| {
        let millis = latency.as_millis();
        Row {
            label: format!("{size} records, {millis} ms a call"),
            records: size,
            latency,
            work: Box::new(work.clone()),
            aims: RowAims {
                cpu_us: None,
                p50_ms: (size == 500 && millis == 5).then_some(13.0),
                tenth_of_node: true,
            },
        }
    };
    let rows = latencies.iter().flat_map(|latency| {
        let each = sizes.iter().zip(&works);
        each.map(|(size, work)| row(*latency, *size, work))
    });
    Function {
        name: "sensor-ingest",
        peers: "sensors",
        plain_rust: Some("plain-rust"),
        settings: vec![("TABLE_NAME", TABLE), ("WRITE_CONCURRENCY", "20")],
        tables: &[],
        objects: Vec::new(),
        trials: Vec::new(),
        rows: rows.collect(),
        records_per_round: 20_000,
        least_batches: LEAST_BATCHES,
        warm_up_records: WARM_UP_RECORDS,
        parts: Vec::new(),
    }
}

/// Batches of one size, over and over again.
#[derive(Clone, Debug)]
struct Batches(Rc<Vec<Batch>>);

impl Batches {
    fn new(size: u32) -> Self {
        let batches = (0..EVENTS_PER_SIZE).map(|number| Batch::new(size as usize, number));
        Self(Rc::new(batches.collect()))
    }

    fn batch(&self, index: usize) -> &Batch {
        &self.0[index % self.0.len()]
    }
}

impl Work for Batches {
    fn event(&self, index: usize, _: Option<&[u8]>) -> Result<Event> {
        Ok(vec![self.batch(index).event.clone()])
    }

    fn check(&self, handled: &[Handled]) -> Result<()> {
        for (index, handled) in handled.iter().enumerate() {
            check_nothing_failed(&handled.answer)?;
            self.batch(index).check_writes(&handled.calls)?;
        }
        Ok(())
    }
}

/// An event, pre-rendered, with the items it must lead to.
#[derive(Debug)]
struct Batch {
    event: Arc<[u8]>,
    records: usize,
    expected: HashMap<Key, Attributes>,
}

/// Sensor id and time.
type Key = (String, String);

/// An item's other attributes, in the text DynamoDB gets.
#[derive(Debug, PartialEq)]
struct Attributes {
    temperature: String,
    humidity: String,
}

impl Batch {
    /// Makes a batch of `records` readings with distinct keys; another `number` gives other keys.
    fn new(records: usize, number: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(number);
        let mut event = String::from("{\"Records\":[");
        let mut expected = HashMap::with_capacity(records);
        for index in 0..records {
            let sensor = format!("sensor-{:04}", random.u32(0..5000));
            // Milliseconds grow with the index, so that no key comes twice.
            let millis = (EPOCH + number * 1000) * 1000 + index as u64 * 37 + 1;
            let time = decimal(millis, 3);
            let temperature = decimal(random.u64(1500..9000), 2);
            let humidity = decimal(random.u64(100..1000), 1);
            let payload = format!(
                "{{\"sensor_id\":\"{sensor}\",\"temperature\":{temperature},\"current_time\":{time},\"humidity\":{humidity}}}"
            );
            if index > 0 {
                event.push(',');
            }
            push_record(&mut event, &sensor, &payload, index, millis);
            expected.insert(
                (sensor, time),
                Attributes {
                    temperature,
                    humidity,
                },
            );
        }
        event.push_str("]}");
        Self {
            event: event.into_bytes().into(),
            records,
            expected,
        }
    }

    /// Checks that the writes store every record of the batch once, as it was, and nothing else.
    fn check_writes(&self, calls: &[Call]) -> Result<()> {
        let mut stored = 0;
        let mut seen = HashMap::with_capacity(self.records);
        for Call { operation, body } in calls {
            ensure!(operation == "BatchWriteItem", "a call of {operation}");
            let call: WriteCall =
                serde_json::from_slice(body).context("a BatchWriteItem body could not be read")?;
            for (table, requests) in call.request_items {
                ensure!(
                    table == TABLE,
                    "items went to table {table:?}, not to {TABLE:?}"
                );
                ensure!(
                    requests.len() <= 25,
                    "{} items in one call, 25 are allowed",
                    requests.len()
                );
                stored += requests.len();
                seen.extend(
                    requests
                        .into_iter()
                        .map(|request| request.put_request.item.split()),
                );
            }
        }
        for (key, attributes) in &self.expected {
            match seen.get(key) {
                None => bail!("the record of {key:?} was not written"),
                Some(written) => ensure!(
                    written == attributes,
                    "the record of {key:?} was written as {written:?}, not {attributes:?}"
                ),
            }
        }
        ensure!(
            stored == self.records,
            "{stored} items were written for {} records",
            self.records
        );
        Ok(())
    }
}

fn push_record(event: &mut String, sensor: &str, payload: &str, index: usize, millis: u64) {
    let sequence = format!("496{millis:015}{:038}", index * 7919 + 2);
    let data = BASE64_STANDARD.encode(payload);
    let arrival = decimal(millis, 3);
    // Writing to a string does not fail.
    write!(
        event,
        "{{\"kinesis\":{{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"{sensor}\",\
         \"sequenceNumber\":\"{sequence}\",\"data\":\"{data}\",\"approximateArrivalTimestamp\":{arrival}}},\
         \"eventSource\":\"aws:kinesis\",\"eventVersion\":\"1.0\",\
         \"eventID\":\"shardId-000000000001:{sequence}\",\"eventName\":\"aws:kinesis:record\",\
         \"invokeIdentityArn\":\"arn:aws:iam::123456789012:role/sensor-ingest\",\"awsRegion\":\"eu-central-1\",\
         \"eventSourceARN\":\"arn:aws:kinesis:eu-central-1:123456789012:stream/sensor-stream\"}}"
    )
    .ok();
}

#[derive(Deserialize)]
struct WriteCall {
    #[serde(rename = "RequestItems")]
    request_items: HashMap<String, Vec<WriteRequest>>,
}

#[derive(Deserialize)]
struct WriteRequest {
    #[serde(rename = "PutRequest")]
    put_request: PutRequest,
}

#[derive(Deserialize)]
struct PutRequest {
    #[serde(rename = "Item")]
    item: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Item {
    sensor_id: Text,
    current_time: Number,
    temperature: Number,
    humidity: Number,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

#[derive(Deserialize)]
struct Number {
    #[serde(rename = "N")]
    digits: String,
}

impl Item {
    fn split(self) -> (Key, Attributes) {
        let attributes = Attributes {
            temperature: self.temperature.digits,
            humidity: self.humidity.digits,
        };
        ((self.sensor_id.text, self.current_time.digits), attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(batch: &Batch) -> Vec<Call> {
        let items: Vec<String> = batch
            .expected
            .iter()
            .map(|((id, time), Attributes { temperature, humidity })| {
                format!(
                    r#"{{"PutRequest":{{"Item":{{"SensorId":{{"S":"{id}"}},"CurrentTime":{{"N":"{time}"}},"Temperature":{{"N":"{temperature}"}},"Humidity":{{"N":"{humidity}"}}}}}}}}"#
                )
            })
            .collect();
        items
            .chunks(25)
            .map(|chunk| Call {
                operation: "BatchWriteItem".to_owned(),
                body: format!(r#"{{"RequestItems":{{"{TABLE}":[{}]}}}}"#, chunk.join(",")).into(),
            })
            .collect()
    }

    #[test]
    fn a_batch_has_as_many_distinct_keys_as_records() {
        let batch = Batch::new(2000, 3);
        assert_eq!(batch.expected.len(), 2000);
        let event: serde_json::Value = serde_json::from_slice(&batch.event).unwrap();
        assert_eq!(event["Records"].as_array().unwrap().len(), 2000);
    }

    #[test]
    fn a_handler_cannot_pass_by_doing_less_or_other_work() {
        let batch = Batch::new(60, 1);
        let all = calls(&batch);
        assert_eq!(all.len(), 3);
        batch.check_writes(&all).unwrap();

        let changed = |from: &str, to: &str| {
            let text = String::from_utf8(all[0].body.clone()).unwrap();
            let mut changed = all.clone();
            changed[0].body = text.replacen(from, to, 1).into_bytes();
            changed
        };
        for (writes, reason) in [
            (all[1..].to_vec(), "was not written"),
            (
                [&all[..], &all[..1]].concat(),
                "85 items were written for 60",
            ),
            (changed("{\"S\":\"", "{\"S\":\"other-"), "was not written"),
            (
                changed("Temperature\":{\"N\":\"", "Temperature\":{\"N\":\"1"),
                "was written as",
            ),
            (changed(TABLE, "other"), "items went to table"),
        ] {
            let error = batch.check_writes(&writes).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
