//! What the tests of this crate have in common: the table and its rows.

#![allow(dead_code, reason = "no test needs all of it")]

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use testkit::LocalDynamoDb;

/// The list that is kept in step.
pub(crate) const LIST: &str = "marketing";

fn attribute(name: &str) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    let element = KeySchemaElement::builder().attribute_name(name);
    element.key_type(kind).build().unwrap()
}

fn index(name: &str, hash: &str, included: &[&str]) -> GlobalSecondaryIndex {
    let included = included.iter().map(|name| (*name).to_owned()).collect();
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(included));
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key(hash, KeyType::Hash))
        .key_schema(key("phone", KeyType::Range))
        .projection(projection.build())
        .build()
        .unwrap()
}

/// Creates the table with its indexes.
pub(crate) async fn create_table(dynamodb: &LocalDynamoDb, name: &str) {
    let pending = ["status", "channelReason", "channelAt", "version"];
    let table = dynamodb.client().create_table().table_name(name);
    table
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("phone"))
        .attribute_definitions(attribute("entity"))
        .attribute_definitions(attribute("audience"))
        .attribute_definitions(attribute("pending"))
        .key_schema(key("phone", KeyType::Hash))
        .key_schema(key("entity", KeyType::Range))
        .global_secondary_indexes(index(
            "AudienceIndex",
            "audience",
            &["userId", "sourceTime"],
        ))
        .global_secondary_indexes(index("PendingIndex", "pending", &pending))
        .send()
        .await
        .unwrap();
}

/// A row as text: attributes by name, with the type before a colon.
pub(crate) type Row = BTreeMap<String, String>;

/// The rows of a table by number and entity, without those of calls.
pub(crate) async fn rows(dynamodb: &LocalDynamoDb, table: &str) -> BTreeMap<(String, String), Row> {
    let rows = dynamodb.scan(table).await.into_iter();
    let keyed = rows.map(|row| {
        let row: Row = row.into_iter().collect();
        let text = |name: &str| row[name].trim_start_matches("S:").to_owned();
        ((text("phone"), text("entity")), row)
    });
    let is_call = |entity: &str| entity.starts_with("REMOVAL#") || entity.starts_with("LISTING#");
    keyed.filter(|((_, entity), _)| !is_call(entity)).collect()
}
