//! Windows of sales from a stream and from a table, with everything killed on the way.

use std::time::Duration;

use serde_json::json;
use sluicegate::console::Console;
use sluicegate::demo::sales::Rules;
use sluicegate::demo::sales::board::Board;
use sluicegate::demo::sales::stack::{Plan, Settled};
use sluicegate::produce::sales::Settings;
use sluicegate::produce::wrap::Wrapping;
use sluicegate::share::Share;

use crate::bench::Bench;

const LONGEST: Duration = Duration::from_secs(120);
const WINDOW: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn sales_of_both_sources_count_once_when_function_and_runner_are_killed() {
    let parameters = [
        "SalesTumblingWindowInSeconds=5",
        "OrdersTumblingWindowInSeconds=5",
        "SalesMaximumBatchingWindowInSeconds=0",
        "SalesGroupAttribute=store",
        "SalesCountEachIdOnce=1",
    ];
    let bench = Bench::up_with(&parameters, &["idle_window_closes_after_ms=3000"]);
    let stack = bench.sales_stack();
    let rules = Rules {
        stream_window: WINDOW,
        table_window: WINDOW,
        each_id_once: true,
    };
    let settings = Settings {
        count: 6_000,
        group_attribute: Some("store".to_owned()),
        poison: Share::percent(1),
        duplicates: Share::percent(5),
        ..Settings::default()
    };
    let plan = Plan {
        stream: settings.clone(),
        table: Settings {
            changes: Share::percent(5),
            ..settings
        },
        per_second: "400".parse().ok(),
        wrapping: Wrapping::default(),
    };
    let put = std::cell::Cell::new(0);
    let producing = stack.produce(&plan, &put);
    let trouble = async {
        for _ in 0..3 {
            bench.in_a_batch().await;
            bench.kill_functions();
            bench.in_a_batch().await;
            bench.kill_runner().await;
            let up = bench.run(&["local", "up"]);
            assert_eq!(up.code, 0, "{}", up.err);
            assert!(up.err.contains("starting them again"), "{}", up.err);
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        // The first shard's window ends here, and its children open their own of the same time.
        let half = "85070591730234615865843651857942052864"; // 2^126
        let split = json!({
            "StreamName": bench.output("SalesStreamName"),
            "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": half,
        });
        bench.aws("kinesis", "split_shard", &split);
    };
    let (ledger, ()) = tokio::join!(producing, trouble);
    let ledger = ledger.unwrap();

    let mut watch = stack.watch(rules).unwrap();
    let mut board = Board::new(Console::plain(), "waiting");
    let settled = stack.settle(&mut watch, &mut board, LONGEST).await.unwrap();
    assert_eq!(settled, Settled::Yes, "{}", bench.log());
    let verdict = stack.judge(&ledger, &rules, Console::plain()).await;
    let verdict = verdict.unwrap();
    let (lost, wrong) = (&verdict.lost, &verdict.wrong);
    assert!(verdict.is_good(), "{lost:?} {wrong:?}\n{}", bench.log());
    assert!(verdict.windows.duplicates > 0, "no duplicate came");
    assert!(verdict.windows.windows() >= 6, "three of each source");
    bench.down();
}
