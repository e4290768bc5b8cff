//! What becomes of records that fail for good.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::bench::Bench;

/// Sequence numbers of the records in a failed event.
fn numbers(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap();
    let number = |record: &Value| {
        record["kinesis"]["sequenceNumber"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    records.iter().map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn what_fails_for_good_ends_whole_at_the_failure_destination() {
    let bench = Bench::up(&[
        "SensorBatchSize=4",
        "SensorMaximumRetryAttempts=0",
        "SensorMaximumBatchingWindowInSeconds=0",
        "Timeout=5",
    ]);
    let table = bench.output("SensorTableName");
    bench.aws("dynamodb", "delete_table", &json!({"TableName": table}));
    let stream = bench.output("SensorStreamName");
    let put = |from: u32| -> BTreeSet<String> {
        let records: Vec<Value> = (from..from + 4)
            .map(|n| json!({"PartitionKey": "p", "Data": format!(r#"{{"sensor_id":"s","temperature":{n},"current_time":{n}}}"#)}))
            .collect();
        let answer = bench.aws(
            "kinesis",
            "put_records",
            &json!({"StreamName": stream, "Records": records}),
        );
        let records = answer["Records"].as_array().unwrap();
        records
            .iter()
            .map(|record| record["SequenceNumber"].as_str().unwrap().to_owned())
            .collect()
    };

    let sent = put(1);
    bench.until(|| bench.count("delivered") == 4).await;
    let bucket = bench.output("QuarantineBucketName");
    let list = bench.aws(
        "s3",
        "list_objects_v2",
        &json!({"Bucket": bucket, "Prefix": "aws/lambda/"}),
    );
    let id = bench.output("SensorIngestMappingId");
    let mut parked = BTreeSet::new();
    for object in list["Contents"].as_array().unwrap() {
        let key = object["Key"].as_str().unwrap();
        assert!(
            key.starts_with(&format!("aws/lambda/{id}/shardId-00000000000")),
            "{key}"
        );
        let record = bench.aws("s3", "get_object", &json!({"Bucket": bucket, "Key": key}));
        let record: Value = serde_json::from_str(record["Body"].as_str().unwrap()).unwrap();
        assert_eq!(
            record["requestContext"]["condition"],
            "RetryAttemptsExhausted"
        );
        assert_eq!(
            record["requestContext"]["functionArn"],
            bench.output("SensorIngestFunctionArn")
        );
        assert_eq!(record["version"], "1.0");
        let event: Value = serde_json::from_str(record["payload"].as_str().unwrap()).unwrap();
        let numbers = numbers(&event);
        let info = &record["KinesisBatchInfo"];
        assert_eq!(info["batchSize"], numbers.len());
        assert_eq!(info["startSequenceNumber"], numbers[0].as_str());
        assert_eq!(info["streamArn"], bench.output("SensorStreamArn"));
        parked.extend(numbers);
    }
    assert_eq!(parked, sent);

    // The same with a queue, which the running mapping is changed to. Its role may not send there at first.
    let queue = bench.aws("sqs", "create_queue", &json!({"QueueName": "failures"}));
    let arn = "arn:aws:sqs:us-east-1:000000000000:failures";
    let change = json!({"UUID": id, "DestinationConfig": {"OnFailure": {"Destination": arn}}});
    bench.aws("lambda", "update_event_source_mapping", &change);
    let runs = "SensorIngestFunctionSensorStream: runs ";
    bench.until(|| bench.log().matches(runs).count() == 2).await;
    put(5);
    bench.until(|| bench.count("dropped") == 4).await;
    assert!(bench.log().contains("LOST, as on AWS"), "{}", bench.log());
    assert!(bench.log().contains("sqs:SendMessage"), "{}", bench.log());

    bench.allow("sqs:SendMessage", arn);
    let sent = put(9);
    bench.until(|| bench.count("delivered") == 4).await;
    let mut told = BTreeSet::new();
    while told.len() < 4 {
        let receive =
            json!({"QueueUrl": queue["QueueUrl"], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1});
        let messages = bench.aws("sqs", "receive_message", &receive);
        for message in messages["Messages"].as_array().unwrap() {
            let record: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            assert_eq!(record.get("payload"), None, "a queue gets no payload");
            let info = &record["KinesisBatchInfo"];
            assert_eq!(info["batchSize"], 1);
            told.insert(info["startSequenceNumber"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(told, sent);
    bench.down();
}
