//! The registry's client against a registry over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_glue::Client;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::config::timeout::TimeoutConfig;
use aws_sdk_glue::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_glue::types::DataFormat;
use records::KinesisEvent;
use records::glue::{Header, Lookup, SchemaVersionId, Schemas};
use records::layers::{Decoder, LayerError};
use registry::{FetchError, GlueSource, Registry, SchemaSource};
use schema_registry::{Registries, RegistryService, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// Longer than any call takes.
const LONG: Duration = Duration::from_secs(20);

fn client(address: SocketAddr) -> Client {
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(500));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(format!("http://{address}"));
    Client::from_conf(config.build())
}

/// A registry over HTTP.
async fn registry() -> Client {
    let service = RegistryService::new(Registries::default(), || SystemTime::UNIX_EPOCH);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = client(listener.local_addr().unwrap());
    tokio::spawn(serve(listener, service));
    client
}

async fn register(client: &Client, format: DataFormat, definition: &str) -> SchemaVersionId {
    let call = client.create_schema().schema_name(format.as_str());
    let call = call.data_format(format).schema_definition(definition);
    let made = call.send().await.unwrap();
    made.schema_version_id().unwrap().parse().unwrap()
}

fn event(payloads: &[Vec<u8>]) -> KinesisEvent {
    let records = (1..).zip(payloads).map(|(number, payload)| {
        let data = base64_simd::STANDARD.encode_to_string(payload);
        format!(r#"{{"kinesis":{{"sequenceNumber":"{number}","data":"{data}"}}}}"#)
    });
    let records: Vec<String> = records.collect();
    let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    KinesisEvent::from_json(text.as_bytes()).unwrap()
}

/// Counts what is asked for.
struct Counting(GlueSource, Arc<AtomicUsize>);

impl SchemaSource for Counting {
    async fn fetch(&self, id: SchemaVersionId) -> Result<Option<registry::Fetched>, FetchError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.fetch(id).await
    }
}

#[tokio::test]
async fn each_format_is_read_by_the_schema_that_the_registry_has_which_is_fetched_once() {
    let client = registry().await;
    let avro = register(&client, DataFormat::Avro, r#""string""#).await;
    let json = register(&client, DataFormat::Json, "{}").await;
    let definition = r#"syntax = "proto3"; message A { string name = 1; }"#;
    let protobuf = register(&client, DataFormat::Protobuf, definition).await;
    let unknown = SchemaVersionId::from_bytes([7; 16]);
    let wrap = |id, payload: &[u8]| Header::new(id).write(payload).unwrap();
    let event = event(&[
        wrap(avro, b"\x06abc"),
        wrap(json, b"{\"a\": 1}"),
        wrap(protobuf, b"\0\x0a\x03abc"),
        wrap(unknown, b"abc"),
        wrap(avro, b"\x06def"),
    ]);
    let fetched = Arc::new(AtomicUsize::new(0));
    let source = Counting(GlueSource::with_client(client), Arc::clone(&fetched));
    let mut registry = Registry::new(source, None);
    let mut decoder = Decoder::new("glue".parse().unwrap());
    for _ in 0..3 {
        let deadline = Instant::now() + LONG;
        let (found, failure) = registry.decode_event(&mut decoder, &event, deadline).await;
        assert_eq!(failure, None);
        let read = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap();
        let payloads = found.records().map(|record| record.data.map(read));
        let payloads: Vec<_> = payloads.collect();
        assert_eq!(
            payloads,
            [
                Ok("\"abc\"".to_owned()),
                Ok("{\"a\": 1}".to_owned()),
                Ok("{\"name\":\"abc\"}".to_owned()),
                Err(&LayerError::UnknownSchema(unknown)),
                Ok("\"def\"".to_owned()),
            ]
        );
    }
    assert_eq!(fetched.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_version_that_is_not_there_is_none() {
    let source = GlueSource::with_client(registry().await);
    let found = source.fetch(SchemaVersionId::from_bytes([7; 16])).await;
    assert_eq!(found, Ok(None));
}

/// Where every call is answered with `answer`, or with nothing at all.
async fn answering(answer: &'static str) -> Client {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = client(listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // An answer that comes before its call is none.
                let mut call = [0; 4_096];
                while stream.read(&mut call).await.unwrap() > 0 {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    client
}

#[tokio::test]
async fn a_registry_that_fails_leaves_the_record_to_be_retried() {
    let id = SchemaVersionId::from_bytes([7; 16]);
    for (answer, is_failed) in [
        ("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}", true),
        ("", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false),
    ] {
        let source = GlueSource::with_client(answering(answer).await);
        let found = source.fetch(id).await.unwrap_err();
        let kind = matches!(found, FetchError::Failed { .. });
        assert_eq!(kind, is_failed, "{found}");
        let mut registry = Registry::new(source, None);
        let loaded = registry.load(id).await;
        assert_eq!(loaded, Err(found));
        assert!(matches!(registry.look_up(id), Lookup::NotLoaded));
    }
}
