//! Rule: a stream mapping neither blocks its shard for good nor drops a record.

use serde_json::{Value, json};
use testkit::Template;

use crate::values::{functions, range, stream_events};

/// How long the stream of a table keeps a record, in seconds (DynamoDB developer guide, "Change data capture for
/// DynamoDB Streams").
const TABLE_STREAM_RETENTION: i64 = 24 * 3_600;

pub(crate) fn complaints(template: &Template) -> Vec<String> {
    let mut complaints: Vec<String> = template
        .of_type("AWS::Lambda::EventSourceMapping")
        .map(|(id, _)| format!("{id}: make it an event of its function, where this rule sees it"))
        .collect();
    for (function, resource) in functions(template) {
        for (event, mapping) in stream_events(resource) {
            let of_mapping = |complaint| format!("{function}/{event}: {complaint}");
            let found = mapping_complaints(template, mapping);
            complaints.extend(found.into_iter().map(of_mapping));
            let age = range(template, &mapping["MaximumRecordAgeInSeconds"]);
            let of_table = resource["Properties"]["Events"][event]["Type"] == "DynamoDB";
            if of_table && age.is_some_and(|(_, most)| most >= TABLE_STREAM_RETENTION) {
                complaints.push(format!(
                    "{function}/{event}: MaximumRecordAgeInSeconds reaches the 24 hours of a table's stream: \
                     records expire before they are parked"
                ));
            }
        }
    }
    complaints
}

fn mapping_complaints(template: &Template, mapping: &Value) -> Vec<&'static str> {
    let within = |setting: &str, least: i64, most: i64| {
        range(template, &mapping[setting]).is_some_and(|(min, max)| least <= min && max <= most)
    };
    let windowed = !mapping["TumblingWindowInSeconds"].is_null();
    let reports = mapping["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]);
    let destination = &mapping["DestinationConfig"]["OnFailure"];
    let rules = [
        (
            windowed || reports,
            "FunctionResponseTypes is not [ReportBatchItemFailures]: a partial failure counts as success",
        ),
        (
            !windowed || mapping["FunctionResponseTypes"].is_null(),
            "FunctionResponseTypes with a tumbling window: what a partial failure means there is documented nowhere",
        ),
        (
            !windowed || mapping["ParallelizationFactor"].is_null(),
            "ParallelizationFactor with a tumbling window: Lambda allows only one batch at a time",
        ),
        (
            mapping["StartingPosition"] == "TRIM_HORIZON",
            "StartingPosition is not TRIM_HORIZON: records can be missed while the mapping is set up",
        ),
        (
            within("BatchSize", 1, 10_000),
            "BatchSize is not within 1 to 10,000",
        ),
        (
            within("MaximumBatchingWindowInSeconds", 0, 300),
            "MaximumBatchingWindowInSeconds is not within 0 to 300",
        ),
        (
            mapping["BisectBatchOnFunctionError"] == true,
            "BisectBatchOnFunctionError is not true: one record that crashes the function takes its batch along",
        ),
        (
            within("MaximumRetryAttempts", 0, 10_000),
            "MaximumRetryAttempts is not within 0 to 10,000: -1 blocks the shard until the records expire",
        ),
        (
            within("MaximumRecordAgeInSeconds", 60, 604_800),
            "MaximumRecordAgeInSeconds is not within 60 to 604,800: -1 blocks the shard until the records expire",
        ),
        (
            destination["Type"] == "S3" && !destination["Destination"].is_null(),
            "DestinationConfig.OnFailure is not of the type S3: elsewhere the records themselves are not kept",
        ),
        (
            mapping["MetricsConfig"] == json!({"Metrics": ["EventCount"]}),
            "MetricsConfig.Metrics is not [EventCount]: dropped records are not counted",
        ),
    ];
    rules
        .into_iter()
        .filter(|(kept, _)| !kept)
        .map(|(_, complaint)| complaint)
        .collect()
}

/// A function with one mapping that keeps the rule.
const GOOD: &str = "
Parameters:
  Attempts: {Type: Number, Default: 5, MinValue: 0, MaxValue: 100}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Stream:
          Type: Kinesis
          Properties:
            StartingPosition: TRIM_HORIZON
            BatchSize: 100
            MaximumBatchingWindowInSeconds: 0
            FunctionResponseTypes: [ReportBatchItemFailures]
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: !Ref Attempts
            MaximumRecordAgeInSeconds: 3600
            DestinationConfig: {OnFailure: {Type: S3, Destination: !GetAtt Bucket.Arn}}
            MetricsConfig: {Metrics: [EventCount]}
";

#[test]
fn each_missing_or_wrong_setting_is_seen() {
    crate::check_rule(
        complaints,
        GOOD,
        &[
            (
                "FunctionResponseTypes: [ReportBatchItemFailures]",
                "",
                "FunctionResponseTypes is not",
            ),
            (
                "[ReportBatchItemFailures]",
                "[]",
                "FunctionResponseTypes is not",
            ),
            ("TRIM_HORIZON", "LATEST", "StartingPosition"),
            ("BatchSize: 100", "", "BatchSize"),
            ("BatchSize: 100", "BatchSize: 0", "BatchSize"),
            (
                "MaximumBatchingWindowInSeconds: 0",
                "",
                "MaximumBatchingWindowInSeconds",
            ),
            (
                "BisectBatchOnFunctionError: true",
                "",
                "BisectBatchOnFunctionError",
            ),
            (
                "BisectBatchOnFunctionError: true",
                "BisectBatchOnFunctionError: false",
                "BisectBatchOnFunctionError",
            ),
            (
                "MaximumRetryAttempts: !Ref Attempts",
                "",
                "MaximumRetryAttempts",
            ),
            ("MinValue: 0", "MinValue: -1", "MaximumRetryAttempts"),
            ("MinValue: 0, ", "", "MaximumRetryAttempts"),
            ("Ref Attempts", "Ref Unknown", "MaximumRetryAttempts"),
            ("3600", "-1", "MaximumRecordAgeInSeconds"),
            ("3600", "59", "MaximumRecordAgeInSeconds"),
            ("Type: S3, ", "", "OnFailure"),
            ("Type: S3", "Type: SQS", "OnFailure"),
            (", Destination: !GetAtt Bucket.Arn", "", "OnFailure"),
            ("Metrics: [EventCount]", "Metrics: []", "MetricsConfig"),
            (
                "MetricsConfig: {Metrics: [EventCount]}",
                "",
                "MetricsConfig",
            ),
        ],
    );
}

#[test]
fn a_mapping_with_a_window_has_rules_of_its_own() {
    let windowed = GOOD.replace(
        "FunctionResponseTypes: [ReportBatchItemFailures]",
        "TumblingWindowInSeconds: 60",
    );
    crate::check_rule(
        complaints,
        &windowed,
        &[
            (
                "TumblingWindowInSeconds: 60",
                "TumblingWindowInSeconds: 60\n            ParallelizationFactor: 2",
                "ParallelizationFactor",
            ),
            (
                "TumblingWindowInSeconds: 60",
                "TumblingWindowInSeconds: 60\n            FunctionResponseTypes: [ReportBatchItemFailures]",
                "FunctionResponseTypes with",
            ),
        ],
    );
}

#[test]
fn records_of_a_table_are_parked_before_they_expire() {
    let of_table = GOOD.replace("Type: Kinesis", "Type: DynamoDB");
    let late = ("3600", "86400", "24 hours of a table's stream");
    crate::check_rule(complaints, &of_table, &[late]);
}

#[test]
fn every_function_and_both_kinds_of_stream_are_looked_at() {
    let fault = GOOD
        .replace("BatchSize: 100", "BatchSize: 0")
        .replace("Kinesis", "DynamoDB");
    assert_eq!(complaints(&Template::parse(&fault)).len(), 1);
    let second = GOOD.replace("Resources:", "Resources:\n  Other: {Type: 'AWS::Serverless::Function', Properties: {Events: {E: {Type: Kinesis, Properties: {}}}}}");
    assert!(
        complaints(&Template::parse(&second))
            .iter()
            .all(|complaint| complaint.starts_with("Other/E: "))
    );
    assert_eq!(complaints(&Template::parse(&second)).len(), 9);
    let bare = GOOD.replace(
        "Resources:",
        "Resources:\n  Bare: {Type: 'AWS::Lambda::EventSourceMapping'}",
    );
    assert_eq!(complaints(&Template::parse(&bare)).len(), 1);
}
