//! The service over HTTP/1.1.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{Answer, ListError, OptOutListService};

/// Largest body that is read; the API's own are below 2 KB.
const MOST_BODY: usize = 64 * 1024;

/// How long the listener rests when it cannot accept, for instance because all file descriptors are in use.
const REST: Duration = Duration::from_millis(50);

/// Answers calls until the future is dropped; open connections then end with their runtime.
///
/// `GET /` is answered with 200, so that a caller can wait until the service is there.
pub async fn serve(listener: TcpListener, service: OptOutListService) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("opt-out lists: cannot accept a connection: {error}");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let service = service.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(service.clone(), request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            if let Err(error) = connection.await {
                tracing::debug!("opt-out lists: a connection broke: {error}");
            }
        });
    }
}

async fn answer(
    service: OptOutListService,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        return Ok(response(200, Bytes::new()));
    }
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    let body = Limited::new(request.into_body(), MOST_BODY).collect().await;
    let answer = match body {
        Ok(body) => service.answer(&target, &body.to_bytes()),
        Err(_) => Answer::from(ListError::Validation {
            reason: "INVALID_REQUEST",
            field: "body",
            expected: "at most 64 KB",
        }),
    };
    Ok(response(answer.status, answer.body.into()))
}

fn response(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = hyper::header::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
