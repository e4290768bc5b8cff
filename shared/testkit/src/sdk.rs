//! The SDK configuration all clients of the kit share.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};

/// The region every client of the kit is in.
const REGION: &str = "us-east-1";

/// A configuration with static credentials that no service knows, so a mistake cannot reach an account.
pub(crate) fn config(http_client: SharedHttpClient, endpoint: Option<&str>) -> SdkConfig {
    let credentials = Credentials::new("testkit", "testkit", None, None, "testkit");
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client);
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    builder.build()
}
