//! Rule: nothing that needs a person goes by without an alarm.

use serde_json::{Value, json};
use testkit::Template;

use crate::values::{functions, references, stream_events};

/// What an alarm watches: namespace, metric, its only dimension and that one's value.
type Watched = (&'static str, &'static str, &'static str, Value);

pub(crate) fn complaints(template: &Template) -> Vec<String> {
    let mut complaints = Vec::new();
    for (function, resource) in functions(template) {
        for (namespace, metric, dimension, value) in wanted(function, resource) {
            let watches = |alarm: &Value| {
                alarm["Namespace"] == namespace
                    && alarm["MetricName"] == metric
                    && alarm["Dimensions"] == json!([{"Name": dimension, "Value": value}])
            };
            if !alarms(template).any(|(_, alarm)| watches(alarm)) {
                complaints.push(format!(
                    "{function}: no alarm on {metric} of {dimension} {value}"
                ));
            }
        }
    }
    let shown = template
        .of_type("AWS::CloudWatch::Dashboard")
        .flat_map(|(_, dashboard)| references(&dashboard["Properties"]["DashboardBody"]))
        .collect::<Vec<_>>();
    for (id, alarm) in alarms(template) {
        for property in [
            "AlarmDescription",
            "TreatMissingData",
            "AlarmActions",
            "OKActions",
        ] {
            if alarm[property].is_null() {
                complaints.push(format!("{id}: no {property}"));
            }
        }
        if !shown.iter().any(|name| name == id) {
            complaints.push(format!("{id}: not on a dashboard"));
        }
    }
    complaints
}

/// The alarms with their logical ids and properties.
pub(crate) fn alarms(template: &Template) -> impl Iterator<Item = (&str, &Value)> {
    template
        .of_type("AWS::CloudWatch::Alarm")
        .map(|(id, alarm)| (id, &alarm["Properties"]))
}

/// The alarms that a function has to have.
fn wanted(function: &str, resource: &Value) -> Vec<Watched> {
    let binary = &resource["Metadata"]["BuildProperties"]["Binary"];
    let mut wanted = Vec::new();
    for metric in ["Errors", "Throttles"] {
        wanted.push((
            "AWS/Lambda",
            metric,
            "FunctionName",
            json!({"Ref": function}),
        ));
    }
    let own = |metric| ("Sluicegate", metric, "Function", binary.clone());
    wanted.push(own("InvocationFailures"));
    // Only what comes from a stream can be put aside.
    if stream_events(resource).next().is_some() {
        wanted.push(own("RecordsQuarantined"));
    }
    for (event, mapping) in stream_events(resource) {
        for metric in ["IteratorAge", "DestinationDeliveryFailures"] {
            wanted.push((
                "AWS/Lambda",
                metric,
                "FunctionName",
                json!({"Ref": function}),
            ));
        }
        // SAM names the mapping after the function and the event, and its Ref is the UUID.
        let mapping_id = json!({"Ref": format!("{function}{event}")});
        for metric in [
            "PolledEventCount",
            "DroppedEventCount",
            "OnFailureDestinationDeliveredEventCount",
        ] {
            wanted.push((
                "AWS/Lambda",
                metric,
                "EventSourceMappingUUID",
                mapping_id.clone(),
            ));
        }
        let stream = &mapping["Stream"]["Fn::GetAtt"][0];
        if resource["Properties"]["Events"][event]["Type"] == "Kinesis" && !stream.is_null() {
            for metric in [
                "ReadProvisionedThroughputExceeded",
                "WriteProvisionedThroughputExceeded",
            ] {
                wanted.push(("AWS/Kinesis", metric, "StreamName", json!({"Ref": stream})));
            }
        }
    }
    wanted
}

/// The alarms of a function F with the event E on the stream S.
const ALARMS: [(&str, &str, &str, &str); 11] = [
    ("AWS/Lambda", "Errors", "FunctionName", "!Ref F"),
    ("AWS/Lambda", "Throttles", "FunctionName", "!Ref F"),
    ("AWS/Lambda", "IteratorAge", "FunctionName", "!Ref F"),
    (
        "AWS/Lambda",
        "DestinationDeliveryFailures",
        "FunctionName",
        "!Ref F",
    ),
    (
        "AWS/Lambda",
        "PolledEventCount",
        "EventSourceMappingUUID",
        "!Ref FE",
    ),
    (
        "AWS/Lambda",
        "DroppedEventCount",
        "EventSourceMappingUUID",
        "!Ref FE",
    ),
    (
        "AWS/Lambda",
        "OnFailureDestinationDeliveredEventCount",
        "EventSourceMappingUUID",
        "!Ref FE",
    ),
    (
        "AWS/Kinesis",
        "ReadProvisionedThroughputExceeded",
        "StreamName",
        "!Ref S",
    ),
    (
        "AWS/Kinesis",
        "WriteProvisionedThroughputExceeded",
        "StreamName",
        "!Ref S",
    ),
    ("Sluicegate", "RecordsQuarantined", "Function", "f"),
    ("Sluicegate", "InvocationFailures", "Function", "f"),
];

/// A template that keeps the rule.
fn good() -> String {
    let alarms = ALARMS.iter().map(|(namespace, metric, dimension, value)| {
        format!(
            "
  {metric}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: {namespace}
      MetricName: {metric}
      Dimensions: [{{Name: {dimension}, Value: {value}}}] # {metric}
      AlarmDescription: {metric} description
      TreatMissingData: notBreaching # {metric}
      AlarmActions: [] # {metric}
      OKActions: [] # {metric}"
        )
    });
    let shown = ALARMS.map(|(_, metric, ..)| format!("${{{metric}.Arn}}"));
    format!(
        "
Resources:
  F:
    Type: AWS::Serverless::Function
    Metadata: {{BuildProperties: {{Binary: f}}}}
    Properties: {{Events: {{E: {{Type: Kinesis, Properties: {{Stream: !GetAtt S.Arn}}}}}}}}
  D: {{Type: 'AWS::CloudWatch::Dashboard', Properties: {{DashboardBody: !Sub '{}'}}}}{}
",
        shown.join(" "),
        alarms.collect::<String>()
    )
}

#[test]
fn each_missing_alarm_is_seen() {
    for (namespace, metric, dimension, value) in ALARMS {
        let missing = format!("{metric} of {dimension}");
        let named = format!("MetricName: {metric}");
        let of = format!("[{{Name: {dimension}, Value: {value}}}] # {metric}");
        let in_namespace = format!("Namespace: {namespace}\n      {named}");
        crate::check_rule(
            complaints,
            &good(),
            &[
                (&named, "MetricName: Other", &missing),
                (&of, "[{Name: Other, Value: other}]", &missing),
                (&of, "[]", &missing),
                (
                    &in_namespace,
                    &format!("Namespace: Other\n      {named}"),
                    &missing,
                ),
            ],
        );
    }
}

#[test]
fn each_careless_alarm_is_seen() {
    crate::check_rule(
        complaints,
        &good(),
        &[
            (
                "AlarmDescription: Errors description",
                "",
                "Errors: no AlarmDescription",
            ),
            (
                "TreatMissingData: notBreaching # Throttles\n",
                "\n",
                "Throttles: no TreatMissingData",
            ),
            (
                "AlarmActions: [] # IteratorAge\n",
                "\n",
                "IteratorAge: no AlarmActions",
            ),
            (
                "OKActions: [] # DroppedEventCount\n",
                "\n",
                "DroppedEventCount: no OKActions",
            ),
            (
                "${RecordsQuarantined.Arn}",
                "",
                "RecordsQuarantined: not on a dashboard",
            ),
        ],
    );
}
