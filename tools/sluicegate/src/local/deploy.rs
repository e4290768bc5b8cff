//! `sam build` and `sam deploy` of template.yaml against the emulator.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;

use super::emulator::aws_environment;
use super::guarded::{Guarded, Launch, POLL, tail};
use crate::aws::LOCAL_REGION;
use crate::console::Console;
use crate::project::{Project, StackDir, Tools};
use crate::system;

/// Name of the CloudFormation stack in every emulator.
pub const STACK_NAME: &str = "sluicegate";

/// Lines of a log shown when a step fails.
const TAIL: usize = 30;
/// The first build compiles the AWS SDK.
const BUILD: &str = "building the functions (some minutes the first time)";

/// Parameters of template.yaml, as `Name=Value`.
#[derive(Clone, Debug)]
pub struct Parameters(Vec<String>);

impl Parameters {
    /// What a laptop needs, and the user's own ones; a user's value of the same name wins.
    pub fn local(own: &[String]) -> Self {
        let name_of = |parameter: &str| parameter.split('=').next().unwrap_or_default().to_owned();
        let mut parameters: Vec<String> = [
            "Target=local",
            "Environment=dev",
            "StreamMode=PROVISIONED",
            "SensorShardCount=2",
            &format!("Architecture={}", host_architecture()),
        ]
        .map(str::to_owned)
        .to_vec();
        parameters.retain(|default| own.iter().all(|own| name_of(own) != name_of(default)));
        parameters.extend_from_slice(own);
        Self(parameters)
    }

    /// The same with one more, unless the user has given another value of that name.
    #[must_use]
    pub fn or(mut self, name: &str, value: &str) -> Self {
        let start = format!("{name}=");
        if !self.0.iter().any(|own| own.starts_with(&start)) {
            self.0.push(start + value);
        }
        self
    }
}

/// Checks a `Name=Value` argument.
pub fn parse_parameter(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() && name.chars().all(char::is_alphanumeric) => {
            Ok(text.to_owned())
        }
        _ => Err("expected Name=Value, for instance SensorBatchSize=50".to_owned()),
    }
}

/// Compiles the functions for this machine and lays out what is deployed.
pub(crate) async fn build(
    project: &Project,
    dir: &StackDir,
    parameters: &Parameters,
    console: Console,
) -> Result<()> {
    let mut arguments = sam(project, dir, "build", project.template())?;
    arguments.extend(["--build-dir".into(), dir.build().into()]);
    arguments.push("--parameter-overrides".into());
    arguments.extend(parameters.0.iter().map(OsString::from));

    let mut path = project.programs(Tools::Stack).into_os_string();
    path.push(":");
    path.push(system::search_path());
    let mut environment = sam_environment(dir);
    environment.extend(system::build_environment());
    environment.extend([
        ("PATH".to_owned(), path),
        // The functions run on this machine: its own linker will do, and is much faster than zig.
        ("CARGO_LAMBDA_COMPILER".to_owned(), "cargo".into()),
    ]);
    project.program(Tools::Stack, "cargo-lambda")?;
    run(
        project,
        dir,
        "build",
        arguments,
        environment,
        BUILD,
        console,
    )
    .await
}

/// Deploys what was built to the emulator at `endpoint`.
pub(crate) async fn deploy(
    project: &Project,
    dir: &StackDir,
    endpoint: &str,
    parameters: &Parameters,
    console: Console,
) -> Result<()> {
    let mut arguments = sam(project, dir, "deploy", dir.build().join("template.yaml"))?;
    arguments.extend(
        [
            "--stack-name",
            STACK_NAME,
            "--resolve-s3",
            "--capabilities",
            "CAPABILITY_IAM",
            "CAPABILITY_NAMED_IAM",
            "CAPABILITY_AUTO_EXPAND",
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            "--parameter-overrides",
        ]
        .map(OsString::from),
    );
    arguments.extend(parameters.0.iter().map(OsString::from));

    let mut environment = sam_environment(dir);
    environment.extend(aws_environment(endpoint));
    environment.extend([
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".into()),
        // The emulator is done at once; SAM would look every 5 seconds.
        ("SAM_CLI_POLL_DELAY".to_owned(), "0.5".into()),
    ]);
    let text = "deploying template.yaml";
    run(
        project,
        dir,
        "deploy",
        arguments,
        environment,
        text,
        console,
    )
    .await
}

/// The outputs of a deployed stack by name.
pub(crate) async fn outputs(
    config: &SdkConfig,
    stack_name: &str,
) -> Result<BTreeMap<String, String>> {
    let client = aws_sdk_cloudformation::Client::new(config);
    let described = client
        .describe_stacks()
        .stack_name(stack_name)
        .send()
        .await
        .with_context(|| format!("stack {stack_name} cannot be described"))?;
    let stack = described
        .stacks()
        .first()
        .with_context(|| format!("there is no stack {stack_name}"))?;
    let pair = |output: &aws_sdk_cloudformation::types::Output| {
        Some((
            output.output_key()?.to_owned(),
            output.output_value()?.to_owned(),
        ))
    };
    Ok(stack.outputs().iter().filter_map(pair).collect())
}

/// This machine's architecture by Lambda's name.
fn host_architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    }
}

/// A SAM command on `template`.
fn sam(
    project: &Project,
    dir: &StackDir,
    command: &str,
    template: PathBuf,
) -> Result<Vec<OsString>> {
    // samconfig.toml is about AWS: another stack name, confirmations, perhaps a profile.
    std::fs::write(dir.sam_config(), "version = 0.1\n").context("SAM's settings")?;
    Ok(vec![
        project.program(Tools::Sam, "sam")?.into(),
        command.into(),
        "--template-file".into(),
        template.into(),
        "--config-file".into(),
        dir.sam_config().into(),
        "--region".into(),
        LOCAL_REGION.into(),
    ])
}

fn sam_environment(dir: &StackDir) -> Vec<(String, OsString)> {
    vec![
        ("HOME".to_owned(), dir.home().into()),
        ("TMPDIR".to_owned(), dir.tmp().into()),
        ("LANG".to_owned(), "C.UTF-8".into()),
        ("SAM_CLI_TELEMETRY".to_owned(), "0".into()),
    ]
}

/// Tells SAM that it looked for a newer release just now: it would ask the package index, and wait for it when offline.
fn skip_version_check(dir: &StackDir) -> Result<()> {
    let folder = dir.home().join(".aws-sam");
    let checked = serde_json::json!({ "lastVersionCheck": system::now_ms() / 1000 });
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("metadata.json"), checked.to_string()))
        .context("SAM's settings cannot be written")
}

async fn run(
    project: &Project,
    dir: &StackDir,
    part: &str,
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    text: &str,
    console: Console,
) -> Result<()> {
    skip_version_check(dir)?;
    let step = console.step(text);
    let log = dir.log(part);
    let launch = Launch {
        program: arguments,
        environment,
        log: log.clone(),
        lock: dir.path().join("sam.lock"),
        folder: project.root().to_owned(),
    };
    let mut process = Guarded::start(project, dir, launch)?;
    let status = loop {
        if let Some(status) = process.ended()? {
            break status;
        }
        step.still_going();
        tokio::time::sleep(POLL).await;
    };
    if !status.success() {
        bail!(
            "sam {part} failed ({status}), the end of {}:\n{}",
            project.relative(&log).display(),
            tail(&log, TAIL)
        );
    }
    step.done(&format!("sam {part} done"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_parameters_win() {
        let own = [
            "SensorShardCount=4".to_owned(),
            "SensorBatchSize=10".to_owned(),
        ];
        let Parameters(all) = Parameters::local(&own);
        assert!(all.contains(&"Target=local".to_owned()));
        assert!(all.contains(&"SensorShardCount=4".to_owned()));
        assert!(all.contains(&"SensorBatchSize=10".to_owned()));
        assert!(!all.contains(&"SensorShardCount=2".to_owned()));
        let Parameters(all) = Parameters(all).or("SensorBatchSize", "1").or("Batch", "2");
        assert!(all.contains(&"SensorBatchSize=10".to_owned()));
        assert!(!all.contains(&"SensorBatchSize=1".to_owned()));
        assert!(all.contains(&"Batch=2".to_owned()));
    }

    #[test]
    fn a_parameter_is_a_name_and_a_value() {
        assert!(parse_parameter("SensorBatchSize=50").is_ok());
        assert!(parse_parameter("AlarmEmail=").is_ok());
        for bad in ["BatchSize", "=50", "Batch Size=50", ""] {
            let error = parse_parameter(bad).unwrap_err();
            assert!(error.contains("expected Name=Value"), "{bad}");
        }
    }
}
