//! Batches of Kinesis records as Lambda sends them, and the check that a handler stored each of them.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

/// The table the handlers are told to write to.
pub(crate) const TABLE: &str = "sensor-data";

/// Second at which the readings of the first batch start.
const EPOCH: u64 = 1_700_000_000;

/// An event, pre-rendered, with the items it must lead to.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) event: Arc<[u8]>,
    pub(crate) records: usize,
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
    pub(crate) fn new(records: usize, number: u64) -> Self {
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
    pub(crate) fn check_writes(&self, bodies: &[Vec<u8>]) -> Result<()> {
        let mut stored = 0;
        let mut seen = HashMap::with_capacity(self.records);
        for body in bodies {
            let call: Call =
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

/// `units` with the point `places` from the right, in canonical text: no trailing zeros, as every handler prints it.
fn decimal(units: u64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let (whole, part) = (units / scale, units % scale);
    if part == 0 {
        return whole.to_string();
    }
    let width = places as usize;
    format!("{whole}.{part:0width$}")
        .trim_end_matches('0')
        .to_owned()
}

#[derive(Deserialize)]
struct Call {
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

    fn bodies(batch: &Batch) -> Vec<Vec<u8>> {
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
            .map(|chunk| {
                format!(r#"{{"RequestItems":{{"{TABLE}":[{}]}}}}"#, chunk.join(",")).into_bytes()
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
        let all = bodies(&batch);
        assert_eq!(all.len(), 3);
        batch.check_writes(&all).unwrap();

        let changed = |from: &str, to: &str| {
            let text = String::from_utf8(all[0].clone()).unwrap();
            let mut changed = all.clone();
            changed[0] = text.replacen(from, to, 1).into_bytes();
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

    #[test]
    fn decimals_are_canonical() {
        for (units, places, text) in [
            (1500, 2, "15"),
            (1510, 2, "15.1"),
            (1501, 2, "15.01"),
            (405, 1, "40.5"),
        ] {
            assert_eq!(decimal(units, places), text);
        }
    }
}
