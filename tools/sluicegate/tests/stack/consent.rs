//! Changes of consent into table, audience and opt-out list, with everything killed on the way, and the walk-through of
//! the sample that this replaces.

use std::collections::BTreeSet;
use std::time::Duration;

use opt_out_list::{OptOutListService, OptOutLists};
use serde_json::json;
use sluicegate::aws::local_config;
use sluicegate::consent::audience::listeners;
use sluicegate::consent::reconcile::difference::Difference;
use sluicegate::consent::reconcile::{
    Course, Outcome, Pace, Progress, Repair, Report, lists_client, reconcile,
};
use sluicegate::console::Console;
use sluicegate::demo::consent::stack::{Plan, kept};
use sluicegate::demo::drain::Drained;
use sluicegate::produce::consent::Settings;
use sluicegate::produce::dms::{self, PartitionKey};
use sluicegate::produce::wrap::Wrapping;
use sluicegate::share::Share;
use sluicegate::system;

use crate::bench::Bench;

const LONGEST: Duration = Duration::from_secs(240);
/// How long the function may take with a few records.
const SOON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn table_audience_and_opt_out_list_are_those_of_the_database_when_everything_is_killed() {
    let bench = Bench::up_args(&[
        "--list-calls-per-second",
        "200",
        "--parameter",
        "ConsentShardCount=2",
        "--parameter",
        "ConsentConcurrency=2",
    ]);
    let stack = bench.consent_stack();
    let task = dms::Settings {
        count: 600,
        poison: Share::percent(4),
        restarts: 2,
        partition_key: PartitionKey::PrimaryKey,
        ..dms::Settings::default()
    };
    let plan = Plan {
        settings: Settings { task, users: 200 },
        per_second: "50".parse().ok(),
        wrapping: Wrapping::default(),
    };
    let producing = Box::pin(stack.produce(&plan, Console::plain()));
    let trouble = async {
        for _ in 0..2 {
            bench.in_a_batch().await;
            bench.kill_functions();
            bench.in_a_batch().await;
            bench.kill_runner().await;
            bench.kill_lists();
            let up = bench.run(&["local", "up"]);
            assert_eq!(up.code, 0, "{}", up.err);
            assert!(
                up.err.contains("the opt-out lists did not run"),
                "{}",
                up.err
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let (ledger, ()) = tokio::join!(producing, trouble);
    let ledger = ledger.unwrap();
    let console = Console::plain();
    let (drained, _, _) = stack.drain(&ledger, LONGEST, console).await.unwrap();
    assert_eq!(drained, Drained::Yes, "{}", bench.log());

    let kept = || {
        let path = bench.list_file();
        let lists =
            OptOutListService::in_file(path, OptOutLists::default(), system::clock).unwrap();
        let list = stack.list().unwrap().clone();
        lists.with(|lists, now| kept(lists, &list, now))
    };
    let verdict = stack.judge(&ledger, kept(), console).await.unwrap();
    let findings = &verdict.findings;
    assert!(verdict.is_good(), "{findings:?}\n{}", bench.log());
    assert!(verdict.rows > 200 && verdict.opted_out > 50, "{verdict:?}");

    // The check finds what is not as it must be, and so does the comparison.
    let client = lists_client(&local_config(&bench.lists()));
    let list = stack.list().unwrap();
    let opted_out = ledger.model.opted_out().next().unwrap();
    let gone = client.delete_opted_out_number().opt_out_list_name(list);
    gone.opted_out_number(opted_out).send().await.unwrap();
    let stranger = client.put_opted_out_number().opt_out_list_name(list);
    stranger
        .opted_out_number("+12065559999")
        .send()
        .await
        .unwrap();
    let spoilt = stack.judge(&ledger, kept(), console).await.unwrap();
    assert_eq!(spoilt.findings.wrong.records, 2, "{:?}", spoilt.findings);

    let report = compare(&bench, list, true).await;
    let of_it = report.differences.iter().find(|row| row.phone == opted_out);
    let of_it = of_it.unwrap();
    assert_eq!(
        (of_it.difference, &of_it.outcome),
        (Difference::NotListed, &Outcome::Repaired)
    );
    assert_eq!((report.repaired, report.unknown), (1, 1));
    let left = u64::try_from(report.differences.len()).unwrap() - 1;
    assert_eq!((report.left, left), (verdict.pending, verdict.pending));
    bench.down();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn of_nine_users_five_stay_when_four_opt_out_and_four_when_one_more_does() {
    let bench = Bench::up(&[]);
    let users: Vec<u32> = (1..=9).collect();
    put(&bench, "insert", &users, 1, 100);
    audience(&bench, 9).await;
    put(&bench, "update", &users[..4], 0, 200);
    audience(&bench, 5).await;
    put(&bench, "update", &users[4..5], 0, 300);
    audience(&bench, 4).await;

    let list = bench.output("ConsentOptOutListName");
    let report = compare(&bench, &list, false).await;
    assert_eq!(
        (report.numbers, report.listed, report.left),
        (9, 5, 0),
        "{report:?}"
    );
    // An answer that comes late, from before the last one, changes nothing.
    put(&bench, "update", &users[..4], 1, 150);
    put(&bench, "insert", &[10], 1, 400);
    audience(&bench, 5).await;
    assert_eq!(compare(&bench, &list, false).await.listed, 5);
    bench.down();
}

/// Puts what the sample's database tells on the stream, from this place in its log on.
fn put(bench: &Bench, operation: &str, users: &[u32], optin: u32, place: u32) {
    for (user, place) in users.iter().zip(place..) {
        let record = json!({
            "data": {
                "userid": format!("user{user}"), "phone": format!("+120655501{user:02}"),
                "optin": optin, "lastupdate": "2021-08-01 12:00:00",
            },
            "metadata": {
                "timestamp": "2021-08-01T12:00:01.000000Z", "record-type": "data", "operation": operation,
                "partition-key-type": "schema-table", "schema-name": "blog_db", "table-name": "optin_status",
                "transaction-id": place, "transaction-record-id": 1,
                "commit-timestamp": "2021-08-01T12:00:00.000000Z",
                "stream-position": format!("mysql-bin-changelog.000001:{place}:0:{place}:{place}:mysql-bin-changelog.000001:{place}"),
            },
        });
        let stream = bench.output("ConsentChangesStreamName");
        let call =
            json!({"StreamName": stream, "PartitionKey": "blog_db", "Data": record.to_string()});
        bench.aws("kinesis", "put_record", &call);
    }
}

/// Waits until so many numbers may be written to, each once.
async fn audience(bench: &Bench, expected: u64) {
    let config = local_config(bench.endpoint());
    let table = bench.output("ConsentTableName");
    let begun = tokio::time::Instant::now();
    loop {
        let mut numbers = BTreeSet::new();
        let count = listeners(&config, &table, "US", |listener| {
            numbers.insert(listener.phone.clone());
        });
        let count = count.await.unwrap();
        assert_eq!(count, numbers.len() as u64);
        if count == expected {
            return;
        }
        assert!(
            begun.elapsed() < SOON,
            "{count} in place of {expected}\n{}",
            bench.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn compare(bench: &Bench, list: &str, repair: bool) -> Report {
    let (config, lists) = (local_config(bench.endpoint()), local_config(&bench.lists()));
    let table = bench.output("ConsentTableName");
    let repair = repair.then(|| Repair::new(&config, &lists, &table, list, 10).unwrap());
    let course = Course {
        lists: lists_client(&lists),
        list: list.to_owned(),
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
        table,
        reads: Pace::of(1),
        repair,
    };
    let now = system::now_ms() / 1_000;
    reconcile(course, Progress::in_memory(now), Console::plain())
        .await
        .unwrap()
}
