//! The table of consent is as the code writes it, and the channel is bounded, in rights and in calls.

use opt_in_updater::counts::Counts;
use opt_in_updater::rows::{self, Status};
use serde_json::{Value, json};
use testkit::Template;

use crate::alarms::alarms;
use crate::code::CODE;
use crate::deployment::{A_NAME, Deployment};
use crate::template;
use crate::values::list;

#[test]
fn the_table_of_consent_has_the_keys_and_indexes_that_the_code_writes() {
    let template = template();
    let table = &template.resource("ConsentTable")["Properties"];
    let key = |hash: &str, range: &str| {
        json!([
            {"AttributeName": hash, "KeyType": "HASH"},
            {"AttributeName": range, "KeyType": "RANGE"},
        ])
    };
    let (phone, entity) = (rows::KEY.hash, rows::KEY.range.unwrap());
    assert_eq!(table["KeySchema"], key(phone, entity));
    let index = |name: &str, hash: &str, others: &[&str]| {
        json!({
            "IndexName": name,
            "KeySchema": key(hash, phone),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": others},
        })
    };
    assert_eq!(
        table["GlobalSecondaryIndexes"],
        json!([
            index(
                rows::AUDIENCE_INDEX,
                rows::AUDIENCE,
                &["userId", "sourceTime"]
            ),
            index(
                rows::PENDING_INDEX,
                rows::PENDING,
                &["status", "channelReason", "channelAt", "version"]
            ),
        ])
    );
    assert!(
        list(&table["AttributeDefinitions"])
            .iter()
            .all(|attribute| attribute["AttributeType"] == "S")
    );
    assert_eq!(
        table["TimeToLiveSpecification"],
        json!({"AttributeName": "expiresAt", "Enabled": true})
    );
}

/// Parameters, the opt-out list that the function is given, and the one that its role may change.
type ListCase<'a> = (&'a [(&'a str, &'a str)], &'a str, Option<Value>);

#[test]
fn the_role_may_change_the_one_list_that_the_function_is_given() {
    let template = template();
    let named = |name: Value| {
        json!({"Fn::Sub": [
            "arn:${AWS::Partition}:sms-voice:${AWS::Region}:${AWS::AccountId}:opt-out-list/${Name}",
            {"Name": name},
        ]})
    };
    let of_parameter = named(json!({"Fn::If": [
        "HasNamedOptOutList",
        {"Ref": "ConsentOptOutListName"},
        "Default",
    ]}));
    let made = json!({"Fn::GetAtt": ["ConsentOptOutList", "Arn"]});
    let cases: [ListCase<'_>; 5] = [
        (&[], A_NAME, Some(made)),
        (
            &[("ConsentOptOutListName", "mine")],
            "mine",
            Some(of_parameter.clone()),
        ),
        (
            &[("Target", "local")],
            "Default",
            Some(of_parameter.clone()),
        ),
        (
            &[("Target", "local"), ("ConsentOptOutListName", "mine")],
            "mine",
            Some(of_parameter),
        ),
        // The list stays, and may not be changed.
        (&[("ConsentChannel", "off")], A_NAME, None),
    ];
    for (given, list_name, allowed) in cases {
        let deployment = Deployment::new(&template, given);
        let given_to_function = &function(&template)["Environment"]["Variables"]["OPT_OUT_LIST"];
        assert_eq!(
            deployment.value(given_to_function).as_deref(),
            Some(list_name),
            "{given:?}"
        );
        let is_made = deployment.condition("MakesOptOutList");
        assert_eq!(is_made, list_name == A_NAME, "{given:?}");
        let policy = &template.resource("OptInUpdaterRole")["Properties"]["Policies"][1];
        let statement = deployment
            .chosen(policy)
            .map(|policy| &policy["PolicyDocument"]["Statement"][0]);
        let resource = statement.and_then(|it| deployment.chosen(&it["Resource"]));
        assert_eq!(resource.cloned(), allowed, "{given:?}");
        if let Some(statement) = statement {
            assert_eq!(
                statement["Action"],
                json!([
                    "sms-voice:DeleteOptedOutNumber",
                    "sms-voice:PutOptedOutNumber"
                ])
            );
        }
    }
    let list = template.resource("ConsentOptOutList");
    assert_eq!(list["Condition"], "MakesOptOutList");
    assert_eq!(list["Type"], "AWS::SMSVOICE::OptOutList");
}

#[test]
fn no_other_role_may_do_anything_with_opt_out_lists() {
    let template = template();
    for (id, role) in template.of_type("AWS::IAM::Role") {
        let mentions = role.to_string().contains("sms-voice");
        assert_eq!(mentions, id == "OptInUpdaterRole", "{id}");
    }
}

#[test]
fn the_instances_that_share_the_calls_are_the_instances_that_may_run() {
    let template = template();
    let function = function(&template);
    let concurrency = json!({"Ref": "ConsentConcurrency"});
    assert_eq!(
        function["Environment"]["Variables"]["CHANNEL_CONCURRENCY"],
        concurrency
    );
    assert_eq!(
        function["ReservedConcurrentExecutions"],
        json!({"Fn::If": ["ReservesConcurrency", concurrency, {"Ref": "AWS::NoValue"}]})
    );
}

#[test]
fn another_endpoint_is_set_only_if_there_is_one() {
    let template = template();
    let endpoint =
        &function(&template)["Environment"]["Variables"]["AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2"];
    let value = |given| Deployment::new(&template, given).value(endpoint);
    assert_eq!(value(&[]), None);
    let local = "http://127.0.0.1:4000";
    assert_eq!(
        value(&[("ConsentSmsEndpointUrl", local)]).as_deref(),
        Some(local)
    );
}

#[test]
fn the_functions_own_metrics_are_those_that_it_writes() {
    let mut counts = Counts::default();
    counts.in_step(Status::OptedIn);
    counts.in_step(Status::OptedOut);
    counts.refused(Status::OptedOut);
    counts.unclear(1);
    let written = counts.to_metrics().into_iter().map(|(name, _)| name);
    let code = CODE.iter().find(|code| code.name == opt_in_updater::NAME);
    assert_eq!(written.collect::<Vec<_>>(), code.unwrap().metrics);
}

#[test]
fn what_a_channel_refuses_has_alarms_of_its_own() {
    let template = template();
    for metric in ["ChannelOptOutsRefused", "ChannelPending"] {
        let watched = alarms(&template).any(|(_, alarm)| {
            alarm["MetricName"] == metric
                && alarm["Dimensions"]
                    == json!([{"Name": "Function", "Value": opt_in_updater::NAME}])
        });
        assert!(watched, "{metric}");
    }
}

fn function(template: &Template) -> &Value {
    &template.resource("OptInUpdaterFunction")["Properties"]
}
