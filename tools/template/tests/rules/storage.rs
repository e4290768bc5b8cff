//! Streams, tables and the quarantine: as the code expects them, and kept when they have to be.

use dynamo::{Item, KeySchema, Value as Attribute};
use records::Timestamp;
use sales_aggregator::aggregate::Aggregate;
use sales_aggregator::amount::Amount;
use sales_aggregator::rows::PartName;
use sensor_ingest::Reading;
use serde_json::{Value, json};

use crate::template;
use crate::values::{list, references};

const STREAMS: [&str; 4] = [
    "SensorStream",
    "SalesStream",
    "OrderChangesStream",
    "ConsentChangesStream",
];
const TABLES: [&str; 6] = [
    "ConsentTable",
    "SensorTable",
    "OrdersTable",
    "SalesByWindowTable",
    "OrderSourceTable",
    "OrderEnrichedTable",
];
const BUCKETS: [&str; 2] = ["QuarantineBucket", "ProductsBucket"];

#[test]
fn each_table_has_the_key_and_the_attributes_that_the_code_writes() {
    let reading = |expires_at| {
        let reading = br#"{"sensor_id":"s","temperature":1,"current_time":2}"#;
        Reading::parse(reading).unwrap().into_item(expires_at)
    };
    let total = |expires_at| {
        let amount = Amount::parse("1").unwrap();
        let sale = Aggregate::of(amount, Timestamp::from_micros(0));
        let name = PartName {
            source: "s",
            start: Timestamp::from_micros(0),
            end: Timestamp::from_micros(1),
            shard_id: "shard",
            part: "1",
        };
        let [_, total] = name.puts("group", &sale, None, expires_at);
        total.item
    };
    for (table, key, kept, expiring) in [
        (
            "SensorTable",
            sensor_ingest::reading::KEY,
            reading(None),
            reading(Some(3)),
        ),
        (
            "SalesByWindowTable",
            sales_aggregator::rows::KEY,
            total(None),
            total(Some(3)),
        ),
    ] {
        let template = template();
        let table = &template.resource(table)["Properties"];
        assert_table(table, key, &kept, &expiring);
    }
}

fn assert_table(table: &Value, key: KeySchema, kept: &Item<'_>, expiring: &Item<'_>) {
    assert_eq!(
        table["KeySchema"],
        json!([
            {"AttributeName": key.hash, "KeyType": "HASH"},
            {"AttributeName": key.range.unwrap(), "KeyType": "RANGE"},
        ])
    );
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
fn readings_are_found_by_their_temperature() {
    let key = sensor_ingest::reading::KEY;
    assert_eq!(
        template().resource("SensorTable")["Properties"]["LocalSecondaryIndexes"],
        json!([{
            "IndexName": "TemperatureIndex",
            "KeySchema": [
                {"AttributeName": key.hash, "KeyType": "HASH"},
                {"AttributeName": "Temperature", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }])
    );
}

#[test]
fn rows_without_their_product_are_found_by_the_index() {
    use order_enrichment::rows::{MISSING, MISSING_INDEX};
    assert_eq!(
        template().resource("OrderEnrichedTable")["Properties"]["GlobalSecondaryIndexes"],
        json!([{
            "IndexName": MISSING_INDEX,
            "KeySchema": [
                {"AttributeName": MISSING, "KeyType": "HASH"},
                {"AttributeName": "itemId", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }])
    );
}

#[test]
fn the_tables_of_orders_have_the_keys_that_the_code_writes() {
    use order_enrichment::rows::{ENRICHED_KEY, SOURCE_KEY};
    for (id, key, range) in [
        ("OrderSourceTable", SOURCE_KEY, "S"),
        ("OrderEnrichedTable", ENRICHED_KEY, "N"),
    ] {
        let template = template();
        let table = &template.resource(id)["Properties"];
        let (hash, range_name) = (key.hash, key.range.unwrap());
        assert_eq!(
            table["KeySchema"],
            json!([
                {"AttributeName": hash, "KeyType": "HASH"},
                {"AttributeName": range_name, "KeyType": "RANGE"},
            ])
        );
        let of = |name: &str| {
            let mut all = list(&table["AttributeDefinitions"]).iter();
            all.find(|attribute| attribute["AttributeName"] == name)
                .unwrap()["AttributeType"]
                .clone()
        };
        assert_eq!(
            (of(hash), of(range_name)),
            (json!("N"), json!(range)),
            "{id}"
        );
        assert_eq!(
            table["TimeToLiveSpecification"],
            json!({"AttributeName": "expiresAt", "Enabled": true})
        );
    }
}

#[test]
fn the_stream_of_orders_carries_the_new_items() {
    let template = template();
    let orders = &template.resource("OrdersTable")["Properties"];
    assert_eq!(orders["StreamSpecification"]["StreamViewType"], "NEW_IMAGE");
}

#[test]
fn every_stream_and_table_is_looked_at() {
    let template = template();
    let ids = |kind| template.of_type(kind).map(|(id, _)| id).collect::<Vec<_>>();
    let sorted = |mut ids: Vec<&'static str>| {
        ids.sort_unstable();
        ids
    };
    let (mut streams, mut tables) = (ids("AWS::Kinesis::Stream"), ids("AWS::DynamoDB::Table"));
    streams.sort_unstable();
    tables.sort_unstable();
    assert_eq!(streams, sorted(STREAMS.to_vec()));
    assert_eq!(tables, sorted(TABLES.to_vec()));
}

#[test]
fn data_outlives_a_production_stack() {
    let template = template();
    let in_prod = |prod: &str, dev: &str| json!({"Fn::If": ["IsProd", prod, dev]});
    for id in STREAMS.iter().chain(&TABLES) {
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
    for id in TABLES {
        let table = &template.resource(id)["Properties"];
        assert_eq!(
            table["DeletionProtectionEnabled"],
            json!({"Fn::If": ["IsProd", true, false]})
        );
        assert_eq!(
            table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
            true
        );
    }
    for id in BUCKETS {
        let bucket = template.resource(id);
        assert_eq!(bucket["DeletionPolicy"], "RetainExceptOnCreate");
        assert_eq!(bucket["UpdateReplacePolicy"], "Retain");
    }
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
    for id in STREAMS {
        assert_eq!(
            of(id)["StreamEncryption"],
            json!({"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"})
        );
    }
    for id in TABLES {
        assert_eq!(of(id)["SSESpecification"]["SSEEnabled"], true);
    }
    for id in BUCKETS {
        let rule = &of(id)["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
        assert_eq!(
            rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"],
            "AES256"
        );
    }
}

#[test]
fn buckets_are_private() {
    let template = template();
    for id in BUCKETS {
        let access = &template.resource(id)["Properties"]["PublicAccessBlockConfiguration"];
        for block in [
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        ] {
            assert_eq!(access[block], true, "{id}: {block}");
        }
        let policy = template.resource(&format!("{id}Policy"));
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
}

#[test]
fn only_what_an_emulator_cannot_take_depends_on_the_target() {
    let template = template();
    let conditions = template.conditions();
    let guarded: Vec<&String> = template
        .resources()
        .iter()
        .filter(|(_, resource)| match resource["Condition"].as_str() {
            Some(name) => name == "IsAws" || references(&conditions[name]).contains("IsAws"),
            None => false,
        })
        .map(|(id, _)| id)
        .collect();
    assert_eq!(
        guarded,
        [
            "ConsentOptOutList",
            "ProductsBucketPolicy",
            "QuarantineBucketPolicy"
        ]
    );
    let asks_target = |condition: &&Value| condition.to_string().contains("\"Target\"");
    assert_eq!(conditions.values().filter(asks_target).count(), 1);
    assert!(
        !json!(template.resources())
            .to_string()
            .contains("\"Target\"")
    );
}
