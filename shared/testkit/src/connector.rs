//! A client's connections without an SDK client around them.

use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;

/// The connector of `client`, for code that signs and sends requests itself.
pub fn connector(client: &SharedHttpClient) -> SharedHttpConnector {
    let components = RuntimeComponentsBuilder::for_tests()
        .with_time_source(Some(SharedTimeSource::new(SystemTimeSource::new())))
        .build()
        .expect("the components made for tests are complete");
    client.http_connector(&HttpConnectorSettings::default(), &components)
}
