//! The stack that a demo has for itself.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};

use anyhow::{Context, Result, bail};
use mapping::Choices;
use schema_registry::Registries;

use super::crashes::{Crashes, Victim};
use super::own_service::OwnService;
use crate::aws::{local_config, local_glue};
use crate::console::Console;
use crate::local::{Emulator, Parameters, bring_up, export_line, parse_parameter, tail};
use crate::produce::wrap::{Subject, WrapArgs, Wrapping};
use crate::project::{Project, StackDir};
use crate::runner::save_choices;

/// Lines of the log shown when nothing was processed.
const LOG_END: usize = 8;

/// What every demo can be told of its stack.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct StackArgs {
    /// Set a parameter of template.yaml; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parse_parameter)]
    pub(super) parameters: Vec<String>,
    /// Give up when the stream is not processed after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(super) timeout: u64,
    /// Keep the stack until Ctrl-C
    #[arg(long)]
    pub(super) keep: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) wrap: WrapArgs,
}

impl StackArgs {
    /// The value of a parameter: the user's last one, else that of the demo's `own`; empty if neither has it.
    pub(super) fn parameter<'a>(&'a self, own: &[(&'a str, &'a str)], name: &str) -> &'a str {
        let given = self.parameters.iter().rev();
        let given = given.filter_map(|parameter| parameter.split_once('='));
        let all = given.chain(own.iter().copied());
        let mut of_name = all.filter(|(parameter, _)| *parameter == name);
        of_name.next().map_or("", |(_, value)| value)
    }

    /// What is deployed: the user's parameters, the demo's `own`, the layers as the parameter `layers`, and what a laptop
    /// needs.
    pub(super) fn deployed(&self, own: &[(&str, &str)], layers: &str) -> Parameters {
        let local = Parameters::local(&self.parameters);
        let all = own
            .iter()
            .fold(local, |all, (name, value)| all.or(name, value));
        match self.wrap.layers() {
            none if none.is_empty() => all,
            some => all.or(layers, &some),
        }
    }
}

/// An emulator beside all others. Everything ends with this value.
#[derive(Debug)]
pub(super) struct OwnStack {
    project: Project,
    dir: StackDir,
    emulator: Emulator,
    schemas: OwnService<Registries>,
    _alone: File,
}

impl OwnStack {
    /// Starts the emulator; `choices` are how its mappings take what AWS leaves open.
    pub(super) async fn start(choices: &Choices) -> Result<Self> {
        let project = Project::here()?;
        let dir = project.demo_stack();
        dir.create()?;
        let alone = lock(&dir)?;
        let schemas = OwnService::start(Registries::default()).await?;
        let emulator = Emulator::start(&project, &dir, None, &schemas.endpoint).await?;
        // What an earlier emulator has left is gone now.
        save_choices(&dir, choices)?;
        Ok(Self {
            project,
            dir,
            emulator,
            schemas,
            _alone: alone,
        })
    }

    pub(super) fn endpoint(&self) -> String {
        self.emulator.endpoint()
    }

    /// What is put around the payloads of the subject, whose schemas are registered with the stack's registry.
    pub(super) async fn wrapping(&self, args: &StackArgs, subject: &Subject) -> Result<Wrapping> {
        let glue = local_glue(&self.schemas.endpoint);
        args.wrap.wrapping(&glue, subject).await
    }

    pub(super) fn dir(&self) -> &StackDir {
        &self.dir
    }

    /// Builds and deploys the template; returns the stack's outputs.
    pub(super) async fn bring_up(
        &self,
        parameters: &Parameters,
        console: Console,
    ) -> Result<BTreeMap<String, String>> {
        let endpoint = &self.endpoint();
        let outputs = bring_up(&self.project, &self.dir, endpoint, parameters, console).await?;
        let _ = std::fs::remove_file(self.dir.log("runner")); // of an earlier demo
        Ok(outputs)
    }

    /// What is to be crashed, in a demo of so many records.
    pub(super) fn victim(&self, records: u64) -> Victim {
        Victim {
            config: local_config(&self.endpoint()),
            dir: self.dir.clone(),
            emulator: self.emulator.pid(),
            records,
        }
    }

    /// What came of the demo. Whatever failed, that the emulator is gone is the better reason.
    pub(super) async fn outcome<T>(&mut self, course: Result<T>) -> Result<T> {
        if course.is_err() {
            self.emulator.check(&self.dir).await?;
        }
        course
    }

    /// Ends the stack, or keeps it until Ctrl-C. The mappings run on as long as it is kept.
    pub(super) async fn end(self, keep: bool, mappings: Crashes, console: Console) -> Result<()> {
        if keep {
            let export = export_line(&self.endpoint());
            console.note(&format!(
                "The stack runs until you press Ctrl-C:\n  {export}"
            ));
            std::future::pending::<()>().await;
        }
        drop(mappings);
        drop(self.emulator);
        self.dir.clear_temporary()
    }

    /// Where a log is, as people type it.
    fn log(&self, part: &str) -> String {
        let path = self.dir.log(part);
        self.project.relative(&path).display().to_string()
    }

    /// What to tell of a demo that failed. Where no batch was finished at all, the end of the emulator's log may say why:
    /// there the functions tell why they do not start.
    pub(super) fn failure(&self, what: &str, is_without_batches: bool) -> String {
        let mut text = format!("FAILED: {what}, see {}", self.log("emulator"));
        if is_without_batches {
            let end = tail(&self.dir.log("emulator"), LOG_END);
            text = format!("{text}\nIts end:\n{end}");
        }
        text
    }

    /// `produce` is the command that puts records on the same stack.
    pub(super) fn where_next(&self, produce: &str) -> String {
        format!(
            "Where to look next:
  {:<38}what the emulator and the function said
  {:<38}what the mapping had to tell
  {:<38}the same stack, to stay; then `{produce}`
  {:<38}what happens when things fail, and the test that proves it",
            self.log("emulator"),
            self.log("runner"),
            "sluicegate local up",
            "docs/SEMANTICS.md"
        )
    }
}

/// Makes sure that one demo runs at a time; the kernel gives the lock back with the process.
fn lock(dir: &StackDir) -> Result<File> {
    let path = dir.path().join("demo.lock");
    let file =
        File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another demo runs in {}", dir.path().display()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}
