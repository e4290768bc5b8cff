//! Registries and schemas: made, listed, deleted, kept.

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{Compatibility, DataFormat, RegistryId, SchemaId};

use crate::{READING, client, create, registry, schema};

async fn schemas(client: &Client, of: Option<RegistryId>) -> Vec<String> {
    let call = client.list_schemas().set_registry_id(of).max_results(1);
    let listed = call.into_paginator().items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    let names = listed.iter().map(|schema| schema.schema_name().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn registries_and_schemas_are_there_until_they_are_deleted() {
    let client = client(None).await;
    create(&client, Compatibility::None).await;
    let again = client.create_registry().registry_name("streams").send();
    assert_eq!(
        again.await.unwrap_err().code(),
        Some("AlreadyExistsException")
    );
    // Without a registry it is the default one, which is made.
    let call = client.create_schema().schema_name("own");
    let call = call.data_format(DataFormat::Json).schema_definition("{}");
    let made = call.send().await.unwrap();
    assert_eq!(made.registry_name(), Some("default-registry"));
    assert_eq!(made.compatibility, Some(Compatibility::Backward));

    let listed = client.list_registries().max_results(1);
    let listed = listed.into_paginator().items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    let names: Vec<_> = listed.iter().map(|one| one.registry_name()).collect();
    assert_eq!(names, [Some("default-registry"), Some("streams")]);
    assert_eq!(schemas(&client, None).await, ["own", "readings"]);
    let streams = Some(registry("streams"));
    assert_eq!(schemas(&client, streams.clone()).await, ["readings"]);

    let readings = SchemaId::builder();
    let arn = "arn:aws:glue:us-east-1:000000000000:schema/streams/readings";
    let readings = readings.schema_arn(arn).build();
    let delete = client.delete_schema().schema_id(readings.clone());
    delete.send().await.unwrap();
    let found = client.get_schema().schema_id(readings).send().await;
    assert_eq!(found.unwrap_err().code(), Some("EntityNotFoundException"));
    assert_eq!(schemas(&client, streams.clone()).await, [""; 0]);
    let delete = client.delete_registry().set_registry_id(streams.clone());
    delete.send().await.unwrap();
    let found = client.get_registry().set_registry_id(streams).send().await;
    assert_eq!(found.unwrap_err().code(), Some("EntityNotFoundException"));
}

#[tokio::test]
async fn names_formats_and_pages_are_checked() {
    let client = client(None).await;
    create(&client, Compatibility::None).await;
    let named = client.create_registry().registry_name("a name").send();
    assert_eq!(
        named.await.unwrap_err().code(),
        Some("InvalidInputException")
    );
    for (name, format, definition) in [
        ("a/b", "AVRO", READING),
        ("b", "XML", READING),
        ("b", "avro", READING),
        ("b", "PROTOBUF", READING),
        ("b", "AVRO", ""),
    ] {
        let call = client.create_schema().registry_id(registry("streams"));
        let call = call.schema_name(name).data_format(format.into());
        let error = call.schema_definition(definition).send().await;
        assert_eq!(error.unwrap_err().code(), Some("InvalidInputException"));
    }
    let page = client.list_schemas().max_results(101).send().await;
    assert_eq!(page.unwrap_err().code(), Some("InvalidInputException"));
    let other = client.get_triggers().send().await;
    assert_eq!(other.unwrap_err().code(), Some("InvalidInputException"));
}

#[tokio::test]
async fn what_was_registered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registry.json");
    let id = create(&client(Some(&file)).await, Compatibility::None).await;
    let client = client(Some(&file)).await;
    let found = client.get_schema_version().schema_version_id(&id).send();
    assert_eq!(found.await.unwrap().schema_definition(), Some(READING));
    let call = client.register_schema_version();
    let call = call.schema_id(schema("streams", "readings"));
    let again = call.schema_definition(READING).send().await.unwrap();
    assert_eq!(again.schema_version_id, Some(id));
}
