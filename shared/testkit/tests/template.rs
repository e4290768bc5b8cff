//! CloudFormation's YAML, written out.

use serde_json::{Value, json};
use testkit::Template;

/// The value of the only output of a template that has it like this.
fn output(value: &str) -> Value {
    let template = Template::parse(&format!("Outputs:\n  Out:\n    Value: {value}\n"));
    template.outputs()["Out"]["Value"].clone()
}

#[test]
fn short_forms_are_written_out() {
    for (short, long) in [
        ("!Ref Table", json!({"Ref": "Table"})),
        ("!Ref AWS::Region", json!({"Ref": "AWS::Region"})),
        ("!Condition IsProd", json!({"Condition": "IsProd"})),
        ("!GetAtt Table.Arn", json!({"Fn::GetAtt": ["Table", "Arn"]})),
        (
            "!GetAtt Nested.Outputs.Name",
            json!({"Fn::GetAtt": ["Nested", "Outputs.Name"]}),
        ),
        (
            "!GetAtt [Table, Arn]",
            json!({"Fn::GetAtt": ["Table", "Arn"]}),
        ),
        (
            "!Sub '${AWS::StackName}-x'",
            json!({"Fn::Sub": "${AWS::StackName}-x"}),
        ),
        (
            "!Sub ['${A}', {A: !Ref B}]",
            json!({"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ),
        (
            "!If [IsProd, !Ref A, !Ref AWS::NoValue]",
            json!({"Fn::If": ["IsProd", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}),
        ),
        (
            "!Not [!Equals [!Ref A, '']]",
            json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]}),
        ),
        (
            "!And [!Condition A, !Condition B]",
            json!({"Fn::And": [{"Condition": "A"}, {"Condition": "B"}]}),
        ),
        ("!Join ['-', [a, 1]]", json!({"Fn::Join": ["-", ["a", 1]]})),
        (
            "!Select [0, !GetAZs '']",
            json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ),
        (
            "!FindInMap [Sizes, !Ref Env, Memory]",
            json!({"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Memory"]}),
        ),
        (
            "!ImportValue shared-table",
            json!({"Fn::ImportValue": "shared-table"}),
        ),
        ("!Base64 text", json!({"Fn::Base64": "text"})),
    ] {
        assert_eq!(output(short), long, "{short}");
    }
}

#[test]
fn scalars_keep_their_types() {
    for (yaml, value) in [
        ("5", json!(5)),
        ("-5", json!(-5)),
        ("0.5", json!(0.5)),
        ("true", json!(true)),
        ("'5'", json!("5")),
        ("'true'", json!("true")),
        ("!!str 5", json!("5")),
        ("yes", json!("yes")),
        ("'2012-10-17'", json!("2012-10-17")),
        ("2012-10-17", json!("2012-10-17")),
        ("", json!(null)),
        ("~", json!(null)),
        ("''", json!("")),
        ("|\n      a\n      b", json!("a\nb\n")),
        (">-\n      a\n      b", json!("a b")),
    ] {
        assert_eq!(output(yaml), value, "{yaml}");
    }
}

#[test]
fn blocks_below_a_tag_are_read() {
    let template = Template::parse(
        "
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Join
        - ''
        - - !Ref A
          - !If
            - IsProd
            - !Sub
              - ${X}
              - X: !GetAtt B.C
            - !Ref AWS::NoValue
",
    );
    assert_eq!(
        template.resource("Topic")["Properties"]["DisplayName"],
        json!({"Fn::Join": ["", [
            {"Ref": "A"},
            {"Fn::If": ["IsProd", {"Fn::Sub": ["${X}", {"X": {"Fn::GetAtt": ["B", "C"]}}]}, {"Ref": "AWS::NoValue"}]},
        ]]})
    );
}

#[test]
fn sections_and_resources_are_found_by_name_and_type() {
    let template = Template::parse(
        "
Parameters: {Size: {Type: Number, Default: 3}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  B: {Type: 'AWS::S3::Bucket'}
  T: {Type: 'AWS::DynamoDB::Table'}
  A: {Type: 'AWS::S3::Bucket', Condition: IsProd}
",
    );
    assert_eq!(template.parameters()["Size"]["Default"], 3);
    assert_eq!(template.conditions()["IsProd"]["Fn::Equals"][1], "prod");
    assert_eq!(template.resource("A")["Condition"], "IsProd");
    let buckets: Vec<&str> = template
        .of_type("AWS::S3::Bucket")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(buckets, ["A", "B"]);
    assert_eq!(template.resources().len(), 3);
    assert!(template.outputs().is_empty() && template.globals().is_empty());
}

#[test]
#[should_panic(expected = "no resource Missing")]
fn a_missing_resource_is_named() {
    Template::parse("Resources: {}").resource("Missing");
}

#[test]
#[should_panic(expected = "duplicate")]
fn a_key_that_occurs_twice_is_an_error() {
    Template::parse("Resources: {A: 1, A: 2}");
}

#[test]
#[should_panic(expected = "no-such-template.yaml")]
fn a_missing_file_is_named() {
    Template::load("no-such-template.yaml");
}
