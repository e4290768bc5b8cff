//! A service behind the real SDK clients: what is on the wire is what counts.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::aws::local_config;

/// A request: its operation or `METHOD path`, and its body, JSON or text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) operation: String,
    pub(super) body: Value,
}

/// What is answered: headers, status and body.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Response {
    pub(super) fn ok(body: &Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            headers: vec![("x-amzn-errortype", code.to_owned())],
            body: json!({ "__type": code, "message": message, "Message": message }).to_string(),
        }
    }
}

type Serve = dyn FnMut(&Request) -> Response + Send;

/// Answers requests by a function, one after another, and remembers them.
#[derive(Clone)]
pub(super) struct Wire {
    serve: Arc<Mutex<Box<Serve>>>,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub(super) fn new(serve: impl FnMut(&Request) -> Response + Send + 'static) -> Self {
        Self {
            serve: Arc::new(Mutex::new(Box::new(serve))),
            seen: Arc::default(),
        }
    }

    /// Settings of clients that talk to it, once for each call.
    pub(super) fn config(&self) -> SdkConfig {
        let config = local_config("http://127.0.0.1:1").into_builder();
        config
            .http_client(self.clone())
            .retry_config(RetryConfig::disabled())
            .build()
    }

    /// The requests so far.
    pub(super) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let target = request.headers().get("x-amz-target");
        let operation = target.and_then(|target| target.split_once('.'));
        let operation = operation.map_or_else(
            || {
                let path = request.uri().split_once("127.0.0.1:1").unwrap().1;
                format!("{} {path}", request.method())
            },
            |(_, operation)| operation.to_owned(),
        );
        let bytes = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(bytes)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes)));
        let request = Request { operation, body };
        let response = (self.serve.lock().unwrap())(&request);
        self.seen.lock().unwrap().push(request);
        let mut answer = HttpResponse::new(
            response.status.try_into().unwrap(),
            SdkBody::from(response.body),
        );
        for (name, value) in response.headers {
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.answer(&request)))
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
