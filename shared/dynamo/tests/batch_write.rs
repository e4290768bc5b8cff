//! The batch writer against a DynamoDB in the test's process, over a wire that fails.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::time::Duration;

use dynamo::{BatchWriter, Item, KeySchema, Transport, WriteOutcome};
use records::Number;
use testkit::{Fault, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};
use tokio::time::Instant;

const SCHEMA: KeySchema = KeySchema {
    hash: "Id",
    range: Some("At"),
};
const LONG: Duration = Duration::from_secs(120);

/// A table `Rows` with an index over the number `Value`, and a writer whose calls meet the faults of a plan.
struct Rows {
    dynamodb: LocalDynamoDb,
    faulty: FaultyHttpClient,
    writer: BatchWriter,
}

async fn rows(plan: FaultPlan) -> Rows {
    let dynamodb = LocalDynamoDb::start().await;
    let table = TableSpec::new("Rows", "Id")
        .number_range("At")
        .number_index("ValueIndex", "Value");
    dynamodb.create_table(&table).await;
    let faulty = FaultyHttpClient::wrap(dynamodb.http_client(), plan);
    let connector = testkit::connector(&faulty.http_client());
    let transport = Transport::with_connector(&dynamodb.sdk_config(), connector).unwrap();
    Rows {
        dynamodb,
        faulty,
        writer: BatchWriter::new(transport, "Rows", SCHEMA, 4),
    }
}

impl Rows {
    async fn write(&self, items: &[Item<'_>], time: Duration) -> Vec<WriteOutcome> {
        self.writer.write(items, Instant::now() + time).await
    }

    /// `Id` and value of each row.
    async fn stored(&self) -> BTreeMap<String, String> {
        let rows = self.dynamodb.scan("Rows").await;
        rows.into_iter()
            .map(|row| (row["Id"].clone(), row["Value"].clone()))
            .collect()
    }
}

fn item(id: usize, value: usize) -> Item<'static> {
    let value = i64::try_from(value).unwrap();
    Item::new()
        .text("Id", format!("id-{id:04}"))
        .number("At", 1.into())
        .number("Value", value.into())
}

/// An item that DynamoDB refuses: the key of an index must be a number.
fn refused(id: usize) -> Item<'static> {
    Item::new()
        .text("Id", format!("id-{id:04}"))
        .number("At", 1.into())
        .text("Value", "warm")
}

fn is_rejected(outcome: &WriteOutcome) -> bool {
    matches!(
        outcome,
        WriteOutcome::Rejected {
            reason: "rejected",
            ..
        }
    )
}

fn is_unfinished(outcome: &WriteOutcome) -> bool {
    matches!(outcome, WriteOutcome::Unfinished { .. })
}

fn expected(count: usize) -> BTreeMap<String, String> {
    (0..count)
        .map(|id| (format!("S:id-{id:04}"), format!("N:{id}")))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn items_are_written_25_a_call() {
    let rows = rows(FaultPlan::none()).await;
    let items: Vec<_> = (0..60).map(|id| item(id, id)).collect();
    assert!(
        rows.write(&items, LONG)
            .await
            .iter()
            .all(|outcome| *outcome == WriteOutcome::Written)
    );
    assert_eq!(rows.stored().await, expected(60));
    assert_eq!(rows.faulty.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_of_equal_keys_is_written_whatever_way_its_digits_are_put() {
    let rows = rows(FaultPlan::none()).await;
    let at = |at: &'static str, value: i64| {
        Item::new()
            .text("Id", "a")
            .number("At", Number::parse(at).unwrap())
            .number("Value", value.into())
    };
    let outcomes = rows
        .write(&[at("1.0", 1), at("10e-1", 2), at("1", 3)], LONG)
        .await;
    assert_eq!(
        outcomes,
        [
            WriteOutcome::Collapsed,
            WriteOutcome::Collapsed,
            WriteOutcome::Written
        ]
    );
    assert_eq!(
        rows.stored().await,
        BTreeMap::from([("S:a".to_owned(), "N:3".to_owned())])
    );
}

#[tokio::test(start_paused = true)]
async fn numbers_of_the_largest_size_come_back_digit_for_digit() {
    let rows = rows(FaultPlan::none()).await;
    let digits = "12345678901234567890.123456789012345678";
    let item = Item::new()
        .text("Id", "a")
        .number("At", 1.into())
        .number("Value", Number::parse(digits).unwrap());
    assert_eq!(rows.write(&[item], LONG).await, [WriteOutcome::Written]);
    assert_eq!(rows.stored().await["S:a"], format!("N:{digits}"));
}

#[tokio::test(start_paused = true)]
async fn faults_that_pass_cost_tries_and_nothing_else() {
    for fault in Fault::TRANSIENT.iter().copied().chain([
        Fault::Unprocessed(3),
        Fault::Unprocessed(25),
        Fault::GarbageBody,
    ]) {
        let rows = rows(FaultPlan::sequence([fault, Fault::None, fault, fault])).await;
        let items: Vec<_> = (0..40).map(|id| item(id, id)).collect();
        let outcomes = rows.write(&items, LONG).await;
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == WriteOutcome::Written),
            "{fault:?}: {outcomes:?}"
        );
        assert_eq!(rows.stored().await, expected(40), "{fault:?}");
        let tries_again = !matches!(fault, Fault::Latency(_));
        assert_eq!(rows.faulty.calls().len() > 2, tries_again, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_is_halved_until_the_guilty_items_stand_alone() {
    let rows = rows(FaultPlan::none()).await;
    let guilty = [3, 24, 25];
    let items: Vec<_> = (0..40)
        .map(|id| {
            if guilty.contains(&id) {
                refused(id)
            } else {
                item(id, id)
            }
        })
        .collect();
    let outcomes = rows.write(&items, LONG).await;
    for (id, outcome) in outcomes.iter().enumerate() {
        assert_eq!(
            is_rejected(outcome),
            guilty.contains(&id),
            "{id}: {outcome:?}"
        );
    }
    let mut left = expected(40);
    left.retain(|id, _| !guilty.iter().any(|bad| *id == format!("S:id-{bad:04}")));
    assert_eq!(rows.stored().await, left);
}

#[tokio::test(start_paused = true)]
async fn when_the_last_of_equal_keys_is_refused_the_one_before_it_is_kept() {
    let rows = rows(FaultPlan::none()).await;
    let outcomes = rows
        .write(&[item(1, 10), item(1, 20), refused(1)], LONG)
        .await;
    assert_eq!(
        outcomes[..2],
        [WriteOutcome::Collapsed, WriteOutcome::Written]
    );
    assert!(is_rejected(&outcomes[2]), "{outcomes:?}");
    assert_eq!(
        rows.stored().await,
        BTreeMap::from([("S:id-0001".to_owned(), "N:20".to_owned())])
    );
}

#[tokio::test(start_paused = true)]
async fn items_that_no_call_can_write_are_refused_before_the_call() {
    let rows = rows(FaultPlan::none()).await;
    let large = item(1, 1).text("Blob", "x".repeat(400 * 1024));
    let outcomes = rows
        .write(&[large, Item::new().text("Id", "a"), item(2, 2)], LONG)
        .await;
    assert!(
        matches!(
            &outcomes[0],
            WriteOutcome::Rejected {
                reason: "item-too-large",
                ..
            }
        ),
        "{outcomes:?}"
    );
    assert!(is_rejected(&outcomes[1]), "{outcomes:?}");
    assert_eq!(outcomes[2], WriteOutcome::Written);
    assert_eq!(rows.faulty.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_permission_nothing_is_tried_twice() {
    for fault in [Fault::AccessDenied, Fault::ResourceNotFound] {
        let rows = rows(FaultPlan::always(fault)).await;
        let items: Vec<_> = (0..60).map(|id| item(id, id)).collect();
        let outcomes = rows.write(&items, LONG).await;
        assert!(outcomes.iter().all(is_unfinished), "{outcomes:?}");
        assert_eq!(rows.faulty.calls().len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn work_ends_at_the_deadline_with_everything_accounted_for() {
    for fault in [
        Fault::Throttle,
        Fault::TimeoutAfter,
        Fault::Unprocessed(25),
        Fault::Latency(Duration::from_secs(60)),
    ] {
        let rows = rows(FaultPlan::always(fault)).await;
        let items: Vec<_> = (0..300).map(|id| item(id, id)).collect();
        let start = Instant::now();
        let outcomes = rows.write(&items, Duration::from_secs(7)).await;
        assert!(
            start.elapsed() <= Duration::from_millis(7_010),
            "{fault:?}: {:?}",
            start.elapsed()
        );
        assert_eq!(outcomes.len(), 300);
        assert!(
            outcomes.iter().all(is_unfinished),
            "{fault:?}: {outcomes:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_goes_out_when_no_time_is_left() {
    let rows = rows(FaultPlan::none()).await;
    let outcomes = rows.write(&[item(1, 1)], Duration::ZERO).await;
    assert!(outcomes.iter().all(is_unfinished));
    assert!(rows.faulty.calls().is_empty());
}

/// For any faults: what is said to be written is there with the value of the last of its key, and once the faults are
/// over a second write of the same items leaves the table of the model.
#[tokio::test(start_paused = true)]
async fn outcomes_are_true_under_any_faults() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let rows = rows(FaultPlan::random(seed, 0.4)).await;
        let items: Vec<_> = (0..random.usize(1..120))
            .map(|value| {
                let id = random.usize(0..60);
                let is_refused = random.u8(0..20) == 0;
                if is_refused {
                    (id, None, refused(id))
                } else {
                    (id, Some(value), item(id, value))
                }
            })
            .collect();
        let mut model = BTreeMap::new();
        for (id, value, _) in &items {
            if let Some(value) = value {
                model.insert(format!("S:id-{id:04}"), format!("N:{value}"));
            }
        }
        let put: Vec<_> = items.iter().map(|(_, _, item)| item.clone()).collect();
        let outcomes = rows
            .write(&put, Duration::from_secs(random.u64(0..20)))
            .await;
        assert_eq!(outcomes.len(), items.len());
        let stored = rows.stored().await;
        for ((id, value, _), outcome) in items.iter().zip(&outcomes) {
            let key = format!("S:id-{id:04}");
            match outcome {
                WriteOutcome::Written => {
                    assert_eq!(stored[&key], format!("N:{}", value.unwrap()), "seed {seed}");
                }
                WriteOutcome::Collapsed => assert!(stored.contains_key(&key), "seed {seed}"),
                WriteOutcome::Rejected { .. } => assert!(value.is_none(), "seed {seed}"),
                WriteOutcome::Unfinished { .. } => {}
            }
        }
        rows.faulty.heal();
        let outcomes = rows.write(&put, LONG).await;
        assert!(!outcomes.iter().any(is_unfinished), "seed {seed}");
        assert_eq!(rows.stored().await, model, "seed {seed}");
    }
}
