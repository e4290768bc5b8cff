//! What has to be kept in step with the table, behind a trait: nothing outside an implementation knows which it is.

mod pace;
mod sms;

use std::pin::Pin;

use tokio::time::Instant;

pub use pace::Pace;
pub use sms::SmsOptOutList;

/// A call of a channel.
pub type Calling<'c> = Pin<Box<dyn Future<Output = Result<(), ChannelError>> + Send + 'c>>;

/// A service that has to know who wants no messages.
///
/// Both calls may be repeated. Neither is tried again by itself, and neither is waited for beyond `until`: what has not
/// been answered then has not been heard of.
pub trait Channel: Send + Sync {
    /// A short fixed name, the value of `pending` in the rows of its numbers.
    fn name(&self) -> &'static str;

    /// From now on no messages to this address.
    fn opt_out<'c>(&'c self, address: &'c str, until: Instant) -> Calling<'c>;

    /// Messages again. Success if they were allowed all the time.
    fn opt_in<'c>(&'c self, address: &'c str, until: Instant) -> Calling<'c>;
}

/// Why a call of a channel has not done what it was to do. No text of it holds an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// Throttled, broken off, or failed inside the service. It may have been done.
    #[error("the channel could not do it now: {0}")]
    Transient(String),
    /// The service refuses this address for good, or for long: a short fixed name of the reason.
    #[error("the channel refuses it: {0}")]
    Refused(&'static str),
    /// Neither the address's fault nor passing soon: no permission, no list.
    #[error("the channel cannot be used: {0}")]
    Unavailable(String),
}
