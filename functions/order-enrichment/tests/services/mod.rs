//! What the tests of this crate have in common: the tables, the products' object with its time, the products.

#![allow(dead_code, reason = "no test needs all of it")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use testkit::LocalDynamoDb;

/// The first of the walk-through's products.
pub(crate) const FIRST_PRODUCT: i64 = 999_900_001;
/// How many there are.
pub(crate) const PRODUCTS: i64 = 30;

/// The products' object.
pub(crate) fn products() -> String {
    let known = [
        ("Durable Concrete Chair", "13.56"),
        ("Gorgeous Wool Plate", "93.09"),
        ("Lightweight Rubber Table", "92.27"),
    ];
    let mut lines = String::new();
    for number in 0..PRODUCTS {
        let id = FIRST_PRODUCT + number;
        let made_up = (format!("Plain Product {number}"), format!("{number}.10"));
        let (name, price) = match known.get(usize::try_from(number).unwrap()) {
            Some((name, price)) => ((*name).to_owned(), (*price).to_owned()),
            None => made_up,
        };
        let _ = writeln!(
            lines,
            r#"{{"productId":{id},"productName":"{name}","productPrice":{price}}}"#
        );
    }
    lines
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(kind).build().unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    let element = KeySchemaElement::builder().attribute_name(name);
    element.key_type(kind).build().unwrap()
}

/// Creates both tables.
pub(crate) async fn create_tables(dynamodb: &LocalDynamoDb, source: &str, enriched: &str) {
    let client = dynamodb.client();
    let table = client.create_table().table_name(source);
    table
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("orderId", ScalarAttributeType::N))
        .attribute_definitions(attribute("entity", ScalarAttributeType::S))
        .key_schema(key("orderId", KeyType::Hash))
        .key_schema(key("entity", KeyType::Range))
        .send()
        .await
        .unwrap();
    let keys = Projection::builder().projection_type(ProjectionType::KeysOnly);
    let index = GlobalSecondaryIndex::builder()
        .index_name("MissingIndex")
        .key_schema(key("missing", KeyType::Hash))
        .key_schema(key("itemId", KeyType::Range))
        .projection(keys.build());
    let table = client.create_table().table_name(enriched);
    table
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("orderId", ScalarAttributeType::N))
        .attribute_definitions(attribute("itemId", ScalarAttributeType::N))
        .attribute_definitions(attribute("missing", ScalarAttributeType::S))
        .key_schema(key("orderId", KeyType::Hash))
        .key_schema(key("itemId", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .send()
        .await
        .unwrap();
}

/// Gives S3's answers the header `Last-Modified`, of a time that tests set, in seconds since the epoch.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    inner: SharedHttpClient,
    modified: Arc<AtomicI64>,
}

impl Dated {
    pub(crate) fn new(inner: SharedHttpClient, modified: i64) -> Self {
        let modified = Arc::new(AtomicI64::new(modified));
        Self { inner, modified }
    }

    pub(crate) fn set(&self, modified: i64) {
        self.modified.store(modified, Ordering::SeqCst);
    }

    pub(crate) fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }
}

impl HttpClient for Dated {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(DatedConnector {
            inner: self.inner.http_connector(settings, components),
            modified: Arc::clone(&self.modified),
        })
    }
}

#[derive(Debug)]
struct DatedConnector {
    inner: SharedHttpConnector,
    modified: Arc<AtomicI64>,
}

impl HttpConnector for DatedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_s3 = request.headers().get("x-amz-target").is_none();
        let (inner, modified) = (self.inner.clone(), Arc::clone(&self.modified));
        HttpConnectorFuture::new(async move {
            let mut answer = inner.call(request).await?;
            if is_s3 {
                let time = DateTime::from_secs(modified.load(Ordering::SeqCst));
                let time = time.fmt(Format::HttpDate).unwrap();
                answer.headers_mut().insert("last-modified", time);
            }
            Ok(answer)
        })
    }
}
