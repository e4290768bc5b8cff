//! `sluicegate local up | down | status`.

use anyhow::{Result, bail};
use serde_json::json;

use super::deploy::{Parameters, STACK_NAME, parse_parameter};
use super::emulator::{self, Emulator};
use super::state::{State, is_held};
use crate::aws::{LOCAL_KEY, LOCAL_REGION};
use crate::console::Console;
use crate::project::Project;
use crate::{Ending, local};

/// Arguments of `sluicegate local`.
#[derive(Clone, Debug, clap::Args)]
pub struct LocalArgs {
    #[command(subcommand)]
    command: LocalCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum LocalCommand {
    /// Start the emulator and deploy template.yaml to it
    ///
    /// Does nothing when the stack runs already, unless --redeploy is given.
    #[command(after_help = UP_EXAMPLES)]
    Up(UpArgs),
    /// Stop the stack and everything it started; its data is gone
    Down(Output),
    /// Say whether the stack runs, and where; exit code 1 if it does not
    Status(Output),
}

const UP_EXAMPLES: &str = "Examples:
  sluicegate local up
  sluicegate local up --redeploy                      # build and deploy changed code
  sluicegate local up --parameter BatchSize=10        # any parameter of template.yaml";

#[derive(Clone, Debug, clap::Args)]
struct UpArgs {
    /// Build and deploy again if the stack runs already
    #[arg(long)]
    redeploy: bool,
    /// Listen on this port of the loopback interface [default: any free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Set a parameter of template.yaml; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parse_parameter)]
    parameters: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug, clap::Args)]
struct Output {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `sluicegate local`.
pub async fn run(args: LocalArgs, console: Console) -> Result<Ending> {
    let project = Project::here()?;
    match args.command {
        LocalCommand::Up(args) => up(&project, args, console).await,
        LocalCommand::Down(output) => down(&project, &output, console).await,
        LocalCommand::Status(output) => status(&project, &output, console).await,
    }
}

async fn up(project: &Project, args: UpArgs, console: Console) -> Result<Ending> {
    let dir = project.local_stack();
    let parameters = Parameters::local(&args.parameters);
    let state = match State::running(&dir)? {
        Some(state) if !args.redeploy => {
            console.note("the stack runs already; --redeploy builds and deploys changed code");
            state
        }
        Some(mut state) => {
            state.outputs =
                local::bring_up(project, &dir, &state.endpoint, &parameters, console).await?;
            state.save(&dir)?;
            state
        }
        None => {
            if is_held(&dir)? {
                bail!("another `sluicegate local up` is at work");
            }
            let mut emulator = Emulator::start(project, &dir, args.port).await?;
            let endpoint = emulator.endpoint();
            let brought = local::bring_up(project, &dir, &endpoint, &parameters, console).await;
            if brought.is_err() {
                emulator.check(&dir).await?;
            }
            let state = State {
                pid: emulator.pid(),
                port: emulator.port(),
                endpoint,
                region: LOCAL_REGION.to_owned(),
                stack: STACK_NAME.to_owned(),
                outputs: brought?,
            };
            state.save(&dir)?;
            emulator.detach()?;
            state
        }
    };
    console.print(&if args.json {
        as_json(Some(&state))
    } else {
        format!("{}\n\n{}", describe(&state), what_next(&state))
    });
    Ok(Ending::Good)
}

async fn down(project: &Project, output: &Output, console: Console) -> Result<Ending> {
    let dir = project.local_stack();
    let running = State::running(&dir)?;
    if let Some(state) = &running {
        emulator::stop(&dir, state).await?;
    } else if is_held(&dir)? {
        bail!("a `sluicegate local up` is at work: stop that one with Ctrl-C");
    } else {
        State::remove(&dir)?;
    }
    let stopped = running.is_some();
    console.print(&match (output.json, stopped) {
        (true, _) => json!({ "running": false, "stopped": stopped }).to_string(),
        (false, true) => "the stack is down".to_owned(),
        (false, false) => "no stack was running".to_owned(),
    });
    Ok(Ending::Good)
}

async fn status(project: &Project, output: &Output, console: Console) -> Result<Ending> {
    let state = State::running(&project.local_stack())?;
    let answers = match &state {
        Some(state) => emulator::answers(state.port).await,
        None => false,
    };
    console.print(&match &state {
        _ if output.json => as_json(state.as_ref().filter(|_| answers)),
        Some(state) if answers => describe(state),
        Some(state) => format!(
            "process {} runs, but {} does not answer: see {}",
            state.pid,
            state.endpoint,
            project
                .relative(&project.local_stack().log("emulator"))
                .display()
        ),
        None => "no stack runs: `sluicegate local up` starts one".to_owned(),
    });
    Ok(if answers { Ending::Good } else { Ending::Bad })
}

fn as_json(state: Option<&State>) -> String {
    match state.map(serde_json::to_value) {
        Some(Ok(mut value)) => {
            value["running"] = json!(true);
            value.to_string()
        }
        _ => json!({ "running": false }).to_string(),
    }
}

fn describe(state: &State) -> String {
    let width = state.outputs.keys().map(String::len).max().unwrap_or(0);
    let mut lines = vec![
        format!(
            "The stack runs at {} (process {})",
            state.endpoint, state.pid
        ),
        String::new(),
    ];
    lines.extend(
        state
            .outputs
            .iter()
            .map(|(name, value)| format!("  {name:width$}  {value}")),
    );
    lines.join("\n")
}

fn what_next(state: &State) -> String {
    format!(
        "Point any AWS tool at it:
  {}

Next:
  sluicegate produce sensors --count 1000    put readings on the stream
  sluicegate local status                    where everything is
  sluicegate local down                      stop it",
        export_line(&state.endpoint)
    )
}

/// The shell command that points any AWS tool at a local stack.
pub fn export_line(endpoint: &str) -> String {
    format!(
        "export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION={LOCAL_REGION} \
         AWS_ACCESS_KEY_ID={LOCAL_KEY} AWS_SECRET_ACCESS_KEY={LOCAL_KEY}"
    )
}
