//! An event of any kind through a function: for what is not fed by a stream.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use bytes::Bytes;
use futures_util::FutureExt;

use crate::batch::{InvocationError, panic_text};
use crate::deadline::Deadline;
use crate::metrics::Summary;
use crate::outcome::Counts;
use crate::run::{Handler, Setup, StartError, serve_until_end};

/// A function over events of any kind: of a schedule, of another service. It answers nothing: it succeeds or fails, and
/// what comes after a failure is up to whatever has sent the event.
pub trait EventFunction: Send + Sync {
    /// Does what the event, JSON, asks for. The counts are for the log and the metrics, also after a failure. Work ends
    /// at [`Deadline::work`].
    fn handle(
        &self,
        event: &[u8],
        deadline: Deadline,
    ) -> impl Future<Output = (Counts, Result<(), String>)> + Send;
}

/// Runs a function over events of any kind until Lambda ends the process; like [`run`](crate::run), with the same logs
/// and metrics, without a quarantine.
pub async fn run_event<F, S>(name: &'static str, start: S) -> ExitCode
where
    F: EventFunction + 'static,
    S: AsyncFnOnce(&Setup) -> Result<F, StartError>,
{
    serve_until_end(name, async |setup: &Setup| {
        Ok(AnyEvent(start(setup).await?))
    })
    .await
}

struct AnyEvent<F>(F);

impl<F: EventFunction> Handler for AnyEvent<F> {
    type Response = ();

    async fn handle(
        &self,
        event: Bytes,
        _request_id: &str,
        deadline: Deadline,
    ) -> (Summary, Result<(), InvocationError>) {
        let mut summary = Summary::default();
        let handled = AssertUnwindSafe(self.0.handle(&event, deadline)).catch_unwind();
        let result = match handled.await {
            Ok((counts, result)) => {
                summary.counts = counts;
                result.map_err(InvocationError::Function)
            }
            Err(panic) => Err(InvocationError::Panic(panic_text(&*panic))),
        };
        (summary, result)
    }
}
