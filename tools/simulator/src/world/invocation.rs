//! One invocation, from Lambda's side.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use mapping::InvocationResult;
use tokio::time::{sleep, timeout};

use super::clock::Clock;
use super::handler::{Call, Handler};
use super::history::Mishap;
use crate::timeline::Outcome;

/// What is to be done in an invocation.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) event: String,
    pub(super) request_id: String,
    pub(super) mishap: Option<Mishap>,
    pub(super) timeout: Duration,
    /// How long the event takes to the function, and the answer back.
    pub(super) ways: [Duration; 2],
}

/// How an invocation has ended.
#[derive(Debug)]
pub(super) enum Reply {
    Answered(Vec<u8>),
    /// The reason is for the timeline.
    Failed(String),
    NotInvoked,
}

/// Invokes the function.
pub(super) async fn invoke<H: Handler>(handler: &H, plan: Plan, clock: Clock) -> Reply {
    let [there, back] = plan.ways;
    sleep(there).await;
    if plan.mishap == Some(Mishap::Throttled) {
        return Reply::NotInvoked;
    }
    let now = clock.now();
    let call = Call {
        event: &plan.event,
        request_id: &plan.request_id,
        now: now.to_system_time(),
        deadline: (now + plan.timeout).to_system_time(),
    };
    let crash = match plan.mishap {
        Some(Mishap::CrashAfterMs(millis)) => Duration::from_millis(millis),
        _ => Duration::MAX,
    };
    let answered = AssertUnwindSafe(handler.handle(call)).catch_unwind();
    let reply = match timeout(plan.timeout.min(crash), answered).await {
        Err(_) if crash < plan.timeout => Reply::Failed("crashed".to_owned()),
        Err(_) => Reply::Failed("timed out".to_owned()),
        Ok(Err(_)) => Reply::Failed("panicked".to_owned()),
        Ok(Ok(Err(error))) => Reply::Failed(format!("threw: {error}")),
        Ok(Ok(Ok(_))) if plan.mishap == Some(Mishap::AnswerLost) => {
            Reply::Failed("answered, but the answer is lost".to_owned())
        }
        Ok(Ok(Ok(answer))) => Reply::Answered(answer),
    };
    sleep(back).await;
    reply
}

impl Reply {
    /// What the mapping is told.
    pub(super) fn result(&self) -> InvocationResult<'_> {
        match self {
            Self::Answered(body) => InvocationResult::Answered(body),
            Self::Failed(_) => InvocationResult::FunctionError,
            Self::NotInvoked => InvocationResult::NotInvoked,
        }
    }

    /// The body of the answer, if there is one.
    pub(super) fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Answered(body) => Some(body),
            Self::Failed(_) | Self::NotInvoked => None,
        }
    }

    /// As the timeline has it. `number` names a record by its sequence number.
    pub(super) fn outcome(&self, number: impl Fn(&str) -> u64) -> Outcome {
        match self {
            Self::Failed(_) => Outcome::Throw,
            Self::NotInvoked => Outcome::Throttle,
            Self::Answered(body) => {
                let reported = reported(body).unwrap_or_default();
                if reported.is_empty() {
                    return Outcome::Ok;
                }
                Outcome::Report(reported.iter().map(|id| number(id)).collect())
            }
        }
    }
}

fn reported(body: &[u8]) -> Option<Vec<String>> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let failures = body.get("batchItemFailures")?.as_array()?.iter();
    let ids = failures.map(|failure| failure.get("itemIdentifier")?.as_str());
    ids.map(|id| id.map(str::to_owned)).collect()
}
