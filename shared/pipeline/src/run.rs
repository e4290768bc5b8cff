//! From the start of the process to the loop over invocations.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use bytes::Bytes;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use records::{BatchResponse, KinesisEvent, KinesisRecord};
use serde::Serialize;
use tokio::time::Instant;

use crate::batch::{InvocationError, Pipeline, StreamFunction};
use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigError, Environment, PipelineConfig, deadline_margin};
use crate::deadline::Deadline;
use crate::event::EventSlot;
use crate::logs;
use crate::metrics::{BatchLine, MetricsLog, Summary};
use crate::quarantine::Quarantine;
use crate::record_layers::RecordLayers;

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
    let pipeline = async |setup: &Setup| {
        let Around { quarantine, layers } = around(name, setup)?;
        let function = start(setup).await?;
        Ok(Pipeline::new(function, quarantine, SystemClock).with_layers(layers))
    };
    serve_until_end(name, pipeline).await
}

/// What is around a function of a stream.
pub(crate) struct Around {
    pub(crate) quarantine: Quarantine,
    pub(crate) layers: RecordLayers,
}

/// Builds it from the settings.
pub(crate) fn around(name: &'static str, setup: &Setup) -> Result<Around, ConfigError> {
    let config = PipelineConfig::read(&setup.environment)?;
    let bucket = config.quarantine_bucket;
    Ok(Around {
        quarantine: Quarantine::new(name, bucket, setup.sdk.clone()),
        layers: RecordLayers::new(config.layers, &setup.sdk),
    })
}

/// Serves with the handler that `start` builds; tells in the log why it could not.
pub(crate) async fn serve_until_end<H, S>(name: &'static str, start: S) -> ExitCode
where
    H: Handler + 'static,
    S: AsyncFnOnce(&Setup) -> Result<H, StartError>,
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

/// What is done with the event of an invocation, whatever kind of function it is.
pub(crate) trait Handler: Send + Sync {
    /// The answer to Lambda.
    type Response: Serialize + Send + Sync;

    /// Handles one event, which may be dropped once it is read. The summary is for the log, whether it succeeds or fails.
    fn handle(
        &self,
        event: Bytes,
        request_id: &str,
        deadline: Deadline,
    ) -> impl Future<Output = (Summary, Result<Self::Response, InvocationError>)> + Send;
}

async fn serve<H, S>(name: &'static str, start: S) -> Result<(), StartError>
where
    H: Handler + 'static,
    S: AsyncFnOnce(&Setup) -> Result<H, StartError>,
{
    let environment = Environment::process();
    let margin = deadline_margin(&environment)?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let setup = Setup { environment, sdk };
    let handler = start(&setup).await?;
    if let Some(variable) = RUNTIME_VARIABLES
        .into_iter()
        .find(|name| setup.environment.optional(name).is_none())
    {
        return Err(StartError::NotInLambda(variable));
    }
    let invocations = Arc::new(Invocations {
        name,
        margin,
        handler,
        metrics: MetricsLog::new(Box::new(std::io::stdout())),
    });
    let slot = EventSlot::default();
    let taken = slot.clone();
    let handler = service_fn(move |invocation: LambdaEvent<()>| {
        let (invocations, event) = (invocations.clone(), taken.take());
        async move { invocations.handle(event, &invocation.context).await }
    });
    let runtime = Runtime::new(handler).layer(slot);
    // As a task of its own: a wake of the future under `block_on` costs a system call, one of a task does not.
    let running = tokio::spawn(runtime.run()).await;
    running
        .map_err(|error| StartError::Runtime(error.into()))?
        .map_err(StartError::Runtime)
}

struct Invocations<H> {
    name: &'static str,
    margin: Duration,
    handler: H,
    metrics: MetricsLog,
}

impl<H: Handler> Invocations<H> {
    async fn handle(&self, event: Bytes, context: &Context) -> Result<H::Response, Diagnostic> {
        let started = Instant::now();
        let deadline = Deadline::new(context.deadline(), self.margin, SystemClock.now());
        let (summary, result) = self
            .handler
            .handle(event, &context.request_id, deadline)
            .await;
        let failure = result.as_ref().err().map(ToString::to_string);
        self.metrics.write(&BatchLine {
            function: self.name,
            done_at: SystemClock.now(),
            request_id: &context.request_id,
            summary: &summary,
            duration: started.elapsed(),
            failure,
        });
        result.map_err(|error| {
            tracing::warn!(request_id = context.request_id, error = %error, "the batch is to be delivered again");
            Diagnostic {
                error_type: error.name().to_owned(),
                error_message: error.to_string(),
            }
        })
    }
}

impl<F: StreamFunction> Handler for Pipeline<F, SystemClock> {
    type Response = BatchResponse;

    async fn handle(
        &self,
        text: Bytes,
        request_id: &str,
        deadline: Deadline,
    ) -> (Summary, Result<BatchResponse, InvocationError>) {
        let event = match KinesisEvent::from_json(&text) {
            Ok(event) => event,
            Err(error) => {
                let malformed = InvocationError::MalformedEvent(error.to_string());
                return (Summary::default(), Err(malformed));
            }
        };
        // Up to 6 MB, of which all that counts has been read.
        drop(text);
        let result = self.process(&event, request_id, deadline).await;
        let mut summary = positions(&event);
        let report = match result {
            Ok(report) => report,
            Err(error) => {
                summary.counts.reported = event.len();
                return (summary, Err(error));
            }
        };
        if let Some(from) = report.response.first_failure() {
            let reason = report.retry_reason.as_deref();
            let records = report.counts.reported;
            tracing::warn!(
                request_id,
                from,
                records,
                reason,
                "records to be delivered again"
            );
        }
        summary.counts = report.counts;
        summary.quarantined = report.quarantined;
        summary.quarantine_key = report.quarantine_key;
        summary.doubtful = report.doubtful;
        summary.record_age = report.record_age;
        (summary, Ok(report.response))
    }
}

/// Which records an event has.
fn positions(event: &KinesisEvent) -> Summary {
    let number = |record: Option<KinesisRecord<'_>>| {
        record?.sequence_number.map(|number| number.to_string())
    };
    let first = event.records().next();
    Summary {
        shard_id: first.and_then(|record| record.shard_id).map(str::to_owned),
        first_sequence_number: number(first),
        last_sequence_number: number(event.records().next_back()),
        ..Summary::default()
    }
}
