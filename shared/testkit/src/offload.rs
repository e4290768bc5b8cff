//! Real HTTP that virtual time cannot overtake.
//!
//! Under `#[tokio::test(start_paused = true)]` a runtime that waits for a socket counts as idle, so it jumps to the
//! next timer: the SDK's timeouts fire before any answer can arrive. Calls made here run on another runtime, whose
//! clock is real, while the caller's runtime waits in `spawn_blocking`, which holds virtual time still.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Plain HTTP without TLS, run on `runtime`.
pub(crate) fn http_client(runtime: Handle) -> SharedHttpClient {
    SharedHttpClient::new(OffloadedClient {
        runtime,
        inner: aws_smithy_http_client::Builder::new().build_http(),
    })
}

#[derive(Debug)]
struct OffloadedClient {
    runtime: Handle,
    inner: SharedHttpClient,
}

impl HttpClient for OffloadedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(OffloadedConnector {
            runtime: self.runtime.clone(),
            inner: self.inner.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct OffloadedConnector {
    runtime: Handle,
    inner: SharedHttpConnector,
}

impl HttpConnector for OffloadedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (sender, receiver) = oneshot::channel();
        let connector = self.inner.clone();
        self.runtime.spawn(async move {
            let _ = sender.send(whole(connector, request).await);
        });
        HttpConnectorFuture::new(async move {
            let waited = tokio::task::spawn_blocking(|| receiver.blocking_recv()).await;
            match waited {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => {
                    Err(ConnectorError::io("the local server has stopped".into()))
                }
            }
        })
    }
}

/// The answer to its last byte: what were left of it would be waited for on the caller's runtime.
async fn whole(
    connector: SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let mut answer = connector.call(request).await?;
    let body = ByteStream::new(answer.take_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
    *answer.body_mut() = SdkBody::from(body.into_bytes());
    Ok(answer)
}
