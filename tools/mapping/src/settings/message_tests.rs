use serde_json::json;

use super::tests::read;
use super::*;

fn assert_message(properties: &Value, expected: &str) {
    let error = read(properties).unwrap_err();
    assert_eq!(error.to_string(), expected);
    let setting = error.setting().escape_debug().to_string();
    assert!(expected.starts_with(&setting), "{expected}");
}

#[test]
fn a_mistake_is_told_with_the_setting_the_value_and_what_would_be_right() {
    for (properties, expected) in [
        (
            json!({"BisectBatchOnFunctionError": "yes"}),
            "BisectBatchOnFunctionError is \"yes\": must be true or false".to_owned(),
        ),
        (
            json!({"BisectBatchOnFunctionError": 1}),
            "BisectBatchOnFunctionError is 1: must be true or false".to_owned(),
        ),
        (
            json!({"FunctionResponseTypes": "ReportBatchItemFailures"}),
            "FunctionResponseTypes is \"ReportBatchItemFailures\": must be [\"ReportBatchItemFailures\"] or []"
                .to_owned(),
        ),
        (
            json!({"FunctionResponseTypes": ["x"]}),
            "FunctionResponseTypes is [\"x\"]: must be [\"ReportBatchItemFailures\"] or []".to_owned(),
        ),
        (
            json!({"FunctionResponseTypes": ["ReportBatchItemFailures", "ReportBatchItemFailures"]}),
            "FunctionResponseTypes is [\"ReportBatchItemFailures\",\"ReportBatchItemFailures\"]: \
             must be [\"ReportBatchItemFailures\"] or []"
                .to_owned(),
        ),
        (
            json!({"StartingPosition": "latest"}),
            "StartingPosition is \"latest\": must be TRIM_HORIZON, LATEST or AT_TIMESTAMP".to_owned(),
        ),
        (
            json!({"StartingPosition": "AT_TIMESTAMP"}),
            "StartingPositionTimestamp is missing: must be the seconds since 1970 to start at, \
             as StartingPosition is AT_TIMESTAMP"
                .to_owned(),
        ),
        (
            json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "2026-01-01"}),
            "StartingPositionTimestamp is \"2026-01-01\": must be a number of seconds since 1970".to_owned(),
        ),
        (
            json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": -1}),
            "StartingPositionTimestamp is -1: must be a number of seconds since 1970".to_owned(),
        ),
        (
            json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": null}),
            "StartingPositionTimestamp is null: must be a number of seconds since 1970".to_owned(),
        ),
        (
            json!({"StartingPosition": "LATEST", "StartingPositionTimestamp": 5}),
            "StartingPositionTimestamp is 5: must be left out unless StartingPosition is AT_TIMESTAMP".to_owned(),
        ),
        (
            json!({"StartingPositionTimestamp": 5}),
            "StartingPositionTimestamp is 5: must be left out unless StartingPosition is AT_TIMESTAMP".to_owned(),
        ),
        (
            json!({"ParallelizationFactor": 2, "TumblingWindowInSeconds": 30}),
            "ParallelizationFactor is 2: must be 1 with tumbling windows, as TumblingWindowInSeconds is 30".to_owned(),
        ),
        (
            json!({"FilterCriteria": {"Filters": [{"Pattern": "x"}]}}),
            "FilterCriteria.Filters[0].Pattern is not JSON: expected value at line 1 column 1".to_owned(),
        ),
        (
            json!({"ScalingConfig": {"MaximumConcurrency": 5}}),
            "ScalingConfig is not for streams: it belongs to mappings for Amazon SQS".to_owned(),
        ),
        (
            json!({"EventSourceArn": "arn"}),
            "EventSourceArn is no setting: it belongs to the resource and has to be left out here".to_owned(),
        ),
        (
            json!({"BatchSise": 1}),
            "BatchSise is no setting of a mapping for a stream: did you mean BatchSize?".to_owned(),
        ),
        (
            json!({"colour\n": 1}),
            format!(
                "colour\\n is no setting of a mapping for a stream: there are {}",
                SETTINGS.join(", ")
            ),
        ),
    ] {
        assert_message(&properties, &expected);
    }
}

#[test]
fn a_destination_that_lambda_does_not_take_is_told() {
    let destination = "must be the ARN of a standard SQS queue, a standard SNS topic or an S3 bucket, \
                       or kafka:// and a topic; Lambda takes no FIFO queue or topic";
    let on_failure = |destination: Value| json!({"DestinationConfig": {"OnFailure": {"Destination": destination}}});
    for (properties, expected) in [
        (
            json!({"DestinationConfig": "arn"}),
            "DestinationConfig is \"arn\": must be an object with OnFailure".to_owned(),
        ),
        (
            json!({"DestinationConfig": {"onFailure": {}}}),
            "DestinationConfig is {\"onFailure\":{}}: must be an object with OnFailure".to_owned(),
        ),
        (
            json!({"DestinationConfig": {"OnSuccess": {"Destination": "arn"}}}),
            "DestinationConfig.OnSuccess is {\"Destination\":\"arn\"}: \
             must be left out: a mapping tells of failures only"
                .to_owned(),
        ),
        (
            json!({"DestinationConfig": {"OnFailure": {"Type": "SQS"}}}),
            "DestinationConfig.OnFailure is {\"Type\":\"SQS\"}: \
             must be an object with the ARN of a queue, topic or bucket as Destination"
                .to_owned(),
        ),
        (
            json!({"DestinationConfig": {"OnFailure": []}}),
            "DestinationConfig.OnFailure is []: \
             must be an object with the ARN of a queue, topic or bucket as Destination"
                .to_owned(),
        ),
        (
            on_failure(json!("arn:aws:sqs:eu-west-1:123456789012:q.fifo")),
            format!(
                "DestinationConfig.OnFailure.Destination is \"arn:aws:sqs:eu-west-1:123456789012:q.fifo\": {destination}"
            ),
        ),
        (
            on_failure(json!("arn:aws:sns:eu-west-1:123456789012:t.fifo")),
            format!(
                "DestinationConfig.OnFailure.Destination is \"arn:aws:sns:eu-west-1:123456789012:t.fifo\": {destination}"
            ),
        ),
        (
            on_failure(json!("my-queue")),
            format!("DestinationConfig.OnFailure.Destination is \"my-queue\": {destination}"),
        ),
        (
            on_failure(json!({"Fn::GetAtt": ["Queue", "Arn"]})),
            format!(
                "DestinationConfig.OnFailure.Destination is {{\"Fn::GetAtt\":[\"Queue\",\"Arn\"]}}: {destination}"
            ),
        ),
    ] {
        assert_message(&properties, &expected);
    }
}

#[test]
fn the_nearest_setting_is_suggested() {
    for (name, expected) in [
        ("batchSize", Some("BatchSize")),
        ("batch_size", Some("BatchSize")),
        ("BatchingWindow", Some("MaximumBatchingWindowInSeconds")),
        (
            "MaximumBatchingWindowInSecond",
            Some("MaximumBatchingWindowInSeconds"),
        ),
        ("ParallelisationFactor", Some("ParallelizationFactor")),
        ("TumblingWindow", Some("TumblingWindowInSeconds")),
        ("BisectBatchOnError", Some("BisectBatchOnFunctionError")),
        ("FunctionResponseType", Some("FunctionResponseTypes")),
        ("StartingPositon", Some("StartingPosition")),
        ("Batch", Some("BatchSize")),
        ("Stream", None),
        ("", None),
        ("é", None),
    ] {
        assert_eq!(names::nearest(name), expected, "{name}");
    }
}

#[test]
fn properties_that_are_no_settings_are_refused_with_the_reason() {
    for (name, sources) in OTHER_SOURCES {
        assert_eq!(
            read(&json!({name: {}})).unwrap_err().to_string(),
            format!("{name} is not for streams: it belongs to mappings for {sources}")
        );
    }
    for name in RESOURCE_PROPERTIES {
        assert_eq!(
            read(&json!({name: {}})),
            Err(SettingsError::NotASetting { setting: name })
        );
    }
}
