//! The real binary, started as Lambda starts it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "services/mod.rs"]
mod services;

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::time::SystemTime;

use opt_out_list::{OptOutListService, OptOutLists, Options, serve};
use serde_json::{Value, json};
use testkit::{Answer, KinesisEventBuilder, LocalDynamoDb, RuntimeApi};

const FUNCTION: &str = env!("CARGO_BIN_EXE_opt-in-updater");
/// A port that nobody listens on.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The environment of a function that can run.
fn environment(api: &RuntimeApi) -> BTreeMap<&'static str, String> {
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", api.address()),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", NOWHERE),
        ("QUARANTINE_BUCKET", "quarantine"),
        ("CONSENT_TABLE", "Consent"),
        ("OPT_OUT_LIST", services::LIST),
    ];
    let owned = |(name, value): (_, &str)| (name, value.to_owned());
    variables.into_iter().map(owned).collect()
}

fn command(environment: &BTreeMap<&'static str, String>) -> Command {
    let mut command = Command::new(FUNCTION);
    command
        .env_clear()
        .envs(environment)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Ends the process and gives the lines of its log.
fn log(mut child: Child) -> Vec<Value> {
    child.kill().unwrap();
    let mut text = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// With the endpoints of table and list by the SDK's own variables.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_function_writes_the_table_and_tells_the_list() {
    #[expect(clippy::disallowed_methods, reason = "the process has the true time")]
    let clock = SystemTime::now;
    let list = OptOutListService::new(OptOutLists::new(Options::default()), clock);
    list.with(|lists, now| lists.create(services::LIST, None, now).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, list.clone()));
    let dynamodb = LocalDynamoDb::start().await;
    services::create_table(&dynamodb, "Consent").await;
    let api = RuntimeApi::start();
    let mut variables = environment(&api);
    variables.insert("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint().to_owned());
    variables.insert("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", endpoint);
    let child = command(&variables).spawn().unwrap();
    let answers = tokio::task::spawn_blocking(move || {
        let malformed = api.invoke("[]");
        let record = r#"{"data":{"userid":1,"phone":"(206) 555-0100","optin":0},"metadata":{"record-type":"data","operation":"insert","schema-name":"blog_db","table-name":"optin_status"}}"#;
        let event = KinesisEventBuilder::new().record(record).build();
        (malformed, api.invoke(event))
    });
    let (malformed, answer) = answers.await.unwrap();
    let Answer::Error(error) = malformed else {
        panic!("that was taken for an event")
    };
    assert_eq!(error["errorType"], "MalformedEvent");
    let lines = log(child);
    let success = Answer::Response(json!({"batchItemFailures": []}));
    assert_eq!(answer, success, "{lines:#?}");
    let listed = list.with(|lists, _| lists.numbers(services::LIST).unwrap().len());
    assert_eq!(
        (listed, services::rows(&dynamodb, "Consent").await.len()),
        (1, 2)
    );
    let counted = lines.iter().find(|line| line["ChannelOptOuts"] == 1);
    assert_eq!(counted.unwrap()["Function"], "opt-in-updater");
    assert!(lines.iter().any(|line| line["RecordsApplied"] == 1));
}

#[test]
fn a_missing_or_malformed_variable_stops_the_start_with_its_name() {
    let api = RuntimeApi::start();
    for (variable, value, expected) in [
        (
            "QUARANTINE_BUCKET",
            None,
            "environment variable QUARANTINE_BUCKET is not set",
        ),
        (
            "CONSENT_TABLE",
            None,
            "environment variable CONSENT_TABLE is not set",
        ),
        (
            "OPT_OUT_LIST",
            None,
            "environment variable OPT_OUT_LIST is not set",
        ),
        (
            "CHANNEL",
            Some("pigeon"),
            "environment variable CHANNEL is \"pigeon\": expected sms or off",
        ),
        ("AWS_REGION", None, "no AWS region is set"),
    ] {
        let mut wrong = environment(&api);
        match value {
            Some(value) => wrong.insert(variable, str::to_owned(value)),
            None => wrong.remove(variable),
        };
        let Output { status, stdout, .. } = command(&wrong).output().unwrap();
        let log = String::from_utf8(stdout).unwrap();
        assert_eq!(status.code(), Some(1), "{variable}: {log}");
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(line["level"], "ERROR");
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(expected), "{variable}: {line}");
    }
}
