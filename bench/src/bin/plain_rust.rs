//! sensor-ingest as a good tutorial would write it in Rust: `aws_lambda_events` for the types, the SDK for the
//! writes, no crate of this project. It shows what comes with the language and what with the project.
#![allow(clippy::print_stdout, reason = "Lambda logs what is printed")]

use std::collections::HashMap;

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::{KinesisBatchItemFailure, KinesisEventResponse};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, stream};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;
use tokio::time::{Duration, sleep};

/// `BatchWriteItem` calls in flight.
const CONCURRENCY: usize = 20;

/// Tries of a call whose items come back unprocessed.
const ATTEMPTS: u32 = 5;

#[derive(Deserialize)]
struct Reading {
    sensor_id: String,
    temperature: f64,
    current_time: f64,
    humidity: Option<f64>,
}

/// An item's key, to keep the last of equal ones.
type Key = (String, String);

/// What to write, with the sequence number it came from.
type Writes = HashMap<Key, (String, WriteRequest)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this peer has no shared configuration"
    )]
    let table = std::env::var("TABLE_NAME")?;
    let client = Client::new(&aws_config::load_from_env().await);
    run(service_fn(|event| handle(&client, &table, event))).await
}

async fn handle(
    client: &Client,
    table: &str,
    event: LambdaEvent<KinesisEvent>,
) -> Result<KinesisEventResponse, Error> {
    let received = event.payload.records.len();
    let mut writes = Writes::new();
    let mut failures = Vec::new();
    for record in event.payload.records {
        let sequence_number = record.kinesis.sequence_number;
        match write_request(&record.kinesis.data) {
            Ok((key, request)) => {
                writes.insert(key, (sequence_number, request));
            }
            Err(_) => failures.push(sequence_number),
        }
    }
    let applied = writes.len();
    let writes: Vec<(String, WriteRequest)> = writes.into_values().collect();
    let unwritten: Vec<Vec<String>> = stream::iter(writes.chunks(25))
        .map(|chunk| write(client, table, chunk))
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    failures.extend(unwritten.into_iter().flatten());
    let (reported, id) = (failures.len(), event.context.request_id);
    println!(
        "{{\"level\":\"INFO\",\"message\":\"batch\",\"request_id\":\"{id}\",\"RecordsReceived\":{received},\"RecordsApplied\":{applied},\"RecordsReported\":{reported}}}"
    );
    let mut response = KinesisEventResponse::default();
    response.batch_item_failures = failures
        .into_iter()
        .map(|number| {
            let mut failure = KinesisBatchItemFailure::default();
            failure.item_identifier = Some(number);
            failure
        })
        .collect();
    Ok(response)
}

fn write_request(data: &[u8]) -> Result<(Key, WriteRequest), Error> {
    let reading: Reading = serde_json::from_slice(data)?;
    if reading.sensor_id.is_empty()
        || reading
            .humidity
            .is_some_and(|humidity| !(0.0..=100.0).contains(&humidity))
    {
        return Err("not a reading".into());
    }
    let key = (reading.sensor_id, reading.current_time.to_string());
    let mut put = PutRequest::builder()
        .item("SensorId", AttributeValue::S(key.0.clone()))
        .item("CurrentTime", AttributeValue::N(key.1.clone()))
        .item(
            "Temperature",
            AttributeValue::N(reading.temperature.to_string()),
        );
    if let Some(humidity) = reading.humidity {
        put = put.item("Humidity", AttributeValue::N(humidity.to_string()));
    }
    Ok((
        key,
        WriteRequest::builder().put_request(put.build()?).build(),
    ))
}

/// Writes one call's worth of items; returns the sequence numbers of the chunk when some were not stored.
async fn write(client: &Client, table: &str, chunk: &[(String, WriteRequest)]) -> Vec<String> {
    let mut requests: Vec<WriteRequest> =
        chunk.iter().map(|(_, request)| request.clone()).collect();
    for attempt in 0..ATTEMPTS {
        let Ok(answer) = client
            .batch_write_item()
            .request_items(table, requests)
            .send()
            .await
        else {
            break;
        };
        requests = answer
            .unprocessed_items
            .unwrap_or_default()
            .remove(table)
            .unwrap_or_default();
        if requests.is_empty() {
            return Vec::new();
        }
        sleep(Duration::from_millis(fastrand::u64(0..(25 << attempt)))).await;
    }
    chunk.iter().map(|(number, _)| number.clone()).collect()
}
