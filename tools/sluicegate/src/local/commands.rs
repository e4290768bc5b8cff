//! `sluicegate local up | down | status | run`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use mapping::Choices;
use serde_json::json;

use super::deploy::{Parameters, STACK_NAME, parse_parameter};
use super::emulator::{self, Emulator, free_port};
use super::opt_out_list;
use super::schema_registry::{self, RegistryAddress};
use super::stand_in;
use super::state::{State, is_held};
use super::status::{self, StatusArgs, as_json, describe};
use crate::aws::{LOCAL_KEY, LOCAL_REGION};
use crate::console::Console;
use crate::project::{Project, StackDir};
use crate::runner::{self, RunnerProcess, parse_choices, save_choices};
use crate::{Ending, UsageError, local};

/// Arguments of `sluicegate local`.
#[derive(Clone, Debug, clap::Args)]
pub struct LocalArgs {
    #[command(subcommand)]
    command: LocalCommand,
    /// Keep the stack's state in this folder: stacks in different folders run beside each other [default: .sluicegate]
    #[arg(long, value_name = "FOLDER", global = true)]
    dir: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum LocalCommand {
    /// Start the emulator, deploy template.yaml to it and run its event source mappings
    ///
    /// Does nothing when the stack runs already, unless --redeploy is given. Mappings that do not run any more are
    /// started again and go on where they were.
    #[command(after_help = UP_EXAMPLES)]
    Up(UpArgs),
    /// Stop the stack and everything it started; its data is gone
    Down(DownArgs),
    /// Say whether the stack runs, where, and how far each shard of each mapping is; exit code 1 if it does not
    Status(StatusArgs),
    /// Run the event source mappings of the stack in the foreground
    ///
    /// `local up` does this in a process of its own; that one has to be stopped first. Ends with the emulator.
    Run,
    /// Run a stand-in of the SMS opt-out lists of AWS End User Messaging in the foreground
    ///
    /// `local up` does this in a process of its own. Ends with the emulator.
    OptOutList(OptOutListArgs),
    /// Run a stand-in of AWS Glue Schema Registry in the foreground
    ///
    /// `local up` does this in a process of its own. Ends with the emulator.
    SchemaRegistry(SchemaRegistryArgs),
}

const UP_EXAMPLES: &str = "Examples:
  sluicegate local up
  sluicegate local up --redeploy                      # build and deploy changed code
  sluicegate local up --parameter SensorBatchSize=10  # any parameter of template.yaml
  sluicegate local up --choice idle_window_closes_after_ms=5000    # docs/MAPPINGS.md lists them";

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
    /// Take what AWS leaves open about mappings otherwise; may be given several times
    #[arg(long = "choice", value_name = "NAME=VALUE")]
    choices: Vec<String>,
    /// Calls a second that the opt-out lists take of each action, as AWS raises on request from 10
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    list_calls_per_second: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug, clap::Args)]
struct OptOutListArgs {
    /// Listen on this port of the loopback interface
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Calls a second of each action that changes a list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    calls_per_second: u32,
}

#[derive(Clone, Debug, clap::Args)]
struct SchemaRegistryArgs {
    /// Listen on this port of the loopback interface
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
}

#[derive(Clone, Debug, clap::Args)]
struct DownArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `sluicegate local`.
pub async fn run(args: LocalArgs, console: Console) -> Result<Ending> {
    let project = Project::here()?;
    let dir = match args.dir {
        Some(folder) => StackDir::new(folder),
        None => project.local_stack(),
    };
    match args.command {
        LocalCommand::Up(args) => up(&project, &dir, args, console).await,
        LocalCommand::Down(output) => down(&dir, &output, console).await,
        LocalCommand::Status(args) => status::run(&project, &dir, &args, console).await,
        LocalCommand::Run => Box::pin(runner::foreground(&dir))
            .await
            .map(|()| Ending::Good),
        LocalCommand::OptOutList(args) => {
            opt_out_list::foreground(&dir, args.port, args.calls_per_second)
                .await
                .map(|()| Ending::Good)
        }
        LocalCommand::SchemaRegistry(args) => schema_registry::foreground(&dir, args.port)
            .await
            .map(|()| Ending::Good),
    }
}

async fn up(project: &Project, dir: &StackDir, args: UpArgs, console: Console) -> Result<Ending> {
    let parameters = Parameters::local(&args.parameters);
    let choices = parse_choices(&args.choices).map_err(UsageError)?;
    let state = match State::running(dir)? {
        Some(_) if !args.choices.is_empty() => {
            return Err(UsageError(
                "the stack runs already: --choice is taken when it is started, after `sluicegate local down`"
                    .to_owned(),
            )
            .into());
        }
        Some(mut state) => {
            stand_in::restart(
                project,
                dir,
                args.list_calls_per_second,
                &mut state,
                console,
            )
            .await?;
            if args.redeploy {
                let parameters = match &state.opt_out_list {
                    Some(lists) => lists.added_to(parameters),
                    None => parameters,
                };
                state.outputs =
                    local::bring_up(project, dir, &state.endpoint, &parameters, console).await?;
                state.save(dir)?;
            } else {
                console.note("the stack runs already; --redeploy builds and deploys changed code");
            }
            if !runner::is_running(dir)? {
                console.note("its mappings did not run: starting them again");
                RunnerProcess::start(project, dir).await?.detach()?;
            }
            state
        }
        None => start(project, dir, &args, parameters, &choices, console).await?,
    };
    console.print(&if args.json {
        as_json(Some(&state)).to_string()
    } else {
        format!("{}\n\n{}", describe(&state), what_next(&state))
    });
    Ok(Ending::Good)
}

/// Starts an emulator, deploys to it and has its mappings run.
async fn start(
    project: &Project,
    dir: &StackDir,
    args: &UpArgs,
    parameters: Parameters,
    choices: &Choices,
    console: Console,
) -> Result<State> {
    if is_held(dir)? {
        bail!("another `sluicegate local up` is at work");
    }
    // One that has not noticed yet that its emulator is gone.
    runner::stop(dir).await?;
    let registry = RegistryAddress::at(free_port()?);
    let mut emulator = Emulator::start(project, dir, args.port, &registry.endpoint).await?;
    let endpoint = emulator.endpoint();
    let schemas = registry.start(project, dir).await?;
    let calls = args.list_calls_per_second;
    let (lists, list_address) = opt_out_list::start(project, dir, None, calls).await?;
    let parameters = list_address.added_to(parameters);
    let brought = local::bring_up(project, dir, &endpoint, &parameters, console).await;
    if brought.is_err() {
        emulator.check(dir).await?;
    }
    let state = State {
        pid: emulator.pid(),
        port: emulator.port(),
        endpoint,
        region: LOCAL_REGION.to_owned(),
        stack: STACK_NAME.to_owned(),
        outputs: brought?,
        opt_out_list: Some(list_address),
        schema_registry: Some(registry),
    };
    state.save(dir)?;
    save_choices(dir, choices)?;
    let step = console.step("starting the event source mappings");
    let runner = match RunnerProcess::start(project, dir).await {
        Ok(runner) => runner,
        Err(error) => {
            State::remove(dir)?;
            return Err(error);
        }
    };
    step.done("the event source mappings run");
    emulator.detach()?;
    lists.detach()?;
    schemas.detach()?;
    runner.detach()?;
    Ok(state)
}

async fn down(dir: &StackDir, output: &DownArgs, console: Console) -> Result<Ending> {
    let running = State::running(dir)?;
    if running.is_none() && is_held(dir)? {
        bail!("a `sluicegate local up` is at work: stop that one with Ctrl-C");
    }
    runner::stop(dir).await?;
    match &running {
        Some(state) => emulator::stop(dir, state).await?,
        None => State::remove(dir)?,
    }
    opt_out_list::KIND.gone(dir).await?;
    schema_registry::KIND.gone(dir).await?;
    let stopped = running.is_some();
    console.print(&match (output.json, stopped) {
        (true, _) => json!({ "running": false, "stopped": stopped }).to_string(),
        (false, true) => "the stack is down".to_owned(),
        (false, false) => "no stack was running".to_owned(),
    });
    Ok(Ending::Good)
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
