//! The registry through the real SDK over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod list;
mod versions;

use std::path::Path;

use aws_sdk_glue::Client;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_glue::types::{Compatibility, DataFormat, RegistryId, SchemaId};
use schema_registry::{Registries, RegistryService, serve};
use testkit::FakeClock;
use tokio::net::TcpListener;

const READING: &str =
    r#"{"type": "record", "name": "Reading", "fields": [{"name": "id", "type": "string"}]}"#;

/// A client of a registry, which keeps its state in a file if there is one.
async fn client(file: Option<&Path>) -> Client {
    let clock = FakeClock::at(1_700_000_000_123);
    let empty = Registries::default();
    let service = match file {
        Some(file) => RegistryService::in_file(file, empty, clock.closure()).unwrap(),
        None => RegistryService::new(empty, clock.closure()),
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, service));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

fn registry(name: &str) -> RegistryId {
    RegistryId::builder().registry_name(name).build()
}

fn schema(registry: &str, name: &str) -> SchemaId {
    let id = SchemaId::builder().registry_name(registry);
    id.schema_name(name).build()
}

/// Makes a registry `streams` with a schema `readings` of Avro; returns the id of its first version.
async fn create(client: &Client, compatibility: Compatibility) -> String {
    let call = client.create_registry().registry_name("streams");
    call.send().await.unwrap();
    let call = client.create_schema().registry_id(registry("streams"));
    let call = call.schema_name("readings").data_format(DataFormat::Avro);
    let call = call
        .compatibility(compatibility)
        .schema_definition(READING)
        .send();
    call.await.unwrap().schema_version_id.unwrap()
}
