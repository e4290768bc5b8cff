//! From the start of the process to the loop over invocations.

use std::process::ExitCode;
use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use records::{BatchResponse, KinesisEvent};
use tokio::time::Instant;

use crate::batch::{BatchReport, InvocationError, Pipeline, StreamFunction};
use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigError, Environment, PipelineConfig};
use crate::deadline::Deadline;
use crate::event::EventSlot;
use crate::logs;
use crate::metrics::{BatchLine, MetricsLog};
use crate::outcome::Counts;
use crate::quarantine::Quarantine;

/// What a function is built from at the start of the process.
pub struct Setup {
    /// The environment's settings.
    pub environment: Environment<'static>,
    /// The SDK's configuration: region, credentials, endpoints.
    pub sdk: SdkConfig,
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A client of another service cannot be built.
    #[error("{0}")]
    Client(Box<dyn std::error::Error + Send + Sync>),
    /// The process was not started by Lambda or by something that plays its part.
    #[error(
        "{0} is not set: this program is a Lambda function; start it with `sam local invoke`, \
         `cargo lambda watch` or a Lambda runtime"
    )]
    NotInLambda(&'static str),
    /// The Lambda Runtime API failed.
    #[error("the Lambda Runtime API failed: {0}")]
    Runtime(Box<dyn std::error::Error + Send + Sync>),
}

/// Runs a stream function until Lambda ends the process: reads the settings, has `start` build the function, and
/// takes every batch through it.
///
/// A wrong setting is told in the log and ends the process with exit code 1. A malformed event or a panic fails that
/// invocation only.
pub async fn run<F, S>(name: &'static str, start: S) -> ExitCode
where
    F: StreamFunction + 'static,
    S: AsyncFnOnce(&Setup) -> Result<F, StartError>,
{
    logs::start(&Environment::process());
    match serve(name, start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = name, error = %error, "the function cannot run");
            ExitCode::FAILURE
        }
    }
}

/// What `lambda_runtime` expects to find, else it panics.
const RUNTIME_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

async fn serve<F, S>(name: &'static str, start: S) -> Result<(), StartError>
where
    F: StreamFunction + 'static,
    S: AsyncFnOnce(&Setup) -> Result<F, StartError>,
{
    let environment = Environment::process();
    let config = PipelineConfig::read(&environment)?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let setup = Setup { environment, sdk };
    let function = start(&setup).await?;
    if let Some(variable) = RUNTIME_VARIABLES
        .into_iter()
        .find(|name| setup.environment.optional(name).is_none())
    {
        return Err(StartError::NotInLambda(variable));
    }
    let quarantine = Quarantine::new(name, config.quarantine_bucket.clone(), setup.sdk);
    let invocations = Arc::new(Invocations {
        name,
        config,
        pipeline: Pipeline::new(function, quarantine, SystemClock),
        metrics: MetricsLog::new(Box::new(std::io::stdout())),
    });
    let slot = EventSlot::default();
    let taken = slot.clone();
    let handler = service_fn(move |invocation: LambdaEvent<()>| {
        let (invocations, event) = (invocations.clone(), taken.take());
        async move { invocations.handle(&event, &invocation.context).await }
    });
    let runtime = Runtime::new(handler).layer(slot);
    // As a task of its own: a wake of the future under `block_on` costs a system call, one of a task does not.
    let running = tokio::spawn(runtime.run()).await;
    running
        .map_err(|error| StartError::Runtime(error.into()))?
        .map_err(StartError::Runtime)
}

struct Invocations<F> {
    name: &'static str,
    config: PipelineConfig,
    pipeline: Pipeline<F, SystemClock>,
    metrics: MetricsLog,
}

impl<F: StreamFunction> Invocations<F> {
    async fn handle(&self, event: &[u8], context: &Context) -> Result<BatchResponse, Diagnostic> {
        let started = Instant::now();
        let deadline = Deadline::new(
            context.deadline(),
            self.config.deadline_margin,
            SystemClock.now(),
        );
        let (event, result) = match KinesisEvent::from_json(event) {
            Ok(event) => {
                let result = self
                    .pipeline
                    .process(&event, &context.request_id, deadline)
                    .await;
                (event, result)
            }
            Err(error) => (
                KinesisEvent::default(),
                Err(InvocationError::MalformedEvent(error.to_string())),
            ),
        };
        self.metrics
            .write(&self.line(&event, &context.request_id, &result, started));
        match result {
            Ok(report) => {
                if let Some(from) = report.response.first_failure() {
                    let reason = report.retry_reason.as_deref();
                    let records = report.counts.reported;
                    tracing::warn!(
                        request_id = context.request_id,
                        from,
                        records,
                        reason,
                        "records to be delivered again"
                    );
                }
                Ok(report.response)
            }
            Err(error) => {
                tracing::warn!(request_id = context.request_id, error = %error, "the batch is to be delivered again");
                Err(Diagnostic {
                    error_type: error.name().to_owned(),
                    error_message: error.to_string(),
                })
            }
        }
    }

    fn line<'a>(
        &self,
        event: &'a KinesisEvent,
        request_id: &'a str,
        result: &Result<BatchReport, InvocationError>,
        started: Instant,
    ) -> BatchLine<'a> {
        let first = event.records().next();
        let last = event.records().next_back();
        let report = result.as_ref().ok();
        let sequence_number = |record: Option<records::KinesisRecord<'a>>| {
            record?.sequence_number.map(records::SequenceNumber::as_str)
        };
        let failed = || Counts {
            reported: event.len(),
            ..Counts::default()
        };
        let by_reason = report
            .filter(|report| !report.quarantined.is_empty())
            .map(|report| {
                let counts: Vec<_> = report
                    .quarantined
                    .iter()
                    .map(|(reason, count)| format!("{reason}:{count}"))
                    .collect();
                counts.join(" ")
            });
        BatchLine {
            function: self.name,
            done_at: SystemClock.now(),
            request_id,
            shard_id: first.and_then(|record| record.shard_id),
            first_sequence_number: sequence_number(first),
            last_sequence_number: sequence_number(last),
            counts: report.map_or_else(failed, |report| report.counts),
            quarantined_by_reason: by_reason,
            quarantine_key: report.and_then(|report| report.quarantine_key.clone()),
            record_age: report.and_then(|report| report.record_age),
            duration: started.elapsed(),
            failure: result.as_ref().err().map(ToString::to_string),
        }
    }
}
