use proptest::prelude::*;
use serde_json::json;

use super::*;

pub(super) fn read(properties: &Value) -> Result<Settings, SettingsError> {
    Settings::from_cloudformation(properties.as_object().unwrap())
}

#[test]
fn nothing_given_means_lambdas_defaults() {
    assert_eq!(read(&json!({})), Ok(Settings::default()));
    let defaults = json!({
        "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "ParallelizationFactor": 1,
        "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": false, "FunctionResponseTypes": [], "TumblingWindowInSeconds": 0,
        "FilterCriteria": {}, "DestinationConfig": {"OnFailure": {}},
    });
    assert_eq!(read(&defaults), Ok(Settings::default()));
    assert_eq!(Settings::default().check(), Ok(()));
}

#[test]
fn every_setting_is_read_from_json_types_and_from_texts() {
    let pattern = json!({"Filters": [{"Pattern": "{\"data\": {\"a\": [1]}}"}]});
    let queue = "arn:aws:sqs:eu-west-1:123456789012:failures";
    let expected = Settings {
        batch_size: 10,
        maximum_batching_window: Duration::from_secs(5),
        parallelization_factor: 2,
        starting_position: StartingPosition::AtTimestamp(Timestamp::from_micros(1_500_000)),
        maximum_retry_attempts: Some(3),
        maximum_record_age: Some(Duration::from_secs(3_600)),
        bisect_batch_on_function_error: true,
        report_batch_item_failures: true,
        tumbling_window: None,
        filters: FilterCriteria::parse(&pattern).unwrap(),
        on_failure: Some(queue.to_owned()),
    };
    let mut properties = json!({
        "BatchSize": 10, "MaximumBatchingWindowInSeconds": 5, "ParallelizationFactor": 2,
        "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1.5, "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 3600, "BisectBatchOnFunctionError": true,
        "FunctionResponseTypes": ["ReportBatchItemFailures"], "TumblingWindowInSeconds": 0,
        "FilterCriteria": pattern, "DestinationConfig": {"OnFailure": {"Destination": queue, "Type": "SQS"}},
    });
    for setting in SETTINGS {
        assert!(properties.get(setting).is_some(), "{setting} is tested");
    }
    assert_eq!(read(&properties), Ok(expected.clone()));
    for value in properties.as_object_mut().unwrap().values_mut() {
        if value.is_number() || value.is_boolean() {
            *value = json!(value.to_string());
        }
    }
    assert_eq!(read(&properties), Ok(expected));
    let windows = read(&json!({"TumblingWindowInSeconds": 30})).unwrap();
    assert_eq!(windows.tumbling_window, Some(Duration::from_secs(30)));
    let latest = read(&json!({"StartingPosition": "LATEST"})).unwrap();
    assert_eq!(latest.starting_position, StartingPosition::Latest);
}

#[test]
fn numbers_have_the_ranges_of_lambdas_api() {
    for (setting, taken, refused, expected) in [
        (
            "BatchSize",
            &[1, 10_000][..],
            &[-1, 0, 10_001][..],
            "a whole number from 1 to 10,000",
        ),
        (
            "MaximumBatchingWindowInSeconds",
            &[0, 300],
            &[-1, 301],
            "a whole number of seconds from 0 to 300",
        ),
        (
            "ParallelizationFactor",
            &[1, 10],
            &[0, 11],
            "a whole number from 1 to 10",
        ),
        (
            "MaximumRetryAttempts",
            &[-1, 0, 10_000],
            &[-2, 10_001, 4_294_967_296],
            "a whole number from 0 to 10,000, or -1 to retry without end",
        ),
        (
            "MaximumRecordAgeInSeconds",
            &[-1, 60, 604_800],
            &[-2, 0, 1, 59, 604_801],
            "a whole number of seconds from 60 to 604,800, or -1 for any age; Lambda takes no limit under a minute",
        ),
        (
            "TumblingWindowInSeconds",
            &[0, 1, 900],
            &[-1, 901, i64::MAX],
            "a whole number of seconds from 1 to 900, or 0 for no windows",
        ),
    ] {
        for value in taken {
            assert!(read(&json!({setting: value})).is_ok(), "{setting} {value}");
            let text = value.to_string();
            assert!(read(&json!({setting: text})).is_ok(), "{setting} {value}");
        }
        let of_wrong_type = [
            "null", "true", "1.5", "[1]", "{}", "\"\"", "\"1.5\"", "\"+1\"", "\" 1\"", "1e30",
        ];
        let texts = refused.iter().map(|number| format!("\"{number}\""));
        let refused = refused.iter().map(i64::to_string);
        let wrong = of_wrong_type.into_iter().map(str::to_owned);
        for value in refused.chain(texts).chain(wrong) {
            let properties = format!("{{\"{setting}\": {value}}}");
            let properties: Value = serde_json::from_str(&properties).unwrap();
            let shown = properties[setting].to_string();
            assert_eq!(
                read(&properties).unwrap_err().to_string(),
                format!("{setting} is {shown}: must be {expected}")
            );
            assert_eq!(read(&properties).unwrap_err().setting(), setting);
        }
    }
}

#[test]
fn destinations_are_standard_queues_and_topics_buckets_and_kafka_topics() {
    for arn in [
        "arn:aws:sqs:eu-west-1:123456789012:q",
        "arn:aws-cn:sns:cn-north-1:123456789012:t",
        "arn:aws:s3:::bucket.fifo",
        "kafka://topic",
    ] {
        let properties = json!({"DestinationConfig": {"OnFailure": {"Destination": arn}}});
        assert_eq!(read(&properties).unwrap().on_failure.as_deref(), Some(arn));
    }
}

#[test]
fn settings_made_by_hand_are_checked_too() {
    type Change = fn(&mut Settings);
    let settings = |change: Change| {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.check().map_err(|error| error.to_string())
    };
    let seconds = Duration::from_secs;
    assert_eq!(settings(|_| {}), Ok(()));
    let ranged: [(Change, &str); 10] = [
        (|s| s.batch_size = 0, "BatchSize is 0"),
        (
            |s| s.batch_size = usize::MAX,
            "BatchSize is 18446744073709551615",
        ),
        (
            |s| s.maximum_batching_window = Duration::from_millis(1_500),
            "MaximumBatchingWindowInSeconds is 1.5s",
        ),
        (
            |s| s.parallelization_factor = 11,
            "ParallelizationFactor is 11",
        ),
        (
            |s| s.maximum_retry_attempts = Some(10_001),
            "MaximumRetryAttempts is 10001",
        ),
        (
            |s| s.maximum_record_age = Some(Duration::from_secs(59)),
            "MaximumRecordAgeInSeconds is 59",
        ),
        (
            |s| s.tumbling_window = Some(Duration::ZERO),
            "TumblingWindowInSeconds is 0",
        ),
        (
            |s| s.tumbling_window = Some(Duration::MAX),
            "TumblingWindowInSeconds is 18446744073709551615.999999999s",
        ),
        (
            |s| s.starting_position = StartingPosition::AtTimestamp(Timestamp::from_micros(-1)),
            "StartingPositionTimestamp is 1969-12-31T23:59:59.999999Z",
        ),
        (
            |s| s.on_failure = Some(String::new()),
            "DestinationConfig.OnFailure.Destination is \"\"",
        ),
    ];
    for (change, expected) in ranged {
        let message = settings(change).unwrap_err();
        assert!(
            message.starts_with(&format!("{expected}: must be ")),
            "{message}"
        );
    }
    let parallel = Settings {
        parallelization_factor: 10,
        tumbling_window: Some(seconds(1)),
        ..Settings::default()
    };
    let expected = SettingsError::ParallelWindows {
        factor: 10,
        seconds: 1,
    };
    assert_eq!(parallel.check_kinesis(), Err(expected.clone()));
    assert_eq!(parallel.check_dynamodb(), Err(expected));
}

#[test]
fn each_kind_of_stream_refuses_what_it_does_not_take() {
    let settings =
        read(&json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "5"}))
            .unwrap();
    assert_eq!(settings.check_kinesis(), Ok(()));
    let error = settings.check_dynamodb().unwrap_err();
    assert_eq!(
        error.to_string(),
        "StartingPosition is AT_TIMESTAMP: must be TRIM_HORIZON or LATEST for a DynamoDB stream"
    );
    assert_eq!(error.setting(), "StartingPosition");

    let pattern =
        json!({"FilterCriteria": {"Filters": [{"Pattern": "{\"eventName\": [\"INSERT\"]}"}]}});
    let settings = read(&pattern).unwrap();
    assert_eq!(settings.check_dynamodb(), Ok(()));
    let error = settings.check_kinesis().unwrap_err();
    assert_eq!(
        error.to_string(),
        "FilterCriteria.Filters[0].Pattern filters on \"eventName\": a Kinesis mapping filters on data only"
    );
    assert_eq!(error.setting(), "FilterCriteria");
}

proptest! {
    #[test]
    fn any_value_is_read_or_refused_on_one_line(
        index in 0..SETTINGS.len(),
        number in any::<i64>(),
        text in any::<String>(),
        name in any::<String>(),
    ) {
        for value in [json!(number), json!(text), json!([text]), json!({text: number}), json!([{"OnFailure": null}])] {
            for name in [SETTINGS[index], &name] {
                if let Err(error) = read(&json!({name: value})) {
                    prop_assert!(!error.to_string().contains('\n'));
                    prop_assert!(error.setting() == name || error.setting() == "StartingPositionTimestamp");
                }
            }
        }
    }
}
