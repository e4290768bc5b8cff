//! The SMS opt-out list of AWS End User Messaging.

use aws_config::SdkConfig;
use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::config::retry::RetryConfig;
use aws_sdk_pinpointsmsvoicev2::config::timeout::TimeoutConfig;
use aws_sdk_pinpointsmsvoicev2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_pinpointsmsvoicev2::operation::delete_opted_out_number::DeleteOptedOutNumberError;
use aws_sdk_pinpointsmsvoicev2::operation::put_opted_out_number::PutOptedOutNumberError;
use aws_sdk_pinpointsmsvoicev2::types::error::ValidationException;
use aws_sdk_pinpointsmsvoicev2::types::{ResourceType, ValidationExceptionReason};
use tokio::time::{Instant, timeout_at};

use super::{Calling, Channel, ChannelError};

/// The channel's name.
const NAME: &str = "sms";

/// Why a number cannot be taken off a list: "Each destination phone number can only be deleted once every 30 days" (API
/// reference, `DeleteOptedOutNumber`). It is the only conflict that the reference tells of for this call.
const WITHIN_30_DAYS: &str = "opted-in-within-30-days";

/// A list of numbers that get no SMS.
#[derive(Debug)]
pub struct SmsOptOutList {
    client: Client,
    /// Name or ARN.
    list: String,
}

impl SmsOptOutList {
    /// The list of that name or ARN. The SDK tries nothing again: who calls knows until when a call may be on its way.
    pub fn new(sdk: &SdkConfig, list: String) -> Self {
        let config = aws_sdk_pinpointsmsvoicev2::config::Builder::from(sdk)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        Self { client, list }
    }

    async fn put(&self, number: &str, until: Instant) -> Result<(), ChannelError> {
        let call = self.client.put_opted_out_number();
        let call = call.opt_out_list_name(&self.list).opted_out_number(number);
        let error = match timeout_at(until, call.send()).await {
            Err(_) => return Err(no_answer()),
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
        };
        match error.as_service_error() {
            Some(PutOptedOutNumberError::ValidationException(refusal)) => {
                Err(refused(refusal, "number-cannot-be-opted-out"))
            }
            _ => Err(failure(&error)),
        }
    }

    async fn delete(&self, number: &str, until: Instant) -> Result<(), ChannelError> {
        let call = self.client.delete_opted_out_number();
        let call = call.opt_out_list_name(&self.list).opted_out_number(number);
        let error = match timeout_at(until, call.send()).await {
            Err(_) => return Err(no_answer()),
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
        };
        match error.as_service_error() {
            Some(DeleteOptedOutNumberError::ResourceNotFoundException(missing))
                if missing.resource_type() == Some(&ResourceType::from("opted-out-number")) =>
            {
                Ok(())
            }
            Some(DeleteOptedOutNumberError::ConflictException(_)) => {
                Err(ChannelError::Refused(WITHIN_30_DAYS))
            }
            Some(DeleteOptedOutNumberError::ValidationException(refusal)) => {
                Err(refused(refusal, "number-cannot-be-opted-in"))
            }
            _ => Err(failure(&error)),
        }
    }
}

impl Channel for SmsOptOutList {
    fn name(&self) -> &'static str {
        NAME
    }

    fn opt_out<'c>(&'c self, address: &'c str, until: Instant) -> Calling<'c> {
        Box::pin(self.put(address, until))
    }

    fn opt_in<'c>(&'c self, address: &'c str, until: Instant) -> Calling<'c> {
        Box::pin(self.delete(address, until))
    }
}

fn no_answer() -> ChannelError {
    ChannelError::Transient("no answer in time".to_owned())
}

/// A request that is not valid: by the list, which is a setting, or by the number.
fn refused(refusal: &ValidationException, cannot: &'static str) -> ChannelError {
    use ValidationExceptionReason as Reason;
    match refusal.reason() {
        Some(Reason::PhoneNumberCannotBeOptedIn | Reason::CannotAddOptedOutNumber) => {
            return ChannelError::Refused(cannot);
        }
        Some(Reason::InvalidArn | Reason::ResourceNotAccessible) => {
            return ChannelError::Unavailable("the list is refused: OPT_OUT_LIST".to_owned());
        }
        _ => {}
    }
    let is_list = |field: &str| field == "OptOutListName";
    if refusal.fields().iter().any(|field| is_list(field.name())) {
        return ChannelError::Unavailable("the list is refused: OPT_OUT_LIST".to_owned());
    }
    ChannelError::Refused("number-refused")
}

/// What to do about an error, by its name and else by the HTTP status. Of the service's own words nothing is told: they
/// may quote the number.
fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> ChannelError {
    let status = error
        .raw_response()
        .map_or(0, |response| response.status().as_u16());
    let code = match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("no error code"),
        SdkError::ConstructionFailure(_) => {
            return ChannelError::Unavailable("the call cannot be made".to_owned());
        }
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "no connection",
        _ => "an answer that cannot be read",
    };
    let code = if is_name(code) { code } else { "an error" };
    let text = format!("{status} {code}");
    match code {
        "AccessDeniedException" => {
            ChannelError::Unavailable(format!("{text}: the role may not change OPT_OUT_LIST"))
        }
        "ResourceNotFoundException" => {
            ChannelError::Unavailable(format!("{text}: there is no list OPT_OUT_LIST"))
        }
        "ThrottlingException"
        | "TooManyRequestsException"
        | "ExpiredTokenException"
        | "ConflictException" => ChannelError::Transient(text),
        _ if (400..500).contains(&status) && status != 408 && status != 429 => {
            ChannelError::Unavailable(text)
        }
        _ => ChannelError::Transient(text),
    }
}

/// Whether a text can be shown: letters and spaces, as names of errors are.
fn is_name(code: &str) -> bool {
    code.len() <= 64
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b' ')
}
