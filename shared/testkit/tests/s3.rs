//! The fake S3, through the real SDK.

#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use testkit::{FakeS3, Fault, FaultPlan, FaultyHttpClient, LocalDynamoDb};

async fn put(client: &Client, key: &str, body: impl Into<ByteStream>) {
    let put = client.put_object().bucket("quarantine").key(key);
    put.body(body.into()).send().await.unwrap();
}

async fn get(client: &Client, key: &str) -> Vec<u8> {
    let got = client
        .get_object()
        .bucket("quarantine")
        .key(key)
        .send()
        .await
        .unwrap();
    got.body.collect().await.unwrap().to_vec()
}

fn one_second_an_attempt() -> TimeoutConfig {
    let timeouts = TimeoutConfig::builder();
    timeouts
        .operation_attempt_timeout(Duration::from_secs(1))
        .build()
}

#[tokio::test]
async fn what_is_put_is_got_whatever_the_key_and_the_bytes() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let client = s3.client();
    for key in [
        "a",
        "a/b c",
        "ü&<>?#%25+",
        "a//b",
        "sensor-ingest/2026/11/21/shardId-0/1-2.ndjson.gz",
    ] {
        for body in [vec![], vec![0, 255, 13, 10], vec![7; 300_000]] {
            put(&client, key, body.clone()).await;
            assert_eq!(get(&client, key).await, body, "{key}");
            assert_eq!(s3.objects("quarantine")[key].body, body, "{key}");
        }
    }
    assert_eq!(s3.objects("quarantine").len(), 5);
}

#[tokio::test]
async fn a_streamed_body_arrives_without_its_chunks() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let body: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    file.write_all(&body).unwrap();
    let stream = ByteStream::from_path(file.path()).await.unwrap();
    put(&s3.client(), "big", stream).await;
    assert_eq!(s3.objects("quarantine")["big"].body, body);
    assert_eq!(s3.objects("quarantine")["big"].content_encoding, None);
}

#[tokio::test]
async fn headers_are_kept() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let put = s3.client().put_object().bucket("quarantine").key("a");
    let put = put
        .content_type("application/x-ndjson")
        .content_encoding("gzip");
    put.body(b"x".to_vec().into()).send().await.unwrap();
    let object = s3.objects("quarantine").remove("a").unwrap();
    assert_eq!(object.content_type.as_deref(), Some("application/x-ndjson"));
    assert_eq!(object.content_encoding.as_deref(), Some("gzip"));
    let got = s3
        .client()
        .get_object()
        .bucket("quarantine")
        .key("a")
        .send()
        .await
        .unwrap();
    assert_eq!(got.content_type(), Some("application/x-ndjson"));
}

#[tokio::test]
async fn lists_have_prefix_pages_and_order() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    for key in ["b/2", "b/1 & <2>", "a", "b/3", "c"] {
        s3.put("quarantine", key, "12345");
    }
    let client = s3.client();
    let list = client
        .list_objects_v2()
        .bucket("quarantine")
        .prefix("b/")
        .max_keys(2);
    let mut pages = list.into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(
            page.contents()
                .iter()
                .all(|object| object.size() == Some(5))
        );
        keys.push(
            page.contents()
                .iter()
                .map(|object| object.key().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(keys, [vec!["b/1 & <2>", "b/2"], vec!["b/3"]]);
}

#[tokio::test]
async fn absent_things_and_failed_conditions_have_their_codes() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let client = s3.client();
    let error = client
        .get_object()
        .bucket("quarantine")
        .key("a")
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_no_such_key());
    let error = client
        .put_object()
        .bucket("other")
        .key("a")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("NoSuchBucket"));
    let fresh = || {
        client
            .put_object()
            .bucket("quarantine")
            .key("a")
            .if_none_match("*")
            .send()
    };
    let etag = fresh().await.unwrap().e_tag.unwrap();
    assert_eq!(
        fresh().await.unwrap_err().code(),
        Some("PreconditionFailed")
    );
    let unchanged = client
        .get_object()
        .bucket("quarantine")
        .key("a")
        .if_none_match(etag);
    let answer = unchanged.send().await.unwrap_err();
    assert_eq!(answer.raw_response().unwrap().status().as_u16(), 304);
    client
        .delete_object()
        .bucket("quarantine")
        .key("a")
        .send()
        .await
        .unwrap();
    assert!(s3.objects("quarantine").is_empty());
    let error = client
        .create_bucket()
        .bucket("new")
        .send()
        .await
        .unwrap_err();
    assert!(error.raw_response().is_some());
}

#[tokio::test]
async fn gzipped_lines_are_read_from_all_objects_below_a_prefix() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    for (key, lines) in [
        ("x/2", "{\"n\":3}\n"),
        ("x/1", "{\"n\":1}\n{\"n\":2}\n"),
        ("y/1", "{}\n"),
    ] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(lines.as_bytes()).unwrap();
        put(&s3.client(), key, gzip.finish().unwrap()).await;
    }
    assert_eq!(
        s3.ndjson_gz_lines("quarantine", "x/"),
        [json!({"n": 1}), json!({"n": 2}), json!({"n": 3})]
    );
    assert_eq!(s3.ndjson_gz_lines("quarantine", "z/").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn faults_have_the_shape_of_s3() {
    for (fault, error, stored) in [
        (Fault::Throttle, Some((503, "SlowDown")), false),
        (Fault::ThrottlingException, Some((503, "SlowDown")), false),
        (Fault::ServerError500, Some((500, "InternalError")), false),
        (
            Fault::ServiceUnavailable503,
            Some((503, "ServiceUnavailable")),
            false,
        ),
        (Fault::AccessDenied, Some((403, "AccessDenied")), false),
        (Fault::ResourceNotFound, Some((404, "NoSuchBucket")), false),
        (Fault::ConnectionResetBefore, None, false),
        (Fault::ConnectionResetAfter, None, true),
        (Fault::TimeoutBefore, None, false),
        (Fault::TimeoutAfter, None, true),
    ] {
        let s3 = FakeS3::with_buckets(["quarantine"]);
        let faulty = FaultyHttpClient::wrap(s3.http_client(), FaultPlan::always(fault));
        let config = s3.sdk_config_with(faulty.http_client());
        let config = config
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(one_second_an_attempt());
        let client = Client::new(&config.build());
        let put = client.put_object().bucket("quarantine").key("a").send();
        let failure = put.await.unwrap_err();
        let status = failure.raw_response().map(|raw| raw.status().as_u16());
        assert_eq!(status.zip(failure.code()), error, "{fault:?}");
        assert_eq!(
            s3.objects("quarantine").contains_key("a"),
            stored,
            "{fault:?}"
        );
        assert_eq!(faulty.calls()[0].call.operation, "PutObject");
    }
}

/// A body that S3 answers a put with is not looked at, so this is a list.
#[tokio::test]
async fn a_garbled_list_is_an_error() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let plan = FaultPlan::sequence([Fault::GarbageBody]);
    let faulty = FaultyHttpClient::wrap(s3.http_client(), plan);
    let client = Client::new(&s3.sdk_config_with(faulty.http_client()));
    let list = || client.list_objects_v2().bucket("quarantine").send();
    assert!(list().await.is_err());
    assert_eq!(list().await.unwrap().key_count(), Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_put_gets_through_short_faults_by_the_sdks_own_retries() {
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let plan = FaultPlan::sequence([Fault::Throttle, Fault::ConnectionResetAfter]);
    let faulty = FaultyHttpClient::wrap(s3.http_client(), plan);
    put(
        &Client::new(&s3.sdk_config_with(faulty.http_client())),
        "a",
        b"x".to_vec(),
    )
    .await;
    assert_eq!(faulty.calls().len(), 3);
    assert_eq!(s3.objects("quarantine")["a"].body, b"x");
}

#[tokio::test(start_paused = true)]
async fn one_configuration_can_serve_dynamodb_and_s3() {
    let before = tokio::time::Instant::now();
    let dynamodb = LocalDynamoDb::start().await;
    let s3 = FakeS3::with_buckets(["quarantine"]);
    let both = s3.http_client_beside(dynamodb.http_client());
    let faulty = FaultyHttpClient::wrap(both, FaultPlan::none());
    let config = dynamodb.sdk_config_with(faulty.http_client());
    put(&Client::new(&config), "a", b"x".to_vec()).await;
    let tables = aws_sdk_dynamodb::Client::new(&config)
        .list_tables()
        .send()
        .await;
    assert!(tables.unwrap().table_names().is_empty());
    let services: Vec<String> = faulty
        .calls()
        .into_iter()
        .map(|logged| logged.call.service)
        .collect();
    assert_eq!(services, ["s3", "dynamodb"]);
    assert_eq!(before.elapsed(), Duration::ZERO);
}
