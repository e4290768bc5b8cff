//! Invoking the function.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::primitives::Blob;
use mapping::InvocationResult;

use super::mappings::Mapping;
use crate::causes::causes;

/// What an invocation may take beyond the function's own `Timeout`: the start of its process.
const START: Duration = Duration::from_secs(30);
/// What is shown of what a function has thrown, in characters.
const SHOWN: usize = 300;

/// The function of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Function {
    client: Client,
    arn: String,
}

/// How a call has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// Lambda's name for the invocation, if there was one.
    pub(super) request_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The body of the function's answer.
    Answered(Vec<u8>),
    /// It threw, timed out or crashed: what it said.
    Error(String),
    /// The call did not reach the function: why.
    NotInvoked(String),
}

impl Outcome {
    pub(super) fn as_result(&self) -> InvocationResult<'_> {
        match self {
            Self::Answered(body) => InvocationResult::Answered(body),
            Self::Error(_) => InvocationResult::FunctionError,
            Self::NotInvoked(_) => InvocationResult::NotInvoked,
        }
    }
}

impl Function {
    pub(super) fn new(config: &SdkConfig, mapping: &Mapping) -> Self {
        let longest = mapping.timeout + START;
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(longest)
            .read_timeout(longest)
            .build();
        let config = aws_sdk_lambda::config::Builder::from(config)
            // A call that the SDK repeats would be an attempt that the mapping knows nothing of.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self {
            client: Client::from_conf(config),
            arn: mapping.function_arn.clone(),
        }
    }

    /// Calls the function and waits for its answer.
    pub(super) async fn invoke(&self, event: String) -> Answer {
        let answer = self
            .client
            .invoke()
            .function_name(&self.arn)
            .payload(Blob::new(event))
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let request_id = answer.request_id().map(str::to_owned);
                let is_error = answer.function_error().is_some();
                let body = answer.payload.map(Blob::into_inner).unwrap_or_default();
                let outcome = if is_error {
                    let text = String::from_utf8_lossy(&body);
                    Outcome::Error(text.chars().take(SHOWN).collect())
                } else {
                    Outcome::Answered(body)
                };
                Answer {
                    outcome,
                    request_id,
                }
            }
            Err(error) => Answer {
                request_id: error.request_id().map(str::to_owned),
                outcome: match &error {
                    // It may well have run: to be tried again as one that has failed.
                    SdkError::TimeoutError(_) => {
                        Outcome::Error("no answer within the function's timeout".to_owned())
                    }
                    _ => Outcome::NotInvoked(causes(&error)),
                },
            },
        }
    }
}
