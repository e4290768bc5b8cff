//! The stream, the table and the quarantine: as the code expects them, and kept when they have to be.

use dynamo::Value as Attribute;
use sensor_ingest::Reading;
use sensor_ingest::reading::KEY;
use serde_json::{Value, json};

use crate::template;
use crate::values::list;

#[test]
fn the_table_has_the_key_that_the_code_writes() {
    let template = template();
    let table = &template.resource("SensorTable")["Properties"];
    assert_eq!(
        table["KeySchema"],
        json!([
            {"AttributeName": KEY.hash, "KeyType": "HASH"},
            {"AttributeName": KEY.range.unwrap(), "KeyType": "RANGE"},
        ])
    );
    assert_eq!(
        table["LocalSecondaryIndexes"],
        json!([{
            "IndexName": "TemperatureIndex",
            "KeySchema": [
                {"AttributeName": KEY.hash, "KeyType": "HASH"},
                {"AttributeName": "Temperature", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }])
    );
}

#[test]
fn the_attributes_have_the_types_that_the_code_writes() {
    let reading = br#"{"sensor_id":"s","temperature":1,"current_time":2}"#;
    let kept = Reading::parse(reading).unwrap().into_item(None);
    let expiring = Reading::parse(reading).unwrap().into_item(Some(3));

    let template = template();
    let table = &template.resource("SensorTable")["Properties"];
    for attribute in list(&table["AttributeDefinitions"]) {
        let written = match kept.get(attribute["AttributeName"].as_str().unwrap()) {
            Some(Attribute::Text(_)) => "S",
            Some(Attribute::Number(_)) => "N",
            None => "nothing",
        };
        assert_eq!(attribute["AttributeType"], written, "{attribute}");
    }

    let expiry = &table["TimeToLiveSpecification"];
    assert_eq!(expiry["Enabled"], true);
    let expiry = expiry["AttributeName"].as_str().unwrap();
    assert!(kept.get(expiry).is_none());
    assert!(matches!(expiring.get(expiry), Some(Attribute::Number(_))));
}

#[test]
fn data_outlives_a_production_stack() {
    let template = template();
    let in_prod = |prod: &str, dev: &str| json!({"Fn::If": ["IsProd", prod, dev]});
    for id in ["SensorStream", "SensorTable"] {
        let resource = template.resource(id);
        assert_eq!(
            resource["DeletionPolicy"],
            in_prod("RetainExceptOnCreate", "Delete"),
            "{id}"
        );
        assert_eq!(
            resource["UpdateReplacePolicy"],
            in_prod("Retain", "Delete"),
            "{id}"
        );
    }
    let table = &template.resource("SensorTable")["Properties"];
    assert_eq!(
        table["DeletionProtectionEnabled"],
        json!({"Fn::If": ["IsProd", true, false]})
    );
    assert_eq!(
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
    let bucket = template.resource("QuarantineBucket");
    assert_eq!(bucket["DeletionPolicy"], "RetainExceptOnCreate");
    assert_eq!(bucket["UpdateReplacePolicy"], "Retain");
    // Without it CloudFormation takes the policies above for literal text.
    assert_eq!(
        template.root()["Transform"],
        json!(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"])
    );
}

#[test]
fn data_is_encrypted() {
    let template = template();
    let of = |id: &str| &template.resource(id)["Properties"];
    assert_eq!(
        of("SensorStream")["StreamEncryption"],
        json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"})
    );
    assert_eq!(of("SensorTable")["SSESpecification"]["SSEEnabled"], true);
    let rule = &of("QuarantineBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    assert_eq!(
        rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "AES256"
    );
}

#[test]
fn the_quarantine_is_private() {
    let template = template();
    let access =
        &template.resource("QuarantineBucket")["Properties"]["PublicAccessBlockConfiguration"];
    for block in [
        "BlockPublicAcls",
        "BlockPublicPolicy",
        "IgnorePublicAcls",
        "RestrictPublicBuckets",
    ] {
        assert_eq!(access[block], true, "{block}");
    }
    let policy = template.resource("QuarantineBucketPolicy");
    let statement = &policy["Properties"]["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Effect"], "Deny");
    assert_eq!(
        statement["Condition"],
        json!({"Bool": {"aws:SecureTransport": "false"}})
    );
    assert_eq!(
        list(&statement["Resource"]).len(),
        2,
        "the bucket and its objects"
    );
}

#[test]
fn only_what_an_emulator_cannot_take_depends_on_the_target() {
    let template = template();
    let guarded: Vec<&String> = template
        .resources()
        .iter()
        .filter(|(_, resource)| resource["Condition"] == "IsAws")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(guarded, ["QuarantineBucketPolicy"]);
    let conditions = template.conditions();
    let asks_target = |condition: &&Value| condition.to_string().contains("\"Target\"");
    assert_eq!(conditions.values().filter(asks_target).count(), 1);
    assert!(
        !json!(template.resources())
            .to_string()
            .contains("\"Target\"")
    );
}
