//! Where records are put: the local stack, or an account.

use anyhow::Result;
use aws_config::SdkConfig;

use crate::UsageError;
use crate::aws::{AccountArgs, local_config};
use crate::local::State;
use crate::project::Project;

/// A stream and the settings to reach it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) config: SdkConfig,
    pub(crate) stream: String,
    /// For people: where this is.
    pub(crate) place: String,
}

impl Target {
    /// Options come first, then the running local stack, then the environment.
    ///
    /// `output` names the output of the local stack that holds the stream's name.
    pub(crate) async fn find(
        stream: Option<String>,
        account: &AccountArgs,
        output: &str,
    ) -> Result<Self> {
        let local = match Project::here() {
            Ok(project) if !account.are_given() => State::running(&project.local_stack())?,
            _ => None,
        };
        if let Some(state) = local {
            let Some(stream) = stream.or_else(|| state.outputs.get(output).cloned()) else {
                return Err(UsageError(format!(
                    "the local stack has no output {output}: name the stream with --stream"
                ))
                .into());
            };
            return Ok(Self {
                config: local_config(&state.endpoint),
                stream,
                place: format!("the local stack at {}", state.endpoint),
            });
        }
        let Some(stream) = stream else {
            return Err(UsageError(
                "no local stack runs: start one with `sluicegate local up`, or name a stream of your \
                 account with --stream"
                    .to_owned(),
            )
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
            config,
            stream,
            place,
        })
    }
}
