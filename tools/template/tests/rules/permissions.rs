//! Rule: each function has a role of its own, and no policy allows more than its own resources.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Template;

use crate::values::{functions, list, references};

pub(crate) fn complaints(template: &Template) -> Vec<String> {
    let mut complaints = role_complaints(template);
    for (id, resource) in template.resources() {
        for policies in ["ManagedPolicyArns", "PermissionsBoundary"] {
            if !list(&resource["Properties"][policies]).is_empty() {
                complaints.push(format!(
                    "{id}: {policies} allows what this template does not show"
                ));
            }
        }
        for statement in statements(&resource["Properties"]) {
            let name = statement["Sid"]
                .as_str()
                .unwrap_or("a statement without Sid");
            let of_statement = |complaint| format!("{id}: {name}: {complaint}");
            complaints.extend(
                statement_complaints(template, statement)
                    .into_iter()
                    .map(of_statement),
            );
        }
    }
    complaints
}

/// Functions without a role of their own.
fn role_complaints(template: &Template) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut users = BTreeMap::<&str, &str>::new();
    for (id, function) in functions(template) {
        let properties = &function["Properties"];
        if !properties["Policies"].is_null() {
            complaints.push(format!(
                "{id}: Policies hides what SAM makes of it: write a role"
            ));
        }
        let role = properties["Role"]["Fn::GetAtt"][0].as_str();
        match role.filter(|role| template.resources().contains_key(*role)) {
            None => complaints.push(format!("{id}: Role is not a role of this template")),
            Some(role) => {
                if let Some(other) = users.insert(role, id) {
                    complaints.push(format!("{id}: shares the role {role} with {other}"));
                }
            }
        }
    }
    complaints
}

/// All policy statements in a value, however deep.
fn statements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(statements).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| match name.as_str() {
                "Statement" => list(field).iter().flat_map(branches).collect(),
                _ => statements(field),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A statement, or those that a condition chooses from.
fn branches(statement: &Value) -> Vec<&Value> {
    let branches = list(&statement["Fn::If"]);
    match branches.get(1..) {
        Some(branches) if !branches.is_empty() => branches
            .iter()
            .filter(|branch| branch["Ref"] != "AWS::NoValue")
            .collect(),
        _ => vec![statement],
    }
}

/// What is allowed for all resources: by the id of a schema version, which names none of the registry.
const WITHOUT_RESOURCE: &str = "glue:GetSchemaVersion";

fn statement_complaints(template: &Template, statement: &Value) -> Vec<String> {
    if statement["Effect"] == "Deny" {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for inverse in ["NotAction", "NotResource", "NotPrincipal"] {
        if !statement[inverse].is_null() {
            complaints.push(format!("{inverse} allows everything else"));
        }
    }
    for action in list(&statement["Action"]) {
        if action.as_str().is_none_or(|action| action.contains('*')) {
            complaints.push(format!("the action {action} is not one action"));
        }
    }
    let has_resource = statement["Action"] != WITHOUT_RESOURCE;
    for resource in list(&statement["Resource"]).iter().filter(|_| has_resource) {
        // Below a resource of this template a star is fine: its log streams, its objects.
        let owned = references(resource)
            .iter()
            .any(|name| template.resources().contains_key(name));
        if resource.to_string().contains('*') && !owned {
            complaints.push(format!("the resource {resource} is not one resource"));
        }
    }
    let principal = &statement["Principal"];
    if principal == "*" || list(&principal["AWS"]).iter().any(|who| who == "*") {
        complaints.push("everybody is allowed".to_owned());
    }
    complaints
}

const GOOD: &str = "
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}
      Policies:
        - PolicyDocument:
            Statement:
              - Sid: Write
                Effect: Allow
                Action: [s3:PutObject, s3:ListBucket]
                Resource: [!GetAtt Bucket.Arn, !Sub '${Bucket.Arn}/*']
              - !If
                - HasLayers
                - {Sid: ReadSchemas, Effect: Allow, Action: 'glue:GetSchemaVersion', Resource: '*'}
                - !Ref AWS::NoValue
  Bucket: {Type: 'AWS::S3::Bucket'}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      PolicyDocument:
        Statement:
          - {Sid: Refuse, Effect: Deny, Principal: '*', Action: 's3:*', Resource: '*'}
";

#[test]
fn each_way_to_allow_too_much_is_seen() {
    crate::check_rule(
        complaints,
        GOOD,
        &[
            ("glue:GetSchemaVersion", "glue:GetSchema", "the resource"),
            ("s3:PutObject", "'s3:*'", "s3:*"),
            ("s3:PutObject", "'s3:Put*'", "s3:Put*"),
            ("s3:PutObject", "'*'", "the action"),
            ("!GetAtt Bucket.Arn,", "'*',", "the resource"),
            ("!GetAtt Bucket.Arn,", "'arn:aws:s3:::*',", "arn:aws:s3:::*"),
            (
                "!GetAtt Bucket.Arn,",
                "!Sub 'arn:${AWS::Partition}:s3:::*',",
                "the resource",
            ),
            (
                "Action: [s3:PutObject, s3:ListBucket]",
                "NotAction: [s3:GetObject]",
                "NotAction",
            ),
            ("Resource: [!GetAtt", "NotResource: [!GetAtt", "NotResource"),
            (
                "Principal: {Service: lambda.amazonaws.com}",
                "Principal: '*'",
                "everybody",
            ),
            (
                "Principal: {Service: lambda.amazonaws.com}",
                "Principal: {AWS: ['*']}",
                "everybody",
            ),
            (
                "Policies:\n",
                "ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n      Policies:\n",
                "ManagedPolicyArns",
            ),
            (
                "Role: !GetAtt Role.Arn",
                "Role: !GetAtt Other.Arn",
                "not a role",
            ),
            ("Role: !GetAtt Role.Arn", "", "not a role"),
            (
                "Role: !GetAtt Role.Arn",
                "Role: !GetAtt Role.Arn\n      Policies: [AmazonS3FullAccess]",
                "hides",
            ),
        ],
    );
}

#[test]
fn resource_policies_are_looked_at() {
    let open = GOOD.replace("Effect: Deny", "Effect: Allow");
    let complaints = complaints(&Template::parse(&open));
    assert_eq!(complaints.len(), 3, "{complaints:#?}");
    assert!(
        complaints
            .iter()
            .all(|complaint| complaint.starts_with("Policy: Refuse: "))
    );
}

#[test]
fn a_shared_role_is_seen() {
    let shared = GOOD.replace(
        "Resources:",
        "Resources:\n  Other: {Type: 'AWS::Serverless::Function', Properties: {Role: !GetAtt Role.Arn}}",
    );
    assert_eq!(
        complaints(&Template::parse(&shared)),
        ["Other: shares the role Role with Function"]
    );
}
