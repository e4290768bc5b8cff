use aws_sdk_lambda::types::{DestinationConfig, EventSourcePosition, Filter, OnFailure};
use mapping::StartingPosition;

use super::*;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn template(properties: Value) -> TemplateMapping {
    TemplateMapping {
        logical_id: "Mapping".to_owned(),
        properties: object(properties),
    }
}

/// What the emulator says of a mapping of the template.
fn api() -> EventSourceMappingConfiguration {
    let on_failure = OnFailure::builder()
        .destination("arn:aws:s3:::quarantine")
        .build();
    EventSourceMappingConfiguration::builder()
        .batch_size(10)
        .maximum_batching_window_in_seconds(0)
        .starting_position(EventSourcePosition::TrimHorizon)
        .maximum_retry_attempts(3)
        .bisect_batch_on_function_error(true)
        .function_response_types(FunctionResponseType::ReportBatchItemFailures)
        .filter_criteria(
            FilterCriteria::builder()
                .filters(Filter::builder().pattern(r#"{"data":{"a":[1]}}"#).build())
                .build(),
        )
        .destination_config(DestinationConfig::builder().on_failure(on_failure).build())
        .build()
}

#[test]
fn settings_come_from_the_api_and_the_rest_from_the_template() {
    let template = template(json!({
        "EventSourceArn": {"Fn::GetAtt": ["Stream", "Arn"]},
        "FunctionName": {"Ref": "Function"},
        "Enabled": "true",
        "BatchSize": "10",
        "MaximumRetryAttempts": {"Ref": "Retries"},
        "TumblingWindowInSeconds": "30",
        "DestinationConfig": {"OnFailure": {"Type": "S3", "Destination": {"Fn::GetAtt": ["Bucket", "Arn"]}}},
        "MetricsConfig": {"Metrics": ["EventCount"]},
        "Tags": [],
    }));
    let properties = properties(&api(), Some(&template)).unwrap();
    let settings = Settings::from_cloudformation(&properties).unwrap();
    assert_eq!(settings.batch_size, 10);
    assert_eq!(settings.maximum_retry_attempts, Some(3));
    assert_eq!(
        settings.tumbling_window,
        Some(Duration::from_secs(30)),
        "the API does not tell it"
    );
    assert_eq!(settings.starting_position, StartingPosition::TrimHorizon);
    assert_eq!(
        settings.on_failure.as_deref(),
        Some("arn:aws:s3:::quarantine")
    );
    assert!(settings.bisect_batch_on_function_error && settings.report_batch_item_failures);
    assert!(settings.filters.passes_kinesis(br#"{"a":1}"#));
    assert!(!settings.filters.passes_kinesis(br#"{"a":2}"#));
}

#[test]
fn a_batch_size_that_is_not_given_is_the_one_of_aws() {
    for (properties_of_template, said, expected) in [
        (Some(json!({})), 10, 100),
        (Some(json!({})), 25, 25),
        (Some(json!({"BatchSize": 10})), 10, 10),
        (None, 10, 10),
    ] {
        let api = EventSourceMappingConfiguration::builder()
            .batch_size(said)
            .build();
        let template = properties_of_template.map(template);
        let properties = properties(&api, template.as_ref()).unwrap();
        let settings = Settings::from_cloudformation(&properties).unwrap();
        assert_eq!(settings.batch_size, expected);
    }
}

#[test]
fn what_cannot_be_run_is_named_with_the_reason() {
    for (properties_of_template, expected) in [
        (
            json!({"TumblingWindowInSeconds": {"Fn::GetAtt": ["Custom", "Seconds"]}}),
            "TumblingWindowInSeconds: is {\"Fn::GetAtt\":[\"Custom\",\"Seconds\"]}, which is known to AWS only",
        ),
        (
            json!({"Topics": ["orders"]}),
            "Topics: is for mappings of Kafka",
        ),
        (
            json!({"Queues": ["orders"]}),
            "Queues: is for mappings of Amazon MQ",
        ),
    ] {
        let error = properties(&api(), Some(&template(properties_of_template))).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn streams_are_known_by_their_arn() {
    let table =
        "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2026-11-21T00:00:00.000";
    for (arn, kind, region, name) in [
        (
            "arn:aws:kinesis:us-east-1:000000000000:stream/readings",
            StreamKind::Kinesis,
            "us-east-1",
            "readings",
        ),
        (table, StreamKind::DynamoDb, "eu-west-1", "orders"),
    ] {
        let stream = StreamArn::parse(arn).unwrap();
        assert_eq!(
            (stream.kind, stream.region.as_str(), stream.name.as_str()),
            (kind, region, name)
        );
        assert_eq!(stream.arn, arn);
    }
    for (arn, expected) in [
        ("", "EventSourceArn: \"\" is no stream"),
        (
            "arn:aws:kafka:us-east-1:0:cluster/c/1",
            "EventSourceArn: \"arn:aws:kafka:us-east-1:0:cluster/c/1\" is no stream",
        ),
        (
            "arn:aws:kinesis:us-east-1:0:stream/s/consumer/c:1",
            "EventSourceArn: arn:aws:kinesis:us-east-1:0:stream/s/consumer/c:1 is a consumer with enhanced fan-out",
        ),
        (
            "arn:aws:dynamodb:us-east-1:0:table/orders",
            "EventSourceArn: arn:aws:dynamodb:us-east-1:0:table/orders is not the ARN of a stream",
        ),
    ] {
        let error = StreamArn::parse(arn).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn destinations_are_buckets_and_queues() {
    assert_eq!(
        Destination::parse("arn:aws:s3:::quarantine").unwrap(),
        Destination::S3 {
            bucket: "quarantine".to_owned()
        }
    );
    assert_eq!(
        Destination::parse("arn:aws:sqs:us-east-1:000000000000:failures").unwrap(),
        Destination::Sqs {
            queue: "failures".to_owned()
        }
    );
    for arn in ["arn:aws:sns:us-east-1:0:topic", "kafka://topic"] {
        let error = Destination::parse(arn).unwrap_err().to_string();
        assert!(
            error.starts_with("DestinationConfig.OnFailure.Destination: "),
            "{error}"
        );
    }
}
