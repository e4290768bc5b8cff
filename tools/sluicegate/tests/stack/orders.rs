//! Changes of a database into joined rows, with everything killed on the way.

use std::time::Duration;

use serde_json::{Value, json};
use sluicegate::console::Console;
use sluicegate::demo::drain::Drained;
use sluicegate::demo::orders::products::Lists;
use sluicegate::demo::orders::stack::Plan;
use sluicegate::produce::dms;
use sluicegate::produce::orders::Settings;
use sluicegate::produce::wrap::Wrapping;
use sluicegate::share::Share;

use crate::bench::Bench;

const LONGEST: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn rows_are_the_join_of_the_database_when_functions_and_runner_are_killed_and_a_shard_splits()
{
    let bench = Bench::up(&[
        "OrderChangesShardCount=5",
        "OrderParallelizationFactor=1",
        "OrderBatchSize=100",
    ]);
    let stack = bench.orders_stack();
    let settings = Settings {
        task: dms::Settings {
            count: 3_000,
            poison: Share::percent(2),
            restarts: 3,
            ..dms::Settings::default()
        },
        orders: 500,
        ..Settings::default()
    };
    let plan = Plan {
        lists: Lists::new(settings.products, settings.task.seed),
        settings,
        products_key: "products.ndjson".to_owned(),
        per_second: "300".parse().ok(),
        wrapping: Wrapping::default(),
    };
    let producing = Box::pin(stack.produce(&plan, Console::plain()));
    let trouble = async {
        for _ in 0..3 {
            bench.in_a_batch().await;
            bench.kill_functions();
            bench.in_a_batch().await;
            bench.kill_runner().await;
            let up = bench.run(&["local", "up"]);
            assert_eq!(up.code, 0, "{}", up.err);
            assert!(up.err.contains("starting them again"), "{}", up.err);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        split_the_shard_with_most(&bench);
    };
    let (ledger, ()) = tokio::join!(producing, trouble);
    let ledger = ledger.unwrap();

    let console = Console::plain();
    let (drained, lines, _) = stack.drain(&ledger, LONGEST, console).await.unwrap();
    assert_eq!(drained, Drained::Yes, "{}", bench.log());
    let settled = stack.settle(&plan.lists, LONGEST, console).await.unwrap();
    assert_eq!(settled.lacking, 0);
    let verdict = stack.judge(&ledger, &plan.lists, console).await.unwrap();
    let (lost, wrong) = (&verdict.findings.lost, &verdict.findings.wrong);
    assert!(verdict.is_good(), "{lost:?} {wrong:?}\n{}", bench.log());
    assert!(verdict.rows > 500, "{}", verdict.rows);
    assert!(verdict.completed > 0, "no row has got its product later");
    let shards: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.shard_id.as_str()).collect();
    assert!(
        shards.contains("shardId-000000000005") || shards.contains("shardId-000000000006"),
        "nothing has come from the new shards: {shards:?}"
    );

    // The check finds what is not as it must be.
    let table = bench.output("OrderEnrichedTableName");
    let rows = bench.aws("dynamodb", "scan", &json!({"TableName": table}));
    let live = rows["Items"].as_array().unwrap().iter();
    let mut live = live.filter(|row| row.get("deleted").is_none());
    let key = |row: &Value| json!({"orderId": row["orderId"], "itemId": row["itemId"]});
    let gone = json!({"TableName": table, "Key": key(live.next().unwrap())});
    bench.aws("dynamodb", "delete_item", &gone);
    let mut other = live.next().unwrap().clone();
    other["itemAmount"] = json!({"N": "0.07"});
    bench.aws(
        "dynamodb",
        "put_item",
        &json!({"TableName": table, "Item": other}),
    );
    let spoilt = stack.judge(&ledger, &plan.lists, console).await.unwrap();
    assert_eq!(
        (spoilt.findings.lost.records, spoilt.findings.wrong.records),
        (1, 1)
    );
    assert_eq!(spoilt.rows, verdict.rows - 2);
    bench.down();
}

/// The table with most changes goes on in one of two new shards.
fn split_the_shard_with_most(bench: &Bench) {
    let status = bench.runner_status();
    let shards = &status["mappings"]["OrderEnrichmentFunctionOrderChangesStream"]["shards"];
    let done = |shard: &Value| shard["records_done"].as_u64().unwrap_or(0);
    let shards = shards.as_object().unwrap();
    let (busiest, _) = shards.iter().max_by_key(|(_, shard)| done(shard)).unwrap();
    let stream = bench.output("OrderChangesStreamName");
    let listed = bench.aws("kinesis", "list_shards", &json!({"StreamName": stream}));
    let listed = listed["Shards"].as_array().unwrap();
    let shard = listed
        .iter()
        .find(|shard| shard["ShardId"] == busiest.as_str())
        .unwrap();
    let bound = |name: &str| -> u128 {
        let text = shard["HashKeyRange"][name].as_str().unwrap();
        text.parse().unwrap()
    };
    let (first, last) = (bound("StartingHashKey"), bound("EndingHashKey"));
    let half = first + (last - first) / 2;
    let split = json!({
        "StreamName": stream, "ShardToSplit": busiest, "NewStartingHashKey": half.to_string(),
    });
    bench.aws("kinesis", "split_shard", &split);
}
