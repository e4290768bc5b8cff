//! The address of a region's DynamoDB, by the SDK's own rules and settings.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::service_config::ServiceConfigKey;
use futures_util::FutureExt;
use http::uri::Uri;

use super::TransportError;

/// Resolves the endpoint once: `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL` or their profile settings first,
/// else the region's address, FIPS or dual stack if set.
pub(super) fn resolve(config: &SdkConfig, region: &str) -> Result<Uri, TransportError> {
    let no_endpoint = |what: &dyn std::fmt::Display| TransportError::NoEndpoint(what.to_string());
    let params = Params::builder()
        .region(region)
        .set_use_fips(config.use_fips())
        .set_use_dual_stack(config.use_dual_stack())
        .set_endpoint(configured(config))
        .build()
        .map_err(|error| no_endpoint(&error))?;
    // The rules are evaluated in memory: their future is ready at once.
    let resolved =
        ResolveEndpoint::resolve_endpoint(&DefaultResolver::new(), &params).now_or_never();
    let endpoint = resolved.ok_or_else(|| no_endpoint(&"the rules did not answer at once"))?;
    let endpoint = endpoint.map_err(|error| no_endpoint(&error))?;
    let uri: Uri = endpoint
        .url()
        .parse()
        .map_err(|error| no_endpoint(&error))?;
    Ok(uri)
}

fn configured(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("DynamoDB")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_service = config
        .service_config()
        .and_then(|settings| settings.load_config(key));
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};

    use super::*;

    #[test]
    fn the_endpoint_follows_the_sdks_rules() {
        let config = || {
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("cn-north-1"))
        };
        for (config, region, expected) in [
            (
                config().build(),
                "us-east-1",
                "https://dynamodb.us-east-1.amazonaws.com/",
            ),
            (
                config().build(),
                "cn-north-1",
                "https://dynamodb.cn-north-1.amazonaws.com.cn/",
            ),
            (
                config().use_fips(true).build(),
                "us-east-1",
                "https://dynamodb-fips.us-east-1.amazonaws.com/",
            ),
            (
                config().use_dual_stack(true).build(),
                "us-east-1",
                "https://dynamodb.us-east-1.api.aws/",
            ),
            (
                config().endpoint_url("http://127.0.0.1:4566").build(),
                "us-east-1",
                "http://127.0.0.1:4566/",
            ),
        ] {
            assert_eq!(resolve(&config, region).unwrap().to_string(), expected);
        }
    }
}
