//! `sluicegate local status`.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::emulator;
use super::state::State;
use crate::Ending;
use crate::console::Console;
use crate::project::{Project, StackDir};
use crate::runner::{self, RunnerStatus};
use crate::system;

/// How often `--watch` looks.
const LOOK: Duration = Duration::from_secs(1);
/// Moves the cursor to the upper left corner and clears the screen.
const CLEAR: &str = "\x1b[H\x1b[2J";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Show it again each second until Ctrl-C: in place on a terminal, otherwise a line for each shard
    #[arg(long)]
    watch: bool,
    /// Print one JSON object; with --watch one a second
    #[arg(long)]
    json: bool,
}

/// What is known of a stack.
struct Known {
    state: Option<State>,
    answers: bool,
    /// Whether the mappings are run, and what the runner has said last.
    is_run: bool,
    runner: Option<RunnerStatus>,
}

impl Known {
    async fn look(dir: &StackDir) -> Result<Self> {
        let state = State::running(dir)?;
        Ok(Self {
            answers: match &state {
                Some(state) => emulator::answers(state.port).await,
                None => false,
            },
            is_run: runner::is_running(dir)?,
            runner: RunnerStatus::read(dir)?.filter(|_| state.is_some()),
            state,
        })
    }

    fn is_good(&self) -> bool {
        self.answers && self.is_run
    }

    fn as_json(&self) -> Value {
        let mut value = as_json(self.state.as_ref().filter(|_| self.answers));
        if self.answers {
            value["runner"] = json!(self.runner);
            value["runner_running"] = json!(self.is_run);
        }
        value
    }

    fn as_text(&self, project: &Project, dir: &StackDir) -> String {
        let state = match &self.state {
            Some(state) if self.answers => state,
            Some(state) => {
                return format!(
                    "process {} runs, but {} does not answer: see {}",
                    state.pid,
                    state.endpoint,
                    project.relative(&dir.log("emulator")).display()
                );
            }
            None => return "no stack runs: `sluicegate local up` starts one".to_owned(),
        };
        let mut parts = vec![describe(state)];
        if !self.is_run {
            let log = dir.log("runner");
            parts.push(format!(
                "NOT RUNNING: the event source mappings; `sluicegate local up` starts them again, {} says why they stopped",
                project.relative(&log).display()
            ));
        }
        let runner = self.runner.as_ref();
        parts.extend(runner.map(|runner| {
            // A runner that does not run is as old as it is.
            let now = if self.is_run {
                system::now_ms()
            } else {
                runner.updated_at
            };
            runner::table(runner, now)
        }));
        parts.join("\n\n")
    }
}

pub(super) async fn run(
    project: &Project,
    dir: &StackDir,
    args: &StatusArgs,
    console: Console,
) -> Result<Ending> {
    if args.watch {
        return watch(project, dir, args.json, console).await;
    }
    let known = Known::look(dir).await?;
    console.print(&if args.json {
        known.as_json().to_string()
    } else {
        known.as_text(project, dir)
    });
    Ok(if known.is_good() {
        Ending::Good
    } else {
        Ending::Bad
    })
}

async fn watch(project: &Project, dir: &StackDir, json: bool, console: Console) -> Result<Ending> {
    let is_terminal = std::io::stdout().is_terminal();
    loop {
        let known = Known::look(dir).await?;
        if json {
            console.print(&known.as_json().to_string());
        } else if is_terminal {
            console.print(&format!("{CLEAR}{}", known.as_text(project, dir)));
        } else {
            match known.runner.as_ref().filter(|_| known.is_good()) {
                Some(runner) => {
                    for line in runner::lines(runner, system::now_ms()) {
                        console.print(&line);
                    }
                }
                None => console.print(&known.as_text(project, dir)),
            }
        }
        if known.state.is_none() {
            return Ok(Ending::Bad);
        }
        tokio::time::sleep(LOOK).await;
    }
}

pub(super) fn as_json(state: Option<&State>) -> Value {
    match state.map(serde_json::to_value) {
        Some(Ok(mut value)) => {
            value["running"] = json!(true);
            value
        }
        _ => json!({ "running": false }),
    }
}

/// Where a stack is and what is in it.
pub(super) fn describe(state: &State) -> String {
    let width = state.outputs.keys().map(String::len).max().unwrap_or(0);
    let mut lines = vec![
        format!(
            "The stack runs at {} (process {})",
            state.endpoint, state.pid
        ),
        String::new(),
    ];
    let lists = state.opt_out_list.iter();
    lines.extend(lists.map(|list| format!("  {:width$}  {}", "SMS opt-out lists", list.endpoint)));
    let registries = state.schema_registry.iter();
    lines.extend(registries.map(|at| format!("  {:width$}  {}", "Schema registry", at.endpoint)));
    let outputs = state.outputs.iter();
    lines.extend(outputs.map(|(name, value)| format!("  {name:width$}  {value}")));
    lines.join("\n")
}
