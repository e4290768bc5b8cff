//! A stand-in as an HTTP client below the SDK, without a socket.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::{Answer, Service, StandIn};

impl<S: StandIn> Service<S> {
    /// The HTTP client that is this service, whatever the endpoint.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Route {
            service: self.clone(),
            others: None,
        })
    }

    /// An HTTP client that answers calls of this API and sends all others to `others`, so that one configuration
    /// serves a whole function.
    pub fn http_client_beside(&self, others: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Route {
            service: self.clone(),
            others: Some(others),
        })
    }
}

#[derive(Debug)]
struct Route<S> {
    service: Service<S>,
    others: Option<SharedHttpClient>,
}

impl<S: StandIn> HttpClient for Route<S> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let others = self.others.as_ref();
        SharedHttpConnector::new(RouteConnector {
            service: self.service.clone(),
            others: others.map(|client| client.http_connector(settings, components)),
        })
    }
}

#[derive(Debug)]
struct RouteConnector<S> {
    service: Service<S>,
    others: Option<SharedHttpConnector>,
}

impl<S: StandIn> HttpConnector for RouteConnector<S> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let target = target.to_owned();
        match &self.others {
            Some(others) if !target.starts_with(S::SERVICE) => others.call(request),
            _ => {
                let service = self.service.clone();
                HttpConnectorFuture::new(async move {
                    let body = ByteStream::new(request.into_body()).collect().await;
                    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
                    response::<S>(service.answer(&target, &body.to_vec()))
                })
            }
        }
    }
}

fn response<S: StandIn>(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let response = hyper::Response::builder()
        .status(answer.status)
        .header("content-type", S::CONTENT_TYPE)
        .header("x-amzn-requestid", "STAND-IN")
        .body(SdkBody::from(answer.body));
    let response = response.map_err(|error| ConnectorError::other(error.into(), None))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
