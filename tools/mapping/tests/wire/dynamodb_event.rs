use mapping::event::{DynamoDbRecord, DynamoDbSource, EventWindow, event_json};
use serde_json::{Value, json};

use super::{lines, window};

const ARN: &str =
    "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2016-12-01T00:00:00.000";

fn source() -> DynamoDbSource {
    DynamoDbSource {
        stream_arn: ARN.to_owned(),
        region: "us-east-1".to_owned(),
    }
}

fn change() -> Value {
    json!({
        "ApproximateCreationDateTime": 1_480_642_020,
        "Keys": {"Id": {"N": "101"}},
        "NewImage": {"Id": {"N": "101"}, "Message": {"S": "say \"é\""}},
        "SequenceNumber": "111",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    })
}

#[test]
fn a_record_has_the_shape_of_aws() {
    let json = source().record_json(&DynamoDbRecord {
        event_id: "f07f8ca4b0b26cb9c4e5e77e69f274ee",
        event_name: "INSERT",
        dynamodb: &change(),
        user_identity: None,
    });
    insta::assert_snapshot!(lines(&json), @r#"
    {"eventID":"f07f8ca4b0b26cb9c4e5e77e69f274ee",
    "eventName":"INSERT",
    "eventVersion":"1.1",
    "eventSource":"aws:dynamodb",
    "awsRegion":"us-east-1",
    "dynamodb":{"ApproximateCreationDateTime":1480642020,
    "Keys":{"Id":{"N":"101"}},
    "NewImage":{"Id":{"N":"101"},
    "Message":{"S":"say \"é\""}},
    "SequenceNumber":"111",
    "SizeBytes":26,
    "StreamViewType":"NEW_AND_OLD_IMAGES"},
    "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2016-12-01T00:00:00.000"}
    "#);
}

#[test]
fn a_record_of_an_expired_item_says_who_deleted_it() {
    let json = source().record_json(&DynamoDbRecord {
        event_id: "f07f8ca4b0b26cb9c4e5e77e69f274ee",
        event_name: "REMOVE",
        dynamodb: &json!({"SequenceNumber": "112"}),
        user_identity: Some(&json!({"principalId": "dynamodb.amazonaws.com", "type": "Service"})),
    });
    insta::assert_snapshot!(lines(&json), @r#"
    {"eventID":"f07f8ca4b0b26cb9c4e5e77e69f274ee",
    "eventName":"REMOVE",
    "eventVersion":"1.1",
    "eventSource":"aws:dynamodb",
    "awsRegion":"us-east-1",
    "dynamodb":{"SequenceNumber":"112"},
    "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2016-12-01T00:00:00.000",
    "userIdentity":{"principalId":"dynamodb.amazonaws.com",
    "type":"Service"}}
    "#);
}

#[test]
fn a_windowed_event_names_stream_and_shard() {
    let window = EventWindow {
        shard_id: "shardId-00000001480642020123-1a2b3c4d",
        source_arn: ARN,
        ..window(r#"{"1":"state1"}"#)
    };
    insta::assert_snapshot!(lines(&event_json(["1"], Some(&window))), @r#"
    {"Records":[1],
    "window":{"start":"2020-12-09T07:04:00Z",
    "end":"2020-12-09T07:06:00Z"},
    "state":{"1":"state1"},
    "shardId":"shardId-00000001480642020123-1a2b3c4d",
    "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2016-12-01T00:00:00.000",
    "isFinalInvokeForWindow":false,
    "isWindowTerminatedEarly":false}
    "#);
}
