//! The local stack as a whole: emulator, function and runner as processes, and what becomes of records when they die.
//!
//! Needs the tools of `make setup`; some minutes. `make test-stack` runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod consent;
mod failures;
mod layers;
mod orders;
mod sales;

use std::collections::BTreeMap;
use std::time::Duration;

use bench::Bench;
use serde_json::json;
use sluicegate::console::Console;
use sluicegate::demo::batch_log::BatchLine;
use sluicegate::demo::drain::Drained;
use sluicegate::demo::ledger::Ledger;
use sluicegate::produce::sensors::Settings;
use sluicegate::share::Share;

const LONGEST: Duration = Duration::from_secs(120);

pub(crate) fn readings(count: u64) -> Settings {
    Settings {
        count,
        poison: Share::percent(1),
        duplicates: Share::percent(2),
        ..Settings::default()
    }
}

/// Waits until all readings are processed and compares table and quarantine with them.
pub(crate) async fn assert_nothing_lost(bench: &Bench, ledger: &Ledger) -> Vec<BatchLine> {
    let stack = bench.stack();
    let console = Console::plain();
    let (drained, lines, _) = stack.drain(ledger, LONGEST, console).await.unwrap();
    assert_eq!(drained, Drained::Yes, "{}", bench.log());
    let verdict = stack.judge(ledger, console).await.unwrap();
    assert!(verdict.is_good(), "{verdict:?}");
    lines
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn nothing_is_lost_when_function_and_runner_are_killed_within_a_batch() {
    let bench = Bench::up(&[]);
    let stack = bench.stack();
    let producing = stack.produce(readings(6_000), "2000".parse().unwrap(), Console::plain());
    let killing = async {
        for _ in 0..3 {
            bench.in_a_batch().await;
            bench.kill_functions();
            bench.in_a_batch().await;
            bench.kill_runner().await;
            let status = bench.run(&["local", "status"]);
            assert_eq!(status.code, 1);
            assert!(status.out.contains("NOT RUNNING"), "{}", status.out);
            let up = bench.run(&["local", "up"]);
            assert_eq!(up.code, 0, "{}", up.err);
            assert!(up.err.contains("starting them again"), "{}", up.err);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let (ledger, ()) = tokio::join!(producing, killing);
    assert_nothing_lost(&bench, &ledger.unwrap()).await;

    let second = bench.run(&["local", "run"]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("are run already"), "{}", second.err);
    bench.down();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn all_records_arrive_while_shards_are_split_and_merged_parents_first() {
    let bench = Bench::up(&["SensorMaximumBatchingWindowInSeconds=0"]);
    let stack = bench.stack();
    let stream = bench.output("SensorStreamName");
    let producing = stack.produce(readings(6_000), "1500".parse().unwrap(), Console::plain());
    let resharding = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        let first = "shardId-000000000000";
        let half = "85070591730234615865843651857942052864"; // 2^126
        let split =
            json!({"StreamName": stream, "ShardToSplit": first, "NewStartingHashKey": half});
        bench.aws("kinesis", "split_shard", &split);
        tokio::time::sleep(Duration::from_millis(800)).await;
        let merge = json!({
            "StreamName": stream, "ShardToMerge": "shardId-000000000003",
            "AdjacentShardToMerge": "shardId-000000000001",
        });
        bench.aws("kinesis", "merge_shards", &merge);
    };
    let (ledger, ()) = tokio::join!(producing, resharding);
    let lines = assert_nothing_lost(&bench, &ledger.unwrap()).await;

    let mut times: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for line in &lines {
        let at = line.done_at();
        let (first, last) = times.entry(line.shard_id.as_str()).or_insert((at, at));
        (*first, *last) = ((*first).min(at), (*last).max(at));
    }
    for (parent, child) in [(0, 2), (0, 3), (1, 4), (3, 4)] {
        let time = |shard: u32| times[format!("shardId-{shard:012}").as_str()];
        assert!(
            time(parent).1 <= time(child).0,
            "{parent} before {child}: {times:?}"
        );
    }
    let status = bench.runner_status();
    let shards = status["mappings"]["SensorIngestFunctionSensorStream"]["shards"]
        .as_object()
        .unwrap();
    let phases: Vec<&str> = shards
        .values()
        .map(|shard| shard["phase"].as_str().unwrap())
        .collect();
    assert_eq!(
        phases,
        ["finished", "finished", "reading", "finished", "reading"]
    );
    bench.down();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn a_tables_stream_reaches_a_function_whose_role_may_read_it() {
    let bench = Bench::up(&[]);
    let created = bench.aws(
        "dynamodb",
        "create_table",
        &json!({
            "TableName": "scratch", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        }),
    );
    let stream = created["TableDescription"]["LatestStreamArn"]
        .as_str()
        .unwrap();
    let put = |id: u32| {
        let item = json!({"id": {"S": id.to_string()}, "n": {"N": "1.50"}});
        bench.aws(
            "dynamodb",
            "put_item",
            &json!({"TableName": "scratch", "Item": item}),
        );
    };
    let mapping = bench.aws(
        "lambda",
        "create_event_source_mapping",
        &json!({
            "EventSourceArn": stream, "FunctionName": bench.output("SensorIngestFunctionName"),
            "StartingPosition": "TRIM_HORIZON", "BatchSize": 3, "MaximumRetryAttempts": 0,
            "FilterCriteria": {"Filters": [{"Pattern": r#"{"dynamodb":{"Keys":{"id":{"S":["1","2","3"]}}}}"#}]},
        }),
    );
    for id in 1..=4 {
        put(id);
    }
    let id = mapping["UUID"].as_str().unwrap();
    let status = |name: &str| bench.runner_status()["mappings"][id][name].clone();
    bench.until(|| status("problem").is_string()).await;
    let problem = status("problem");
    for part in ["dynamodb:DescribeStream", "SensorIngestRole"] {
        assert!(problem.as_str().unwrap().contains(part), "{problem}");
    }

    bench.allow("dynamodb:*", stream);
    // The function takes them for what they are not; the mapping has done its part.
    let handled = || {
        let shards = status("shards");
        let shards = shards.as_object().into_iter().flatten();
        let sum = |name: &str| -> u64 {
            shards
                .clone()
                .filter_map(|(_, shard)| shard[name].as_u64())
                .sum()
        };
        (
            sum("records_done") + sum("delivered") + sum("dropped"),
            sum("filtered"),
        )
    };
    bench.until(|| handled() == (3, 1)).await;

    bench.aws(
        "lambda",
        "update_event_source_mapping",
        &json!({"UUID": id, "Enabled": false}),
    );
    bench.until(|| status("enabled") == json!(false)).await;
    bench.down();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn the_runner_ends_with_its_emulator() {
    let bench = Bench::up(&[]);
    bench.kill_emulator();
    bench
        .until(|| bench.log().contains("the emulator is gone"))
        .await;
    let status = bench.run(&["local", "status"]);
    assert_eq!(
        (status.code, status.out.trim()),
        (1, "no stack runs: `sluicegate local up` starts one")
    );
    let run = bench.run(&["local", "run"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("no stack runs"), "{}", run.err);
}
