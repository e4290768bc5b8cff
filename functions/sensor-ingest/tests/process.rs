//! The real binary, started as Lambda starts it.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use testkit::{Answer, KinesisEventBuilder, LocalDynamoDb, RuntimeApi, TableSpec};

const SECRET: &str = "payload-that-must-not-be-logged";

/// The environment of a function that can run.
fn environment(api: &RuntimeApi, endpoint: &str) -> BTreeMap<&'static str, String> {
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", api.address()),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("TABLE_NAME", "SensorData"),
        ("QUARANTINE_BUCKET", "quarantine"),
    ];
    variables
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
}

fn command(environment: &BTreeMap<&'static str, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sensor-ingest"));
    command
        .env_clear()
        .envs(environment)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Ends the process and gives what it wrote to standard output, line by line.
fn log_of(mut child: Child) -> Vec<Value> {
    child.kill().unwrap();
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    child.wait().unwrap();
    assert!(!text.contains(SECRET), "a payload is in the log: {text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect()
}

fn reading(sensor: &str) -> String {
    format!(r#"{{"sensor_id":"{sensor}","temperature":81.4,"current_time":1700000000}}"#)
}

#[test]
fn a_malformed_event_fails_its_invocation_and_the_next_one_is_served() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dynamodb = runtime.block_on(LocalDynamoDb::start());
    let table = TableSpec::new("SensorData", "SensorId").number_range("CurrentTime");
    runtime.block_on(dynamodb.create_table(&table));
    let api = RuntimeApi::start();
    let child = command(&environment(&api, dynamodb.endpoint()))
        .spawn()
        .unwrap();
    for malformed in [
        "[]",
        "{\"Records\":{}}",
        "{\"Records\":[",
        "\"text\"",
        "null",
    ] {
        let Answer::Error(error) = api.invoke(malformed) else {
            panic!("{malformed} was taken for an event")
        };
        assert_eq!(error["errorType"], "MalformedEvent", "{malformed}");
    }
    let event = KinesisEventBuilder::new()
        .record(reading(SECRET))
        .record(reading("b"))
        .build();
    assert_eq!(
        api.invoke(&event),
        Answer::Response(json!({"batchItemFailures": []}))
    );
    assert_eq!(
        api.invoke("{}"),
        Answer::Response(json!({"batchItemFailures": []}))
    );
    assert_eq!(runtime.block_on(dynamodb.scan("SensorData")).len(), 2);

    let log = log_of(child);
    let batches: Vec<_> = log.iter().filter(|line| line["_aws"].is_object()).collect();
    assert_eq!(batches.len(), 7, "one line an invocation: {log:#?}");
    assert_eq!(batches[0]["InvocationFailures"], 1);
    assert_eq!(
        batches[0]["failure"]
            .as_str()
            .map(|text| text.starts_with("invalid type")),
        Some(true)
    );
    assert_eq!(
        (
            &batches[5]["RecordsReceived"],
            &batches[5]["RecordsApplied"]
        ),
        (&json!(2), &json!(2))
    );
    assert_eq!(batches[5]["request_id"], "request-1");
}

#[test]
fn a_table_that_is_not_there_is_reported_from_the_first_record_on() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dynamodb = runtime.block_on(LocalDynamoDb::start());
    let api = RuntimeApi::start();
    let child = command(&environment(&api, dynamodb.endpoint()))
        .spawn()
        .unwrap();
    let event = KinesisEventBuilder::new()
        .record(reading(SECRET))
        .record(reading("b"));
    let first = event.sequence_numbers()[0].clone();
    let expected = json!({"batchItemFailures": [{"itemIdentifier": first}]});
    assert_eq!(api.invoke(event.build()), Answer::Response(expected));
    let log = log_of(child);
    let warning = log.iter().find(|line| line["level"] == "WARN").unwrap();
    assert_eq!(warning["from"].as_str(), first.as_deref());
    assert!(
        warning["reason"]
            .as_str()
            .unwrap()
            .contains("ResourceNotFoundException"),
        "{warning}"
    );
}

#[test]
fn a_missing_or_malformed_variable_stops_the_start_with_its_name() {
    let api = RuntimeApi::start();
    let good = environment(&api, "http://127.0.0.1:1");
    for (variable, value, expected) in [
        (
            "TABLE_NAME",
            None,
            "environment variable TABLE_NAME is not set",
        ),
        (
            "QUARANTINE_BUCKET",
            Some(""),
            "environment variable QUARANTINE_BUCKET is not set",
        ),
        (
            "RETENTION_DAYS",
            Some("many"),
            "environment variable RETENTION_DAYS is \"many\": expected a whole number",
        ),
        (
            "WRITE_CONCURRENCY",
            Some("0"),
            "environment variable WRITE_CONCURRENCY is \"0\": expected a whole number",
        ),
        (
            "DEADLINE_MARGIN_MS",
            Some("1s"),
            "environment variable DEADLINE_MARGIN_MS is \"1s\"",
        ),
        ("AWS_REGION", None, "no AWS region is set"),
        (
            "AWS_LAMBDA_RUNTIME_API",
            None,
            "AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda function",
        ),
    ] {
        let mut wrong = good.clone();
        match value {
            Some(value) => wrong.insert(variable, value.to_owned()),
            None => wrong.remove(variable),
        };
        wrong.insert("AWS_EC2_METADATA_DISABLED", "true".to_owned());
        let Output { status, stdout, .. } = command(&wrong).output().unwrap();
        let log = String::from_utf8(stdout).unwrap();
        assert_eq!(status.code(), Some(1), "{variable}: {log}");
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(line["level"], "ERROR");
        assert!(
            line["error"].as_str().unwrap().contains(expected),
            "{variable}: {line}"
        );
    }
}
