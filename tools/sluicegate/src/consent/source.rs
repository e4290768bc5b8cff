//! Which table of consent is meant.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws_config::SdkConfig;

use crate::UsageError;
use crate::aws::{AccountArgs, local_config};
use crate::local::{State, outputs};
use crate::project::Project;

/// A deployed stack, or parts of one that are named one by one.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct SourceArgs {
    /// Take the names from the outputs of this CloudFormation stack [default: the local stack, if it runs]
    #[arg(long, value_name = "NAME", help_heading = "Where to")]
    stack: Option<String>,
    /// Name of the table of consent
    #[arg(long, value_name = "NAME", help_heading = "Where to")]
    table: Option<String>,
    #[command(flatten)]
    account: AccountArgs,
}

/// Where consent is kept, and how to get there.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) config: SdkConfig,
    /// The same for the opt-out lists, which may be elsewhere.
    pub(super) lists: SdkConfig,
    pub(super) table: String,
    outputs: BTreeMap<String, String>,
}

impl SourceArgs {
    /// Options come first, then the running local stack, then the environment.
    pub(super) async fn find(&self) -> Result<Source> {
        let is_local = self.stack.is_none() && !self.account.are_given();
        let local = match Project::here() {
            Ok(project) if is_local => State::running(&project.local_stack())?,
            _ => None,
        };
        let (config, lists, outputs) = if let Some(state) = local {
            let lists = state.opt_out_list.as_ref();
            let lists = lists.map_or(&state.endpoint, |list| &list.endpoint);
            let lists = local_config(lists);
            (local_config(&state.endpoint), lists, state.outputs)
        } else {
            let config = self.account.config().await;
            let outputs = match &self.stack {
                Some(stack) => outputs(&config, stack).await?,
                None => BTreeMap::new(),
            };
            (config.clone(), config, outputs)
        };
        let table = self.table.clone();
        let table = table.or_else(|| outputs.get("ConsentTableName").cloned());
        let table = table.ok_or_else(|| {
            UsageError(match &self.stack {
                Some(stack) => format!("stack {stack} has no output ConsentTableName"),
                None => "no local stack runs: name the table with --stack or --table".to_owned(),
            })
        })?;
        Ok(Source {
            config,
            lists,
            table,
            outputs,
        })
    }
}

impl Source {
    /// The opt-out list: the one that is named, else that of the stack.
    pub(super) fn list(&self, named: Option<String>) -> Result<String> {
        let list = named.or_else(|| self.outputs.get("ConsentOptOutListName").cloned());
        list.context("which opt-out list is not known: name it with --list")
    }
}
