//! What the emulator's CloudFormation leaves out and the API can do: `TimeToLiveSpecification` of tables.

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::TemplateStage;
use aws_sdk_dynamodb::types::TimeToLiveSpecification;
use serde_json::Value;

use super::deploy::STACK_NAME;

/// A table of the template whose items expire.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expiry {
    logical_id: String,
    attribute: String,
}

/// Switches time to live on where the deployed template asks for it.
pub(crate) async fn apply(config: &SdkConfig) -> Result<()> {
    let cloudformation = aws_sdk_cloudformation::Client::new(config);
    let dynamodb = aws_sdk_dynamodb::Client::new(config);
    let template = cloudformation
        .get_template()
        .stack_name(STACK_NAME)
        .template_stage(TemplateStage::Processed)
        .send()
        .await
        .context("the deployed template cannot be read")?;
    for expiry in expiries(template.template_body().unwrap_or_default())? {
        let resource = cloudformation
            .describe_stack_resource()
            .stack_name(STACK_NAME)
            .logical_resource_id(&expiry.logical_id)
            .send()
            .await
            .with_context(|| format!("table {} cannot be found", expiry.logical_id))?;
        let table = resource
            .stack_resource_detail()
            .and_then(|detail| detail.physical_resource_id())
            .with_context(|| format!("table {} has no name", expiry.logical_id))?;
        switch_on(&dynamodb, table, &expiry.attribute).await?;
    }
    Ok(())
}

async fn switch_on(client: &aws_sdk_dynamodb::Client, table: &str, attribute: &str) -> Result<()> {
    let described = client.describe_time_to_live().table_name(table).send();
    let described = described.await.context("time to live cannot be read")?;
    let present = described.time_to_live_description();
    if present.and_then(|present| present.attribute_name()) == Some(attribute) {
        return Ok(()); // a later deployment, or an emulator that does it
    }
    let wanted = TimeToLiveSpecification::builder()
        .attribute_name(attribute)
        .enabled(true)
        .build()?;
    client
        .update_time_to_live()
        .table_name(table)
        .time_to_live_specification(wanted)
        .send()
        .await
        .with_context(|| format!("time to live of {table} cannot be switched on"))?;
    Ok(())
}

/// The tables of a processed template (JSON) whose items expire.
fn expiries(template: &str) -> Result<Vec<Expiry>> {
    let template: Value =
        serde_json::from_str(template).context("the deployed template is not JSON")?;
    let resources = template["Resources"].as_object();
    let mut found = Vec::new();
    for (logical_id, resource) in resources.into_iter().flatten() {
        let specification = &resource["Properties"]["TimeToLiveSpecification"];
        if resource["Type"] != "AWS::DynamoDB::Table" || specification.is_null() {
            continue;
        }
        match (&specification["Enabled"], &specification["AttributeName"]) {
            (Value::Bool(false), _) => {}
            (Value::Bool(true), Value::String(attribute)) => found.push(Expiry {
                logical_id: logical_id.clone(),
                attribute: attribute.clone(),
            }),
            _ => bail!(
                "{logical_id}: TimeToLiveSpecification must be written out to be set locally, got {specification}"
            ),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_whose_items_expire_are_found() {
        let template = r#"{"Resources": {
            "Stream": {"Type": "AWS::Kinesis::Stream"},
            "Plain": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
            "Off": {"Type": "AWS::DynamoDB::Table", "Properties":
                {"TimeToLiveSpecification": {"AttributeName": "At", "Enabled": false}}},
            "On": {"Type": "AWS::DynamoDB::Table", "Properties":
                {"TimeToLiveSpecification": {"AttributeName": "ExpiresAt", "Enabled": true}}}
        }}"#;
        let expected = Expiry {
            logical_id: "On".to_owned(),
            attribute: "ExpiresAt".to_owned(),
        };
        assert_eq!(expiries(template).unwrap(), [expected]);
    }

    #[test]
    fn a_specification_that_is_computed_is_refused_by_name() {
        let template = r#"{"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties":
            {"TimeToLiveSpecification": {"Fn::If": ["Expires", {}, {}]}}}}}"#;
        let error = expiries(template).unwrap_err().to_string();
        assert!(error.starts_with("T: TimeToLiveSpecification"), "{error}");
    }
}
