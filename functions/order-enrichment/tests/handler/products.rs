//! The products: read once, asked about now and then, done without when they cannot be had.

use std::time::Duration;

use testkit::{Fault, FaultPlan};
use tokio::time::advance;

use crate::services;
use crate::support::{PRODUCTS, PRODUCTS_KEY, Stack, events};

const SECOND: Duration = Duration::from_secs(1);

/// Another order, so that its rows have to be written.
fn order(event: &str, number: u32) -> String {
    let mut event: serde_json::Value = serde_json::from_str(event).unwrap();
    for record in event["Records"].as_array_mut().unwrap() {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        let data = BASE64_STANDARD
            .decode(record["kinesis"]["data"].as_str().unwrap())
            .unwrap();
        let data = String::from_utf8(data).unwrap();
        let data = data.replace("10000001", &(20_000_000 + number).to_string());
        record["kinesis"]["data"] = BASE64_STANDARD.encode(data).into();
    }
    event.to_string()
}

#[tokio::test(start_paused = true)]
async fn the_object_is_read_once_and_asked_about_after_a_minute() {
    let event = &events()["insert"];
    let stack = Stack::start(FaultPlan::none()).await;
    for number in 0..3 {
        stack.invoke(&order(event, number)).await;
        advance(Duration::from_secs(10)).await;
    }
    assert_eq!(stack.calls("GetObject"), 1);
    advance(Duration::from_secs(31)).await;
    let first = stack.live().await[0]["productsVersion"].clone();
    // The object is the same: S3 says so, and the version stays.
    stack.put_products(services::products(), 500);
    stack.invoke(&order(event, 4)).await;
    assert_eq!(stack.calls("GetObject"), 2);
    assert_eq!(stack.live().await.last().unwrap()["productsVersion"], first);
    // Now it is another.
    stack.put_products(services::products().replace("13.56", "14"), 500);
    advance(Duration::from_secs(61)).await;
    stack.invoke(&order(event, 5)).await;
    let rows = stack.live().await;
    let new = rows
        .iter()
        .find(|row| row["orderId"] == "N:20000005")
        .unwrap();
    assert_eq!(new["productPrice"], "N:14");
    assert!(
        new["productsVersion"].starts_with("S:1763700500000-"),
        "{new:?}"
    );
    let old = rows
        .iter()
        .find(|row| row["orderId"] == "N:20000000")
        .unwrap();
    assert_eq!(
        old["productPrice"], "N:13.56",
        "a row that is not touched keeps its product"
    );
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_gone_do_not_wait_for_the_products() {
    let stack = Stack::start(FaultPlan::always(Fault::AccessDenied).only("GetObject")).await;
    stack.invoke(&events()["delete"]).await;
    assert_eq!(
        (stack.enriched().await.len(), stack.live().await.len()),
        (2, 0)
    );
    stack.invoke(&events()["walkthrough-orders"]).await;
    assert_eq!(
        stack.enriched().await.len(),
        2,
        "orders without items make no rows"
    );
}

#[tokio::test(start_paused = true)]
async fn for_a_product_that_is_missing_s3_is_asked_at_once_but_once_a_second() {
    let event = &events()["missing-product"];
    let stack = Stack::start(FaultPlan::none()).await;
    stack.invoke(&order(event, 0)).await;
    assert_eq!(stack.calls("GetObject"), 1, "it has just been read");
    advance(SECOND).await;
    stack.invoke(&order(event, 1)).await;
    stack.invoke(&order(event, 2)).await;
    assert_eq!(stack.calls("GetObject"), 2);
    let line = r#"{"productId":7,"productName":"Late","productPrice":1.10}"#;
    stack.put_products(format!("{}{line}", services::products()), 1);
    advance(SECOND).await;
    stack.invoke(&order(event, 3)).await;
    let rows = stack.live().await;
    let named = |order: &str| {
        let of = |row: &&crate::support::Row| row["orderId"] == order && row["itemId"] == "N:7";
        rows.iter().find(of).unwrap().get("productName").cloned()
    };
    assert_eq!(named("N:20000003").as_deref(), Some("S:Late"));
    assert_eq!(named("N:20000002"), None);
}

#[tokio::test(start_paused = true)]
async fn while_s3_fails_the_list_at_hand_is_used_and_without_one_the_records_come_again() {
    let event = &events()["insert"];
    for fault in [
        Fault::ServerError500,
        Fault::AccessDenied,
        Fault::TimeoutBefore,
        Fault::ResourceNotFound,
        Fault::GarbageBody,
    ] {
        let stack = Stack::start(FaultPlan::always(fault).only("GetObject")).await;
        let report = stack.invoke(&order(event, 0)).await;
        assert_eq!(report.counts.reported, 3, "{fault:?}");
        assert!(
            report
                .retry_reason
                .unwrap()
                .contains("the products cannot be read"),
            "{fault:?}"
        );
        assert!(stack.enriched().await.is_empty());
        stack.faulty.heal();
        stack.invoke(&order(event, 0)).await;
        assert_eq!(stack.live().await.len(), 2);

        stack
            .faulty
            .set_plan(FaultPlan::always(fault).only("GetObject"));
        advance(Duration::from_secs(61)).await;
        let report = stack.invoke(&order(event, 1)).await;
        assert_eq!(
            (report.counts.applied, report.counts.reported),
            (3, 0),
            "{fault:?}"
        );
        assert!(
            stack
                .live()
                .await
                .iter()
                .all(|row| row.contains_key("productName"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_object_all_products_are_missing_and_rows_that_had_theirs_keep_it() {
    let event = &events()["update"];
    let stack = Stack::start(FaultPlan::none()).await;
    stack.invoke(&events()["insert"]).await;
    let with_list = stack.live().await[0]["productsVersion"].clone();
    stack
        .s3
        .client()
        .delete_object()
        .bucket(PRODUCTS)
        .key(PRODUCTS_KEY)
        .send()
        .await
        .unwrap();
    advance(Duration::from_secs(61)).await;
    let report = stack.invoke(event).await;
    assert_eq!(report.counts.reported, 0, "{report:?}");
    stack.invoke(&order(event, 1)).await;
    for row in stack.live().await {
        let had_one = row["orderId"] == "N:10000001";
        assert_eq!(row.contains_key("productName"), had_one, "{row:?}");
        assert_eq!(row.contains_key("missing"), !had_one);
        let version = if had_one {
            with_list.as_str()
        } else {
            "S:0000000000000-0000000000000000"
        };
        assert_eq!(row["productsVersion"], version);
    }
}

/// The larger the object is, the more its list takes: beyond a limit it is not used at all.
#[tokio::test(start_paused = true)]
async fn an_object_over_the_limit_is_as_good_as_none() {
    let stack = Stack::start(FaultPlan::none()).await;
    let mut object = services::products();
    object.push_str(&"\n".repeat(100 * 1024 * 1024));
    stack.put_products(object, 1);
    let report = stack.invoke(&events()["insert"]).await;
    assert_eq!(report.counts.applied, 3);
    assert!(
        stack
            .live()
            .await
            .iter()
            .all(|row| row.contains_key("missing"))
    );
}

#[tokio::test(start_paused = true)]
async fn bad_lines_cost_their_products_only() {
    let stack = Stack::start(FaultPlan::none()).await;
    let object = services::products().replace("\"productName\":\"Durable", "\"name\":\"Durable");
    stack
        .s3
        .put(PRODUCTS, PRODUCTS_KEY, format!("garbage\n{object}"));
    stack.invoke(&events()["insert"]).await;
    let rows = stack.live().await;
    assert!(
        rows[0].contains_key("missing") && rows[1].contains_key("productName"),
        "{rows:?}"
    );
}
