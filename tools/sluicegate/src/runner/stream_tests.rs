use std::time::Duration;

use mapping::Settings;
use serde_json::{Value, json};

use super::super::arn::StreamArn;
use super::super::wire::{Response, Wire};
use super::*;

fn mapping(kind: StreamKind) -> Mapping {
    Mapping {
        id: "uuid".to_owned(),
        name: "Mapping".to_owned(),
        function: "ingest".to_owned(),
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:ingest".to_owned(),
        role: "arn:aws:iam::000000000000:role/ingest".to_owned(),
        timeout: Duration::from_secs(60),
        stream: StreamArn {
            arn: "arn:stream".to_owned(),
            kind,
            region: "us-east-1".to_owned(),
            name: "readings".to_owned(),
        },
        settings: Settings::default(),
        on_failure: None,
        enabled: true,
    }
}

fn reader(wire: &Wire, mapping: &Mapping, position: Position) -> Reader {
    Reader::new(Stream::new(&wire.config(), mapping), "shardId-0", position)
}

/// Operations that were asked for, an iterator with where it begins.
fn asked(wire: &Wire) -> Vec<String> {
    wire.seen()
        .iter()
        .map(|request| {
            let body = &request.body;
            let place = ["StartingSequenceNumber", "SequenceNumber", "Timestamp"]
                .into_iter()
                .find_map(|name| body.get(name))
                .map_or(String::new(), |place| format!(" {place}"));
            match body.get("ShardIteratorType") {
                Some(kind) => format!("{}{place}", kind.as_str().unwrap()),
                None => request.operation.clone(),
            }
        })
        .collect()
}

fn kinesis_record(sequence_number: &str, data: &str) -> Value {
    json!({
        "SequenceNumber": sequence_number, "PartitionKey": "sensor-1", "Data": data,
        "ApproximateArrivalTimestamp": 1_700_000_000.125, "EncryptionType": "KMS",
    })
}

#[tokio::test]
async fn records_are_as_lambda_renders_them() {
    let wire = Wire::new(|request| match request.operation.as_str() {
        "GetShardIterator" => Response::ok(&json!({"ShardIterator": "i0"})),
        _ => Response::ok(&json!({
            "Records": [kinesis_record("1", "aGVsbG8=")],
            "NextShardIterator": "i1", "MillisBehindLatest": 0,
        })),
    });
    let mut reader = reader(&wire, &mapping(StreamKind::Kinesis), Position::TrimHorizon);
    let page = reader.read().await.unwrap();
    assert!(!page.at_tip && !page.is_last, "there were records");
    let [Read::Passed(record)] = page.records.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!(
        record.arrival,
        Timestamp::from_micros(1_700_000_000_125_000)
    );
    assert_eq!(record.partition_key.as_deref(), Some("sensor-1"));
    assert_eq!(record.event_bytes, record.payload.len());
    let json: Value = serde_json::from_str(&record.payload).unwrap();
    assert_eq!(json["eventID"], "shardId-0:1");
    assert_eq!(json["kinesis"]["data"], "aGVsbG8=");
    assert_eq!(json["kinesis"]["encryptionType"], "KMS");
    assert_eq!(
        json["invokeIdentityArn"],
        "arn:aws:iam::000000000000:role/ingest"
    );
}

#[tokio::test]
async fn a_reader_goes_on_where_it_was_when_its_iterator_has_expired() {
    let mut pages = 0;
    let wire = Wire::new(move |request| {
        if request.operation == "GetShardIterator" {
            return Response::ok(&json!({"ShardIterator": "i"}));
        }
        pages += 1;
        match pages {
            1 => Response::ok(&json!({
                "Records": [kinesis_record("7", "AA==")],
                "NextShardIterator": "i", "MillisBehindLatest": 5,
            })),
            2 => Response::error(400, "ExpiredIteratorException", "too old"),
            3 => Response::ok(
                &json!({"Records": [], "NextShardIterator": "i", "MillisBehindLatest": 0}),
            ),
            4 => Response::error(500, "InternalFailure", "later"),
            _ => Response::ok(&json!({"Records": [], "MillisBehindLatest": 0})),
        }
    });
    let first = Position::From(Timestamp::from_micros(1_699_999_999_500_000));
    let mut reader = reader(&wire, &mapping(StreamKind::Kinesis), first);
    assert_eq!(reader.read().await.unwrap().records.len(), 1);
    let page = reader.read().await.unwrap();
    assert!(page.records.is_empty() && page.at_tip && !page.is_last);
    assert!(matches!(reader.read().await, Err(ReadError::Failed(_))));
    let page = reader.read().await.unwrap();
    assert!(page.is_last, "the shard is closed");
    let expected = [
        "AT_TIMESTAMP 1699999999.5",
        "GetRecords",
        "GetRecords",
        "AFTER_SEQUENCE_NUMBER \"7\"",
        "GetRecords",
        "GetRecords",
        "AFTER_SEQUENCE_NUMBER \"7\"",
        "GetRecords",
    ];
    assert_eq!(asked(&wire), expected);
}

#[tokio::test]
async fn filtered_records_keep_their_place() {
    let wire = Wire::new(|request| match request.operation.as_str() {
        "GetShardIterator" => Response::ok(&json!({"ShardIterator": "i"})),
        // {"a":1} and {"a":2}
        _ => Response::ok(&json!({
            "Records": [kinesis_record("1", "eyJhIjoxfQ=="), kinesis_record("2", "eyJhIjoyfQ==")],
            "NextShardIterator": "i", "MillisBehindLatest": 0,
        })),
    });
    let mut mapping = mapping(StreamKind::Kinesis);
    let filters = json!({"Filters": [{"Pattern": "{\"data\":{\"a\":[1]}}"}]});
    mapping.settings.filters = FilterCriteria::parse(&filters).unwrap();
    let page = reader(&wire, &mapping, Position::TrimHorizon)
        .read()
        .await
        .unwrap();
    assert!(matches!(&page.records[0], Read::Passed(record) if record.sequence_number == "1"));
    assert_eq!(page.records[1], Read::Filtered("2".to_owned()));
}

#[tokio::test]
async fn shards_are_listed_page_by_page_with_their_parents() {
    let wire = Wire::new(|request| {
        Response::ok(&match request.body.get("NextToken") {
            None => json!({"NextToken": "more", "Shards": [shard("shardId-0", None, None)]}),
            Some(_) => {
                json!({"Shards": [shard("shardId-2", Some("shardId-0"), Some("shardId-1"))]})
            }
        })
    });
    let stream = Stream::new(&wire.config(), &mapping(StreamKind::Kinesis));
    let info = |id: &str, parents: &[&str]| ShardInfo {
        id: id.to_owned(),
        parents: parents.iter().map(|id| (*id).to_owned()).collect(),
    };
    assert_eq!(
        stream.shards().await.unwrap(),
        [
            info("shardId-0", &[]),
            info("shardId-2", &["shardId-0", "shardId-1"])
        ]
    );
}

fn shard(id: &str, parent: Option<&str>, adjacent: Option<&str>) -> Value {
    let mut shard = json!({
        "ShardId": id,
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
        "SequenceNumberRange": {"StartingSequenceNumber": "0"},
    });
    for (name, parent) in [
        ("ParentShardId", parent),
        ("AdjacentParentShardId", adjacent),
    ] {
        if let Some(parent) = parent {
            shard[name] = json!(parent);
        }
    }
    shard
}

#[tokio::test]
async fn records_of_a_table_are_as_lambda_renders_them() {
    let wire = Wire::new(|request| match request.operation.as_str() {
        "GetShardIterator" => Response::ok(&json!({"ShardIterator": "i"})),
        _ => Response::ok(
            &json!({"Records": [table_record("1", 1_699_999_998), table_record("2", 1_700_000_000)]}),
        ),
    });
    let mapping = mapping(StreamKind::DynamoDb);
    let from = Position::From(Timestamp::from_micros(1_700_000_000_900_000));
    let page = reader(&wire, &mapping, from).read().await.unwrap();
    assert!(page.is_last, "no further iterator");
    let [Read::Passed(record)] = page.records.as_slice() else {
        panic!("older ones are left out: {page:?}");
    };
    assert_eq!(record.partition_key.as_deref(), Some(r#"{"id":{"S":"a"}}"#));
    let json: Value = serde_json::from_str(&record.payload).unwrap();
    assert_eq!(json["eventName"], "INSERT");
    assert_eq!(json["eventSource"], "aws:dynamodb");
    assert_eq!(
        json["dynamodb"]["ApproximateCreationDateTime"],
        1_700_000_000
    );
    assert_eq!(
        json["dynamodb"]["NewImage"],
        json!({"id": {"S": "a"}, "n": {"N": "1.50"}})
    );
    assert_eq!(json["dynamodb"]["StreamViewType"], "NEW_IMAGE");
    assert_eq!(
        json["userIdentity"]["principalId"],
        "dynamodb.amazonaws.com"
    );
}

fn table_record(sequence_number: &str, created: i64) -> Value {
    json!({
        "eventID": "e", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"},
        "dynamodb": {
            "ApproximateCreationDateTime": created, "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "n": {"N": "1.50"}},
            "SequenceNumber": sequence_number, "SizeBytes": 12, "StreamViewType": "NEW_IMAGE",
        },
    })
}

#[tokio::test]
async fn what_has_left_the_stream_is_told_and_reading_goes_on_with_the_oldest() {
    let wire = Wire::new(|request| match request.body["ShardIteratorType"].as_str() {
        Some("AFTER_SEQUENCE_NUMBER") => Response::error(400, "TrimmedDataAccessException", "gone"),
        Some(_) => Response::ok(&json!({"ShardIterator": "i"})),
        None => Response::ok(&json!({"Records": [table_record("9", 1)], "NextShardIterator": "i"})),
    });
    let position = Position::After("3".to_owned());
    let mut reader = reader(&wire, &mapping(StreamKind::DynamoDb), position);
    assert_eq!(
        reader.read().await.unwrap_err(),
        ReadError::Trimmed("gone".to_owned())
    );
    assert_eq!(reader.read().await.unwrap().records.len(), 1);
    assert_eq!(
        asked(&wire),
        ["AFTER_SEQUENCE_NUMBER \"3\"", "TRIM_HORIZON", "GetRecords"]
    );
}

#[tokio::test]
async fn errors_are_told_apart() {
    for (status, code, expected) in [
        (
            400,
            "AccessDeniedException",
            ReadError::Denied("why".to_owned()),
        ),
        (
            400,
            "ResourceNotFoundException",
            ReadError::Gone("why".to_owned()),
        ),
        (400, "ExpiredIteratorException", ReadError::Expired),
    ] {
        let wire = Wire::new(move |_| Response::error(status, code, "why"));
        let stream = Stream::new(&wire.config(), &mapping(StreamKind::Kinesis));
        assert_eq!(stream.shards().await.unwrap_err(), expected);
    }
}
