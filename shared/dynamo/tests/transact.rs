//! Transactions against a DynamoDB in the test's process, over a wire that fails.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use dynamo::{CallError, Condition, ConditionalPut, Item, Transactions, Transport};
use records::Number;
use testkit::{Fault, FaultPlan, FaultyHttpClient, LocalDynamoDb, TableSpec};
use tokio::time::Instant;

struct Sums {
    dynamodb: LocalDynamoDb,
    faulty: FaultyHttpClient,
    transactions: Transactions,
}

async fn sums(plan: FaultPlan) -> Sums {
    let dynamodb = LocalDynamoDb::start().await;
    let table = TableSpec::new("Sums", "Id").text_range("At");
    dynamodb.create_table(&table).await;
    let faulty = FaultyHttpClient::wrap(dynamodb.http_client(), plan);
    let connector = testkit::connector(&faulty.http_client());
    let transport = Transport::with_connector(&dynamodb.sdk_config(), connector).unwrap();
    Sums {
        dynamodb,
        faulty,
        transactions: Transactions::new(transport, "Sums"),
    }
}

fn key(id: &str) -> Item<'_> {
    Item::new().text("Id", id).text("At", "now")
}

fn absent(id: &str, version: i64) -> ConditionalPut<'_> {
    ConditionalPut {
        item: key(id).number("Version", version.into()),
        condition: Condition::Absent("Id"),
    }
}

fn replaces(id: &str, version: i64) -> ConditionalPut<'_> {
    ConditionalPut {
        item: key(id).number("Version", (version + 1).into()),
        condition: Condition::Equals("Version", Number::from(version)),
    }
}

impl Sums {
    async fn put(&self, puts: &[ConditionalPut<'_>]) -> Result<(), CallError> {
        let deadline = Instant::now() + Duration::from_secs(10);
        self.transactions.put(puts, deadline).await
    }

    /// Id and version of each item.
    async fn stored(&self) -> Vec<(String, String)> {
        let rows = self.dynamodb.scan("Sums").await.into_iter();
        let mut rows: Vec<_> = rows
            .map(|row| (row["Id"].clone(), row["Version"].clone()))
            .collect();
        rows.sort();
        rows
    }
}

fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(id, version)| (format!("S:{id}"), format!("N:{version}")))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn all_puts_happen_or_none() {
    let sums = sums(FaultPlan::none()).await;
    sums.put(&[absent("part", 0), absent("total", 1)])
        .await
        .unwrap();
    let both = rows(&[("part", "0"), ("total", "1")]);
    assert_eq!(sums.stored().await, both);

    for refused in [
        [absent("part", 5), replaces("total", 1)],
        [absent("other", 5), replaces("total", 7)],
        [absent("other", 5), replaces("missing", 1)],
    ] {
        let error = sums.put(&refused).await.unwrap_err();
        assert!(
            matches!(&error, CallError::Transient(text) if text.contains("TransactionCanceled")),
            "{error}"
        );
        assert_eq!(sums.stored().await, both);
    }
    sums.put(&[absent("other", 5), replaces("total", 1)])
        .await
        .unwrap();
    assert_eq!(
        sums.stored().await,
        rows(&[("other", "5"), ("part", "0"), ("total", "2")])
    );
}

#[tokio::test(start_paused = true)]
async fn items_are_read_back_with_their_numbers_digit_for_digit() {
    let sums = sums(FaultPlan::none()).await;
    let digits = "0.12345678901234567890123456789012345678";
    let item = key("a").number("Sum", Number::parse(digits).unwrap());
    let put = ConditionalPut {
        item,
        condition: Condition::Absent("Id"),
    };
    sums.put(&[put]).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let found = sums
        .transactions
        .get(&[key("a"), key("b")], deadline)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].text("Id"), found[0].number("Sum")),
        (Some("a"), Some(digits))
    );
    assert_eq!(
        (
            found[0].number("Id"),
            found[0].text("Sum"),
            found[0].text("None")
        ),
        (None, None, None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_transient_and_another_read_tells_what_was_written() {
    let sums = sums(FaultPlan::sequence([Fault::ConnectionResetAfter])).await;
    let error = sums.put(&[absent("part", 0)]).await.unwrap_err();
    assert!(matches!(error, CallError::Transient(_)), "{error}");
    let deadline = Instant::now() + Duration::from_secs(10);
    let found = sums
        .transactions
        .get(&[key("part")], deadline)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_left_are_read_again_after_a_wait() {
    let some = [Fault::Unprocessed(1), Fault::Unprocessed(2)];
    let sums = sums(FaultPlan::sequence(some).only("BatchGetItem")).await;
    sums.put(&["a", "b", "c"].map(|id| absent(id, 0)))
        .await
        .unwrap();
    let keys = ["a", "b", "c"].map(key);
    let start = Instant::now();
    let deadline = start + Duration::from_secs(10);
    let found = sums.transactions.get(&keys, deadline).await.unwrap();
    let mut ids: Vec<_> = found.iter().filter_map(|row| row.text("Id")).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["a", "b", "c"]);
    assert!(start.elapsed() > Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn keys_that_stay_left_are_a_matter_of_another_try() {
    let sums = sums(FaultPlan::always(Fault::Unprocessed(1)).only("BatchGetItem")).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    let error = sums.transactions.get(&[key("a")], deadline).await;
    let expected = CallError::Transient("left in UnprocessedKeys".to_owned());
    assert_eq!(error.unwrap_err(), expected);
    let calls = sums.faulty.calls().len();
    assert!((5..60).contains(&calls), "{calls}");
}

#[tokio::test(start_paused = true)]
async fn no_call_goes_out_after_the_deadline() {
    let sums = sums(FaultPlan::none()).await;
    let error = sums
        .transactions
        .put(&[absent("part", 0)], Instant::now())
        .await
        .unwrap_err();
    assert_eq!(error, CallError::Unavailable("no time left".to_owned()));
    assert_eq!(sums.stored().await, []);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_dynamodb_cannot_take_is_refused_for_good() {
    let sums = sums(FaultPlan::none()).await;
    let item = key("a").text("Blob", "x".repeat(410 * 1024));
    let put = ConditionalPut {
        item,
        condition: Condition::Absent("Id"),
    };
    let error = sums.put(&[put]).await.unwrap_err();
    assert!(matches!(error, CallError::Refused(_)), "{error}");
}
