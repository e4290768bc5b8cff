//! What the tests of this crate have in common: the tables, the products.

#![allow(dead_code, reason = "no test needs all of it")]

use std::fmt::Write as _;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
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
