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
