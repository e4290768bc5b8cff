//! Where records are put: the local stack, or an account.

use anyhow::Result;
use aws_config::SdkConfig;

use crate::UsageError;
use crate::aws::{AccountArgs, local_config, local_glue};
use crate::local::State;
use crate::project::Project;

/// What records are put on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    what: &'static str,
    option: &'static str,
    /// The output of the local stack that holds its name.
    output: &'static str,
}

/// A Kinesis stream.
pub(crate) const STREAM: Kind = Kind {
    what: "stream",
    option: "--stream",
    output: "",
};
/// A DynamoDB table.
pub(crate) const TABLE: Kind = Kind {
    what: "table",
    option: "--table",
    output: "",
};
/// An S3 bucket.
pub(crate) const BUCKET: Kind = Kind {
    what: "bucket",
    option: "--bucket",
    output: "",
};

impl Kind {
    /// The one whose name is in this output of the local stack.
    pub(crate) fn of_output(self, output: &'static str) -> Self {
        Self { output, ..self }
    }
}

/// A stream, a table or a bucket, and the settings to reach it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) config: SdkConfig,
    /// The schema registry beside it.
    pub(crate) glue: aws_sdk_glue::Client,
    pub(crate) name: String,
    /// For people: where this is.
    pub(crate) place: String,
}

impl Target {
    /// Options come first, then the running local stack, then the environment.
    pub(crate) async fn find(
        name: Option<String>,
        account: &AccountArgs,
        kind: Kind,
    ) -> Result<Self> {
        let Kind {
            what,
            option,
            output,
        } = kind;
        let local = match Project::here() {
            Ok(project) if !account.are_given() => State::running(&project.local_stack())?,
            _ => None,
        };
        if let Some(state) = local {
            let Some(name) = name.or_else(|| state.outputs.get(output).cloned()) else {
                return Err(UsageError(format!(
                    "the local stack has no output {output}: name the {what} with {option}"
                ))
                .into());
            };
            return Ok(Self {
                config: local_config(&state.endpoint),
                glue: local_glue(state.registry_endpoint()),
                name,
                place: format!("the local stack at {}", state.endpoint),
            });
        }
        let Some(name) = name else {
            return Err(UsageError(format!(
                "no local stack runs: start one with `sluicegate local up`, or name a {what} of your \
                 account with {option}"
            ))
            .into());
        };
        let config = account.config().await;
        let place = match (config.endpoint_url(), config.region()) {
            (Some(endpoint), _) => endpoint.to_owned(),
            (None, Some(region)) => format!("AWS, region {region}"),
            (None, None) => {
                return Err(UsageError(
                    "no region is set: give --region, for instance --region eu-west-1".to_owned(),
                )
                .into());
            }
        };
        Ok(Self {
            glue: aws_sdk_glue::Client::new(&config),
            config,
            name,
            place,
        })
    }
}
