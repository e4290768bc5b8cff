//! The producer against a DynamoDB of the test's own, with faults on the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use sluicegate::produce::effort::{Effort, MAX_REFUSALS, PutError};
use sluicegate::produce::put_items::{Write, Written, put_items};
use sluicegate::produce::sales::place::Table;
use sluicegate::produce::sales::{KEY, Sales, Settings};
use sluicegate::share::Share;
use testkit::{Fault, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};

const ORDERS: &str = "Orders";

struct Bench {
    dynamodb: LocalDynamoDb,
    faulty: FaultyHttpClient,
    client: Client,
}

async fn bench(plan: FaultPlan) -> Bench {
    let dynamodb = LocalDynamoDb::start().await;
    dynamodb.create_table(&TableSpec::new(ORDERS, KEY)).await;
    let faulty = FaultyHttpClient::wrap(dynamodb.http_client(), plan.only("BatchWriteItem"));
    let config = dynamodb
        .sdk_config_with(faulty.http_client())
        .into_builder()
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .build();
    let client = Client::new(&config);
    Bench {
        dynamodb,
        faulty,
        client,
    }
}

fn settings(count: u64) -> Settings {
    Settings {
        count,
        poison: Share::percent(5),
        duplicates: Share::percent(20),
        changes: Share::percent(30),
        ..Settings::default()
    }
}

fn writes(count: u64) -> impl Iterator<Item = Write> {
    Sales::<Table>::new(settings(count)).map(|produced| produced.record)
}

/// The table by writing one after the other.
fn expected(count: u64) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut table = HashMap::new();
    for write in writes(count) {
        match write.item {
            Some(item) => table.insert(write.id, item),
            None => table.remove(&write.id),
        };
    }
    let shown = |item: HashMap<String, _>| {
        let attributes = item.iter();
        attributes
            .map(|(name, value)| (name.clone(), testkit::dynamodb::render(value)))
            .collect()
    };
    table
        .into_iter()
        .map(|(id, item)| (id, shown(item)))
        .collect()
}

impl Bench {
    async fn put(&self, count: u64) -> (Result<Effort, PutError>, Vec<Written>) {
        let mut written = Vec::new();
        let effort = put_items(&self.client, ORDERS, writes(count), None, |new| {
            written.extend(new);
        })
        .await;
        (effort, written)
    }

    /// Names and types of all attributes but the numbers', which DynamoDB spells its own way.
    async fn assert_table_is(&self, count: u64) {
        let expected = expected(count);
        let stored = self.dynamodb.scan(ORDERS).await;
        assert_eq!(stored.len(), expected.len());
        for item in stored {
            let expected = &expected[&item[KEY][2..]];
            let number = |text: &String| {
                let number = text.strip_prefix("N:")?;
                Some(records::Number::parse(number).unwrap().into_owned())
            };
            assert_eq!(
                item.keys().collect::<Vec<_>>(),
                expected.keys().collect::<Vec<_>>()
            );
            for (name, value) in &item {
                assert!(
                    value == &expected[name] || number(value) == number(&expected[name]),
                    "{name} is {value}, expected {}",
                    expected[name]
                );
            }
        }
    }
}

fn indices(written: &[Written]) -> Vec<u64> {
    let mut indices: Vec<u64> = written.iter().map(|written| written.index).collect();
    indices.sort_unstable();
    indices
}

#[tokio::test(start_paused = true)]
async fn the_table_is_what_one_write_after_the_other_makes_of_it_whatever_fails() {
    let transient = [
        Fault::Unprocessed(1),
        Fault::Unprocessed(7),
        Fault::Unprocessed(25),
        Fault::Throttle,
        Fault::ThrottlingException,
    ];
    for (name, plan) in [
        ("nothing", FaultPlan::none()),
        ("a sequence", FaultPlan::sequence(transient)),
        ("much", FaultPlan::random_of(3, 0.5, transient)),
        (
            "lost answers",
            FaultPlan::sequence([
                Fault::ConnectionResetAfter,
                Fault::None,
                Fault::ConnectionResetAfter,
            ]),
        ),
    ] {
        let bench = bench(plan).await;
        let (effort, written) = bench.put(600).await;
        let effort = effort.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(effort.records, 600, "{name}");
        assert_eq!(effort.refused > 0, name == "a sequence" || name == "much");
        assert_eq!(
            indices(&written),
            (0..600).collect::<Vec<u64>>(),
            "each is told of once: {name}"
        );
        bench.assert_table_is(600).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_is_left_unprocessed_is_written_again() {
    let bench = bench(FaultPlan::sequence([Fault::Unprocessed(4)])).await;
    let (effort, _) = bench.put(25).await;
    let effort = effort.unwrap();
    assert_eq!((effort.records, effort.refused), (25, 4));
    assert!(effort.calls >= 2);
    bench.assert_table_is(25).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_always_refused_ends_with_its_reason() {
    for (fault, code) in [
        (Fault::Unprocessed(25), "UnprocessedItems"),
        (Fault::Throttle, "ProvisionedThroughputExceededException"),
    ] {
        let bench = bench(FaultPlan::always(fault)).await;
        let (effort, written) = bench.put(10).await;
        let error = effort.unwrap_err();
        assert!(
            matches!(&error, PutError::Refused { code: said, .. } if said == code),
            "{error}"
        );
        assert!(written.is_empty());
        let attempts = bench.faulty.calls().len();
        assert!(attempts >= MAX_REFUSALS as usize, "{attempts}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_never_work_fails_at_once() {
    for (fault, says) in [
        (Fault::AccessDenied, "AccessDeniedException"),
        (Fault::ResourceNotFound, "ResourceNotFoundException"),
    ] {
        let bench = bench(FaultPlan::always(fault)).await;
        let (effort, _) = bench.put(10).await;
        let error = effort.unwrap_err().to_string();
        let start = format!("BatchWriteItem on table {ORDERS}: ");
        assert!(error.starts_with(&start), "{error}");
        assert!(error.contains(says), "{error}");
        assert_eq!(bench.faulty.calls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept() {
    let bench = bench(FaultPlan::none()).await;
    let begun = tokio::time::Instant::now();
    let rate = NonZeroU32::new(100);
    put_items(&bench.client, ORDERS, writes(500), rate, |_| {})
        .await
        .unwrap();
    let took = begun.elapsed();
    assert!(
        took > Duration::from_millis(4_500) && took < Duration::from_millis(5_500),
        "{took:?}"
    );
}
