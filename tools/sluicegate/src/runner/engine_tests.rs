//! The whole runner against an account that is as small as can be.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::account::{Account, numbers};
use super::super::status::{Phase, ShardStatus};
use super::super::wire::Wire;
use super::*;

/// A stack's folder.
fn folder() -> (tempfile::TempDir, StackDir) {
    let folder = tempfile::tempdir().unwrap();
    let dir = StackDir::new(folder.path().to_owned());
    (folder, dir)
}

async fn start(wire: &Wire, dir: &StackDir) -> Result<Runner> {
    let journal = Journal::file(&dir.log("runner")).unwrap();
    Runner::start(&wire.config(), "sluicegate", dir, journal).await
}

/// Waits until the only shard is as wanted; returns its status.
async fn until(runner: &Runner, mut is_so: impl FnMut(&ShardStatus) -> bool) -> ShardStatus {
    let mut last = None;
    for _ in 0..2_000 {
        let status = runner.status();
        last = status.shards().next().cloned();
        if let Some(shard) = last.as_ref().filter(|shard| is_so(shard)) {
            return shard.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain: {last:?}")
}

#[tokio::test]
async fn a_record_that_always_fails_is_found_and_parked_and_the_others_are_done() {
    let mut account = Account::new();
    account.throws_at = vec![3];
    let (wire, calls) = account.wire();
    let (_folder, dir) = folder();
    let runner = start(&wire, &dir).await.unwrap();
    let shard = until(&runner, |shard| shard.position.as_deref() == Some("4")).await;
    assert_eq!(shard.phase, Phase::Reading);
    assert_eq!(
        (
            shard.counts.records_done,
            shard.counts.delivered,
            shard.counts.dropped
        ),
        (3, 1, 0)
    );
    assert_eq!(shard.counts.function_errors, 3);

    let seen = calls.0.lock().unwrap();
    let expected: Vec<Vec<u64>> = vec![vec![1, 2, 3, 4], vec![1, 2], vec![3, 4], vec![3], vec![4]];
    assert_eq!(seen.invoked, expected);
    let [(path, record)] = seen.parked.as_slice() else {
        panic!("{:?}", seen.parked);
    };
    assert!(
        path.starts_with("PUT /quarantine/aws/lambda/uuid/shardId-0/2"),
        "{path}"
    );
    assert_eq!(record["KinesisBatchInfo"]["startSequenceNumber"], "3");
    let payload: Value = serde_json::from_str(record["payload"].as_str().unwrap()).unwrap();
    assert_eq!(numbers(&payload), [3]);
}

#[tokio::test]
async fn a_runner_goes_on_where_another_one_was() {
    let mut account = Account::new();
    let (_folder, dir) = folder();
    let (wire, _) = account.wire();
    let runner = start(&wire, &dir).await.unwrap();
    until(&runner, |shard| shard.position.as_deref() == Some("4")).await;
    // The file is at most one pause behind.
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(runner);

    account.records.extend([5, 6]);
    account.is_closed = true;
    let (wire, calls) = account.wire();
    let runner = start(&wire, &dir).await.unwrap();
    until(&runner, |shard| shard.phase == Phase::Finished).await;
    assert_eq!(calls.0.lock().unwrap().invoked, [[5, 6]]);
    // The first one is of the look whether the stream can be read at all.
    assert_eq!(calls.0.lock().unwrap().begun, ["0", "4"]);
    drop(runner);

    let (wire, calls) = account.wire();
    let runner = start(&wire, &dir).await.unwrap();
    until(&runner, |shard| shard.phase == Phase::Finished).await;
    assert_eq!(
        calls.0.lock().unwrap().invoked.len(),
        0,
        "a finished shard stays finished"
    );
}

#[tokio::test]
async fn what_cannot_be_run_stops_the_start_with_one_line() {
    let (_folder, dir) = folder();
    let change = |name: &str, value: Value| {
        let mut account = Account::new();
        account.mapping[name] = value;
        account
    };
    let topic = json!({"OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:topic"}});
    let mut windowed = change("ParallelizationFactor", json!(2));
    windowed.template["TumblingWindowInSeconds"] = json!("30");
    let mut denied = Account::new();
    denied.denied = "GetRecords";
    for (account, expected) in [
        (
            change("DestinationConfig", topic),
            "mapping Mapping: DestinationConfig.OnFailure.Destination: arn:aws:sns:us-east-1:000000000000:topic cannot be \
             written to locally",
        ),
        (
            change("MaximumRecordAgeInSeconds", json!(5)),
            "mapping Mapping: MaximumRecordAgeInSeconds",
        ),
        (
            change("EventSourceArn", json!("arn:aws:mq:us-east-1:0:broker:b")),
            "mapping Mapping: EventSourceArn",
        ),
        (windowed, "mapping Mapping: ParallelizationFactor"),
        (
            denied,
            "mapping Mapping: the role arn:aws:iam::000000000000:role/ingest lacks kinesis:GetRecords on \
             arn:aws:kinesis:us-east-1:000000000000:stream/readings",
        ),
    ] {
        let (wire, calls) = account.wire();
        let error = start(&wire, &dir).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(calls.0.lock().unwrap().invoked.is_empty());
    }
}

#[tokio::test]
async fn a_mapping_that_is_switched_off_is_shown_and_not_run() {
    for account in [
        {
            let mut account = Account::new();
            account.mapping["State"] = json!("Disabled");
            account
        },
        {
            let mut account = Account::new();
            account.template["Enabled"] = json!(false);
            account
        },
    ] {
        let (wire, _) = account.wire();
        let (_folder, dir) = folder();
        let runner = start(&wire, &dir).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let status = runner.status();
        assert!(!status.mappings["Mapping"].enabled);
        let asked: BTreeSet<String> = wire
            .seen()
            .into_iter()
            .map(|request| request.operation)
            .collect();
        assert!(!asked.contains("ListShards"), "{asked:?}");
    }
}
