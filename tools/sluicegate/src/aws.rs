//! Clients' settings: the local stack, or an account by the usual AWS settings.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kinesis::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_kinesis::primitives::DateTime;
use aws_smithy_async::time::SystemTimeSource;

use records::Timestamp;

/// Region of every local stack; the emulator takes any.
pub const LOCAL_REGION: &str = "us-east-1";
/// Key id and secret of every local stack: the emulator's root user, and of no use anywhere else.
pub const LOCAL_KEY: &str = "test";

/// Attempts per call to a local stack, the first one included.
const ATTEMPTS: u32 = 5;

/// Settings for the stack at `endpoint`. The environment is not read: whatever profile or endpoint the shell
/// names, these clients talk to the local stack only.
pub fn local_config(endpoint: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(LOCAL_REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            LOCAL_KEY,
            LOCAL_KEY,
            None,
            None,
            "the local stack",
        )))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .time_source(SystemTimeSource::new())
        // The SDK's own client would go through HTTP_PROXY even to the loopback interface.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// A client of the schema registry of a local stack, which is at an endpoint of its own.
pub fn local_glue(endpoint: &str) -> aws_sdk_glue::Client {
    aws_sdk_glue::Client::new(&local_config(endpoint))
}

/// Options that choose an account, and override the environment.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Where to")]
pub struct AccountArgs {
    /// Talk to this endpoint
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Talk to this region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Use this profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
}

impl AccountArgs {
    /// Whether any of them is given.
    pub fn are_given(&self) -> bool {
        self.endpoint_url.is_some() || self.region.is_some() || self.profile.is_some()
    }

    /// Settings as every AWS tool reads them: these options, the environment, the configuration files.
    pub async fn config(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(endpoint) = &self.endpoint_url {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        loader.load().await
    }
}

/// The SDK's time as ours, to the nearest microsecond: it has been a float on the way, and .101 s may have become
/// .100999832.
pub(crate) fn timestamp(time: DateTime) -> Timestamp {
    let nanos = i64::from(time.subsec_nanos());
    let micros = time.secs().saturating_mul(1_000_000) + (nanos + 500) / 1_000;
    Timestamp::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_has_been_a_float_keeps_its_millisecond() {
        for millis in 0..1_000 {
            let text = format!("1795281990.{millis:03}");
            let time = DateTime::from_secs_f64(text.parse().unwrap());
            assert_eq!(timestamp(time).as_millis(), 1_795_281_990_000 + millis);
        }
    }
}
