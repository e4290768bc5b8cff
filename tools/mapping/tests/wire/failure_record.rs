use mapping::event::failed_event_json;
use mapping::failure_record::{FailureContext, FailureRecord, s3_key};
use mapping::{Condition, FailedWindow, Failure, ResponseContext};
use records::StreamKind;
use serde_json::Value;

use super::{SHARD_ID, STREAM_ARN, failure, lines, millis, seconds};

fn context(stream: StreamKind) -> FailureContext<'static> {
    FailureContext {
        request_id: "c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
        function_arn: "arn:aws:lambda:us-east-2:123456789012:function:myfunction",
        stream,
        stream_arn: STREAM_ARN,
        shard_id: SHARD_ID,
        now: millis(1_573_691_886_021),
    }
}

fn told<P>(failure: &Failure<P>, stream: StreamKind) -> String {
    serde_json::to_string(&FailureRecord::new(failure, &context(stream))).unwrap()
}

#[test]
fn an_exception_on_a_kinesis_stream() {
    insta::assert_snapshot!(lines(&told(&failure(), StreamKind::Kinesis)), @r#"
    {"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
    "functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction",
    "condition":"RetryAttemptsExhausted",
    "approximateInvokeCount":3},
    "responseContext":{"statusCode":200,
    "executedVersion":"$LATEST",
    "functionError":"Unhandled"},
    "version":"1.0",
    "timestamp":"2019-11-14T00:38:06.021Z",
    "KinesisBatchInfo":{"shardId":"shardId-000000000006",
    "startSequenceNumber":"101",
    "endSequenceNumber":"102",
    "approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",
    "approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z",
    "batchSize":2,
    "streamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"}}
    "#);
}

#[test]
fn a_dynamodb_stream_has_its_own_key_and_times_to_the_second() {
    insta::assert_snapshot!(lines(&told(&failure(), StreamKind::DynamoDb)), @r#"
    {"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
    "functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction",
    "condition":"RetryAttemptsExhausted",
    "approximateInvokeCount":3},
    "responseContext":{"statusCode":200,
    "executedVersion":"$LATEST",
    "functionError":"Unhandled"},
    "version":"1.0",
    "timestamp":"2019-11-14T00:38:06Z",
    "DDBStreamBatchInfo":{"shardId":"shardId-000000000006",
    "startSequenceNumber":"101",
    "endSequenceNumber":"102",
    "approximateArrivalOfFirstRecord":"2019-11-14T00:38:04Z",
    "approximateArrivalOfLastRecord":"2019-11-14T00:38:05Z",
    "batchSize":2,
    "streamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"}}
    "#);
}

#[test]
fn a_failure_that_the_answer_reported_has_no_function_error() {
    let failure = Failure {
        response: Some(ResponseContext {
            function_error: None,
        }),
        ..failure()
    };
    insta::assert_snapshot!(lines(&told(&failure, StreamKind::Kinesis)), @r#"
    {"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
    "functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction",
    "condition":"RetryAttemptsExhausted",
    "approximateInvokeCount":3},
    "responseContext":{"statusCode":200,
    "executedVersion":"$LATEST",
    "functionError":null},
    "version":"1.0",
    "timestamp":"2019-11-14T00:38:06.021Z",
    "KinesisBatchInfo":{"shardId":"shardId-000000000006",
    "startSequenceNumber":"101",
    "endSequenceNumber":"102",
    "approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",
    "approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z",
    "batchSize":2,
    "streamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"}}
    "#);
}

#[test]
fn records_too_old_have_no_response() {
    let failure = Failure {
        condition: Condition::RecordAgeExceeded,
        response: None,
        ..failure()
    };
    insta::assert_snapshot!(lines(&told(&failure, StreamKind::Kinesis)), @r#"
    {"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
    "functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction",
    "condition":"RecordAgeExceeded",
    "approximateInvokeCount":3},
    "version":"1.0",
    "timestamp":"2019-11-14T00:38:06.021Z",
    "KinesisBatchInfo":{"shardId":"shardId-000000000006",
    "startSequenceNumber":"101",
    "endSequenceNumber":"102",
    "approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",
    "approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z",
    "batchSize":2,
    "streamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"}}
    "#);
}

#[test]
fn s3_gets_the_whole_event_as_a_string() {
    let failure = failure();
    let event = failed_event_json(&failure, SHARD_ID, STREAM_ARN);
    let record = FailureRecord::new(&failure, &context(StreamKind::Kinesis)).with_payload(&event);
    let text = serde_json::to_string(&record).unwrap();
    insta::assert_snapshot!(lines(&text), @r#"
    {"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
    "functionArn":"arn:aws:lambda:us-east-2:123456789012:function:myfunction",
    "condition":"RetryAttemptsExhausted",
    "approximateInvokeCount":3},
    "responseContext":{"statusCode":200,
    "executedVersion":"$LATEST",
    "functionError":"Unhandled"},
    "version":"1.0",
    "timestamp":"2019-11-14T00:38:06.021Z",
    "KinesisBatchInfo":{"shardId":"shardId-000000000006",
    "startSequenceNumber":"101",
    "endSequenceNumber":"102",
    "approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",
    "approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z",
    "batchSize":2,
    "streamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"},
    "payload":"{\"Records\":[{\"eventID\":\"1\"},{\"eventID\":\"2\"}]}"}
    "#);
}

#[test]
fn the_payload_of_a_failed_window_is_the_windowed_event() {
    let failure = Failure {
        records: Vec::new(),
        window: Some(FailedWindow {
            start: seconds(1_573_691_880),
            end: seconds(1_573_692_000),
            state: r#"{ "1":282 }"#.to_owned(),
            is_final: true,
            terminated_early: false,
        }),
        ..failure()
    };
    let event = failed_event_json(&failure, SHARD_ID, STREAM_ARN);
    insta::assert_snapshot!(lines(&event), @r#"
    {"Records":[],
    "window":{"start":"2019-11-14T00:38:00Z",
    "end":"2019-11-14T00:40:00Z"},
    "state":{ "1":282 },
    "shardId":"shardId-000000000006",
    "eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream",
    "isFinalInvokeForWindow":true,
    "isWindowTerminatedEarly":false}
    "#);

    let record = FailureRecord::new(&failure, &context(StreamKind::Kinesis)).with_payload(&event);
    let record: Value = serde_json::to_value(&record).unwrap();
    assert_eq!(record["payload"], event);
    assert_eq!(record["KinesisBatchInfo"]["batchSize"], 2);
}

#[test]
fn objects_in_s3_are_named_by_mapping_shard_and_second() {
    assert_eq!(
        s3_key(
            "11111111-2222-3333-4444-555555555555",
            SHARD_ID,
            millis(1_573_691_886_021),
            "66666666-7777-8888-9999-000000000000"
        ),
        "aws/lambda/11111111-2222-3333-4444-555555555555/shardId-000000000006/2019/11/14/\
         2019-11-14T00.38.06-66666666-7777-8888-9999-000000000000"
    );
}
