//! The local DynamoDB, through the real SDK.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use testkit::{LocalDynamoDb, TableSpec};

fn sensors() -> TableSpec {
    TableSpec::new("SensorData", "SensorId")
        .number_range("CurrentTime")
        .number_index("TemperatureIndex", "Temperature")
}

async fn put(client: &Client, sensor: &str, time: &str, temperature: &str) {
    client
        .put_item()
        .table_name("SensorData")
        .item("SensorId", AttributeValue::S(sensor.to_owned()))
        .item("CurrentTime", AttributeValue::N(time.to_owned()))
        .item("Temperature", AttributeValue::N(temperature.to_owned()))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_scan_shows_every_item_sorted_with_its_digits() {
    let dynamodb = LocalDynamoDb::start().await;
    dynamodb.create_table(&sensors()).await;
    let client = dynamodb.client();
    put(&client, "b", "2", "81.4").await;
    put(&client, "b", "1700000000.25", "-3").await;
    put(&client, "a", "9", "12345678901234567890123456789012345678").await;
    let items: Vec<String> = dynamodb
        .scan("SensorData")
        .await
        .iter()
        .map(|item| {
            format!(
                "{} {} {}",
                item["SensorId"], item["CurrentTime"], item["Temperature"]
            )
        })
        .collect();
    assert_eq!(
        items,
        [
            "S:b N:1700000000.25 N:-3",
            "S:b N:2 N:81.4",
            "S:a N:9 N:12345678901234567890123456789012345678",
        ]
    );
}

#[tokio::test]
async fn a_global_index_has_the_keys_of_the_items_that_are_in_it() {
    let dynamodb = LocalDynamoDb::start().await;
    let table = TableSpec::with_number_hash("Rows", "OrderId")
        .number_range("ItemId")
        .global_index("LackingIndex", "Lacking", "ItemId");
    dynamodb.create_table(&table).await;
    let client = dynamodb.client();
    for (order, is_lacking) in [("7", true), ("8", false)] {
        let product = || AttributeValue::S("product".to_owned());
        client
            .put_item()
            .table_name("Rows")
            .item("OrderId", AttributeValue::N(order.to_owned()))
            .item("ItemId", AttributeValue::N("1".to_owned()))
            .item(if is_lacking { "Lacking" } else { "Known" }, product())
            .item("Name", product())
            .send()
            .await
            .unwrap();
    }
    let found = client
        .query()
        .table_name("Rows")
        .index_name("LackingIndex")
        .key_condition_expression("Lacking = :lacking")
        .expression_attribute_values(":lacking", AttributeValue::S("product".to_owned()))
        .send()
        .await
        .unwrap();
    let mut names: Vec<_> = found.items().iter().flat_map(|item| item.keys()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ItemId", "Lacking", "OrderId"]);
    assert_eq!(found.items()[0]["OrderId"].as_n().unwrap(), "7");
}

#[tokio::test]
async fn a_local_index_is_ordered_by_its_own_range() {
    let dynamodb = LocalDynamoDb::start().await;
    dynamodb.create_table(&sensors()).await;
    let client = dynamodb.client();
    put(&client, "a", "1", "30").await;
    put(&client, "a", "2", "4").await;
    let found = client
        .query()
        .table_name("SensorData")
        .index_name("TemperatureIndex")
        .key_condition_expression("SensorId = :sensor")
        .expression_attribute_values(":sensor", AttributeValue::S("a".to_owned()))
        .send()
        .await
        .unwrap();
    let temperatures: Vec<&AttributeValue> = found
        .items()
        .iter()
        .map(|item| &item["Temperature"])
        .collect();
    assert_eq!(
        temperatures,
        [
            &AttributeValue::N("4".to_owned()),
            &AttributeValue::N("30".to_owned())
        ]
    );
}

#[tokio::test]
async fn two_databases_share_nothing() {
    let (one, other) = (LocalDynamoDb::start().await, LocalDynamoDb::start().await);
    one.create_table(&sensors()).await;
    other
        .create_table(&TableSpec::new("Orders", "Id").text_range("Item"))
        .await;
    let unknown = one
        .client()
        .describe_table()
        .table_name("Orders")
        .send()
        .await;
    let error = unknown.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    assert!(other.scan("Orders").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn virtual_time_does_not_run_out_during_a_call() {
    let before = tokio::time::Instant::now();
    let dynamodb = LocalDynamoDb::start().await;
    dynamodb.create_table(&sensors()).await;
    for time in 0..50 {
        put(&dynamodb.client(), "a", &time.to_string(), "1").await;
    }
    assert_eq!(dynamodb.scan("SensorData").await.len(), 50);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn requests_can_be_sent_without_an_sdk_client() {
    let dynamodb = LocalDynamoDb::start().await;
    let request = HttpRequest::get(dynamodb.endpoint()).unwrap();
    let connector = testkit::connector(&dynamodb.http_client());
    let answer = connector.call(request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_at_once_are_served() {
    let dynamodb = LocalDynamoDb::start().await;
    dynamodb.create_table(&sensors()).await;
    let mut callers = tokio::task::JoinSet::new();
    for time in 0..40 {
        let client = dynamodb.client();
        callers.spawn(async move { put(&client, "a", &time.to_string(), "1").await });
    }
    callers.join_all().await;
    assert_eq!(dynamodb.scan("SensorData").await.len(), 40);
}

#[tokio::test]
async fn nothing_listens_once_the_handle_is_gone() {
    let dynamodb = LocalDynamoDb::start().await;
    let address = dynamodb.endpoint().trim_start_matches("http://").to_owned();
    assert!(tokio::net::TcpStream::connect(&address).await.is_ok());
    let client = dynamodb.client();
    drop(dynamodb);
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    assert!(client.list_tables().send().await.is_err());
}
