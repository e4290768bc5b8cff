//! The real binaries, started as Lambda starts them.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use testkit::{Answer, KinesisEventBuilder, RuntimeApi};

const FUNCTION: &str = env!("CARGO_BIN_EXE_order-enrichment");
const COMPLETION: &str = env!("CARGO_BIN_EXE_product-completion");
/// A port that nobody listens on.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The environment of a program that can run.
fn environment(api: &RuntimeApi) -> BTreeMap<&'static str, String> {
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", api.address()),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", NOWHERE),
        ("SOURCE_TABLE", "OrderSource"),
        ("ENRICHED_TABLE", "OrderEnriched"),
        ("PRODUCTS_BUCKET", "products"),
    ];
    let mut variables: BTreeMap<_, _> = variables
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    variables.insert("AWS_EC2_METADATA_DISABLED", "true".to_owned());
    variables
}

/// The same with what only the function has.
fn with_quarantine(api: &RuntimeApi) -> BTreeMap<&'static str, String> {
    let mut variables = environment(api);
    variables.insert("QUARANTINE_BUCKET", "quarantine".to_owned());
    variables
}

fn command(program: &str, environment: &BTreeMap<&'static str, String>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(environment)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Ends the process and gives the lines of its metrics.
fn batches(mut child: Child) -> Vec<Value> {
    child.kill().unwrap();
    let mut text = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &Value| line["_aws"].is_object())
        .collect()
}

#[test]
fn the_function_serves_and_a_malformed_event_fails_its_own_invocation_only() {
    let api = RuntimeApi::start();
    let child = command(FUNCTION, &with_quarantine(&api)).spawn().unwrap();
    let Answer::Error(error) = api.invoke("[]") else {
        panic!("that was taken for an event")
    };
    assert_eq!(error["errorType"], "MalformedEvent");
    let control = r#"{"metadata":{"record-type":"control","operation":"drop-table","schema-name":"orders","table-name":"order"}}"#;
    let event = KinesisEventBuilder::new().record(control).build();
    let success = json!({"batchItemFailures": []});
    assert_eq!(api.invoke(event), Answer::Response(success));
    let batches = batches(child);
    assert_eq!(batches[1]["Function"], "order-enrichment");
    assert_eq!(batches[1]["RecordsSkipped"], 1);
}

/// Without a quarantine, whatever the event is. Nothing answers here: it fails, so that it is invoked again.
#[test]
fn the_completion_fails_as_a_whole_if_it_is_not_done() {
    let api = RuntimeApi::start();
    let child = command(COMPLETION, &environment(&api)).spawn().unwrap();
    for event in [r#"{"Records":[]}"#, r#"{"detail-type":"Object Created"}"#] {
        let Answer::Error(error) = api.invoke(event) else {
            panic!("that cannot be done")
        };
        assert_eq!(error["errorType"], "Function");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.contains("the products cannot be read"), "{message}");
    }
    let batches = batches(child);
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0]["Function"], "product-completion");
    assert_eq!(batches[0]["InvocationFailures"], 1);
}

#[test]
fn a_missing_or_malformed_variable_stops_the_start_with_its_name() {
    let api = RuntimeApi::start();
    for (program, variable, value, expected) in [
        (
            FUNCTION,
            "QUARANTINE_BUCKET",
            None,
            "environment variable QUARANTINE_BUCKET is not set",
        ),
        (
            FUNCTION,
            "SOURCE_TABLE",
            None,
            "environment variable SOURCE_TABLE is not set",
        ),
        (
            FUNCTION,
            "CDC_FORMAT",
            Some("csv"),
            "environment variable CDC_FORMAT is \"csv\": expected dms or debezium",
        ),
        (
            FUNCTION,
            "DEADLINE_MARGIN_MS",
            Some("1s"),
            "environment variable DEADLINE_MARGIN_MS is \"1s\"",
        ),
        (FUNCTION, "AWS_REGION", None, "no AWS region is set"),
        (
            COMPLETION,
            "PRODUCTS_BUCKET",
            Some(""),
            "environment variable PRODUCTS_BUCKET is not set",
        ),
        (
            COMPLETION,
            "DEADLINE_MARGIN_MS",
            Some("1s"),
            "environment variable DEADLINE_MARGIN_MS is \"1s\"",
        ),
        (
            COMPLETION,
            "AWS_LAMBDA_RUNTIME_API",
            None,
            "AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda function",
        ),
    ] {
        let mut wrong = if program == FUNCTION {
            with_quarantine(&api)
        } else {
            environment(&api)
        };
        match value {
            Some(value) => wrong.insert(variable, value.to_owned()),
            None => wrong.remove(variable),
        };
        let Output { status, stdout, .. } = command(program, &wrong).output().unwrap();
        let log = String::from_utf8(stdout).unwrap();
        assert_eq!(status.code(), Some(1), "{variable}: {log}");
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(line["level"], "ERROR");
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(expected), "{variable}: {line}");
    }
}
