//! Versions: registered, found, refused.

use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{
    Compatibility, DataFormat, MetadataKeyValuePair, SchemaVersionNumber, SchemaVersionStatus,
};

use crate::{READING, client, create, schema};

const WITH_NOTE: &str = r#"{"type": "record", "name": "Reading", "fields": [
    {"name": "id", "type": "string"}, {"name": "note", "type": ["null", "string"], "default": null}]}"#;
const WITH_NUMBER: &str =
    r#"{"type": "record", "name": "Reading", "fields": [{"name": "id", "type": "long"}]}"#;

#[tokio::test]
async fn a_version_is_found_by_its_id_its_number_and_as_the_latest() {
    let client = client(None).await;
    let first = create(&client, Compatibility::Backward).await;
    let readings = || schema("streams", "readings");
    let register = client.register_schema_version().schema_id(readings());
    let second = register.schema_definition(WITH_NOTE).send().await.unwrap();
    assert_eq!(second.version_number, Some(2));
    assert_eq!(second.status, Some(SchemaVersionStatus::Available));

    let by_id = client.get_schema_version().schema_version_id(&first);
    let by_id = by_id.send().await.unwrap();
    assert_eq!(by_id.schema_definition(), Some(READING));
    assert_eq!(by_id.data_format, Some(DataFormat::Avro));
    assert_eq!(by_id.version_number, Some(1));
    assert_eq!(by_id.created_time(), Some("2023-11-14T22:13:20.123Z"));

    for (number, id) in [
        (SchemaVersionNumber::builder().version_number(1), &first),
        (
            SchemaVersionNumber::builder().latest_version(true),
            second.schema_version_id.as_ref().unwrap(),
        ),
    ] {
        let call = client.get_schema_version().schema_id(readings());
        let found = call.schema_version_number(number.build()).send().await;
        assert_eq!(found.unwrap().schema_version_id.as_ref(), Some(id));
    }
    let call = client.get_schema_by_definition().schema_id(readings());
    let found = call.schema_definition(READING).send().await.unwrap();
    assert_eq!(found.schema_version_id, Some(first));

    let call = client.list_schema_versions().schema_id(readings());
    let listed = call.max_results(1).into_paginator().items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    let numbers: Vec<_> = listed
        .iter()
        .map(|version| version.version_number)
        .collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
}

#[tokio::test]
async fn the_same_definition_is_the_same_version() {
    let client = client(None).await;
    let first = create(&client, Compatibility::Disabled).await;
    let respelled = READING.replace(' ', "\n");
    for definition in [READING, &respelled] {
        let call = client.register_schema_version();
        let call = call.schema_id(schema("streams", "readings"));
        let again = call.schema_definition(definition).send().await.unwrap();
        assert_eq!(again.schema_version_id(), Some(first.as_str()));
        assert_eq!(again.version_number, Some(1));
    }
}

#[tokio::test]
async fn what_does_not_fit_the_versions_before_is_a_failure_and_never_the_latest() {
    let client = client(None).await;
    let first = create(&client, Compatibility::Full).await;
    let readings = || schema("streams", "readings");
    let call = client.register_schema_version().schema_id(readings());
    let failed = call.schema_definition(WITH_NUMBER).send().await.unwrap();
    assert_eq!(failed.status, Some(SchemaVersionStatus::Failure));
    let latest = SchemaVersionNumber::builder().latest_version(true).build();
    let call = client.get_schema_version().schema_id(readings());
    let latest = call.schema_version_number(latest).send().await.unwrap();
    assert_eq!(latest.schema_version_id, Some(first));
    let schema = client.get_schema().schema_id(readings());
    let schema = schema.send().await.unwrap();
    assert_eq!(schema.latest_schema_version, Some(1));
    assert_eq!(schema.next_schema_version, Some(3));
    assert_eq!(schema.compatibility, Some(Compatibility::Full));
}

#[tokio::test]
async fn a_schema_of_one_version_takes_no_second_one() {
    let client = client(None).await;
    create(&client, Compatibility::Disabled).await;
    let call = client.register_schema_version();
    let call = call.schema_id(schema("streams", "readings"));
    let error = call.schema_definition(WITH_NOTE).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidInputException"));
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_words_that_serializers_look_for() {
    let client = client(None).await;
    create(&client, Compatibility::None).await;
    let unknown = client.get_schema_by_definition();
    let unknown = unknown.schema_id(schema("streams", "other"));
    let unknown = unknown.schema_definition(READING).send().await;
    let unknown = unknown.unwrap_err().into_service_error();
    assert!(unknown.is_entity_not_found_exception(), "{unknown:?}");
    assert!(unknown.message().unwrap().contains("Schema is not found."));

    let unknown = client.get_schema_by_definition();
    let unknown = unknown.schema_id(schema("streams", "readings"));
    let unknown = unknown.schema_definition(WITH_NOTE).send().await;
    let text = unknown.unwrap_err().into_service_error();
    let text = text.message().unwrap();
    assert!(text.contains("Schema version is not found."), "{text}");

    let id = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";
    for (id, code) in [
        (id, "EntityNotFoundException"),
        ("7", "InvalidInputException"),
    ] {
        let call = client.get_schema_version().schema_version_id(id);
        let error = call.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn definitions_are_checked_before_they_are_taken() {
    let client = client(None).await;
    create(&client, Compatibility::None).await;
    let broken = r#"{"type": "record"}"#;
    let call = client.check_schema_version_validity();
    let call = call.data_format(DataFormat::Avro).schema_definition(broken);
    let checked = call.send().await.unwrap();
    assert!(!checked.valid && checked.error.is_some());
    let call = client.register_schema_version();
    let call = call.schema_id(schema("streams", "readings"));
    let error = call.schema_definition(broken).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidInputException"));
}

#[tokio::test]
async fn what_is_noted_of_a_version_is_found_again() {
    let client = client(None).await;
    let id = create(&client, Compatibility::None).await;
    for (value, wanted) in [
        ("kinesis", None),
        ("kafka", None),
        ("kafka", Some("AlreadyExistsException")),
    ] {
        let pair = MetadataKeyValuePair::builder().metadata_key("transport");
        let call = client.put_schema_version_metadata().schema_version_id(&id);
        let put = call
            .metadata_key_value(pair.metadata_value(value).build())
            .send();
        let code = put.await.err();
        let code = code.as_ref().and_then(ProvideErrorMetadata::code);
        assert_eq!(code, wanted);
    }
    let call = client.query_schema_version_metadata();
    let found = call.schema_version_id(&id).send().await.unwrap();
    let noted = &found.metadata_info_map.unwrap()["transport"];
    assert_eq!(noted.metadata_value(), Some("kinesis"));
    let others = noted.other_metadata_value_list();
    assert_eq!(others[0].metadata_value(), Some("kafka"));
}
