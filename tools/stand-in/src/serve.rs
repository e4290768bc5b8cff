//! A stand-in over HTTP/1.1.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{Service, StandIn};

/// How long the listener rests when it cannot accept, for instance because all file descriptors are in use.
const REST: Duration = Duration::from_millis(50);

/// Answers calls until the future is dropped; open connections then end with their runtime.
///
/// `GET /` is answered with 200, so that a caller can wait until the service is there.
pub async fn serve<S: StandIn>(listener: TcpListener, service: Service<S>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("{}: cannot accept a connection: {error}", S::NAME);
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let service = service.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(service.clone(), request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            if let Err(error) = connection.await {
                tracing::debug!("{}: a connection broke: {error}", S::NAME);
            }
        });
    }
}

async fn answer<S: StandIn>(
    service: Service<S>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        return Ok(response::<S>(200, Bytes::new()));
    }
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    let body = Limited::new(request.into_body(), S::MOST_BODY).collect();
    let answer = match body.await {
        Ok(body) => service.answer(&target, &body.to_bytes()),
        Err(_) => S::too_large(),
    };
    Ok(response::<S>(answer.status, answer.body.into()))
}

fn response<S: StandIn>(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(S::CONTENT_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
