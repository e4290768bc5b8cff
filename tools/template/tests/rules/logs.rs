//! Rule: each function logs JSON to a log group of this template that does not keep logs for ever.

use testkit::Template;

use crate::values::functions;

pub(crate) fn complaints(template: &Template) -> Vec<String> {
    let globals = template.globals().get("Function");
    let mut complaints = Vec::new();
    for (id, function) in functions(template) {
        let logging = &function["Properties"]["LoggingConfig"];
        let group = logging["LogGroup"]["Ref"].as_str();
        let group = group
            .and_then(|group| template.resources().get(group))
            .filter(|group| group["Type"] == "AWS::Logs::LogGroup");
        match group {
            None => complaints.push(format!(
                "{id}: LoggingConfig.LogGroup is not a group of this template"
            )),
            Some(group) if group["Properties"]["RetentionInDays"].is_null() => {
                complaints.push(format!("{id}: its log group has no RetentionInDays"));
            }
            Some(_) => {}
        }
        let setting = |name: &str| match &logging[name] {
            own if !own.is_null() => own.clone(),
            _ => globals.map_or_else(Default::default, |globals| {
                globals["LoggingConfig"][name].clone()
            }),
        };
        if setting("LogFormat") != "JSON" {
            complaints.push(format!("{id}: LoggingConfig.LogFormat is not JSON"));
        }
        if setting("ApplicationLogLevel").is_null() {
            complaints.push(format!(
                "{id}: LoggingConfig.ApplicationLogLevel is not set"
            ));
        }
    }
    complaints
}

const GOOD: &str = "
Globals: {Function: {LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: INFO}}}
Resources:
  Function: {Type: 'AWS::Serverless::Function', Properties: {LoggingConfig: {LogGroup: !Ref Group}}}
  Group: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: 7}}
";

#[test]
fn each_missing_log_setting_is_seen() {
    crate::check_rule(
        complaints,
        GOOD,
        &[
            ("RetentionInDays: 7", "", "no RetentionInDays"),
            ("LogGroup: !Ref Group", "", "not a group"),
            ("!Ref Group", "!Ref Other", "not a group"),
            ("AWS::Logs::LogGroup", "AWS::S3::Bucket", "not a group"),
            ("LogFormat: JSON", "LogFormat: Text", "not JSON"),
            ("LogFormat: JSON, ", "", "not JSON"),
            (
                "LogGroup: !Ref Group",
                "LogGroup: !Ref Group, LogFormat: Text",
                "not JSON",
            ),
            (", ApplicationLogLevel: INFO", "", "ApplicationLogLevel"),
        ],
    );
}
