//! Calls that take their time, so that others come in between: also between the rows of one query, which DynamoDB reads
//! one by one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::time::sleep;

/// Longest wait. An invocation of a second still gets through.
const LONGEST_MS: u64 = 150;

/// A client that holds half of its calls back for a while, and half of its queries in the middle.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    inner: SharedHttpClient,
    random: Arc<Mutex<Rng>>,
}

impl Slow {
    pub(crate) fn new(inner: SharedHttpClient, seed: u64) -> Self {
        let random = Arc::new(Mutex::new(Rng::with_seed(seed)));
        Self { inner, random }
    }

    pub(crate) fn http_client(self) -> SharedHttpClient {
        SharedHttpClient::new(self)
    }
}

impl HttpClient for Slow {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(SlowConnector {
            inner: self.inner.http_connector(settings, components),
            random: Arc::clone(&self.random),
        })
    }
}

#[derive(Debug)]
struct SlowConnector {
    inner: SharedHttpConnector,
    random: Arc<Mutex<Rng>>,
}

impl HttpConnector for SlowConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut random = self.random.lock().unwrap();
        let mut wait = || Duration::from_millis(random.u64(0..LONGEST_MS) * random.u64(0..2));
        let (wait, between) = (wait(), wait());
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let is_torn = target.ends_with(".Query") && !between.is_zero();
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            sleep(wait).await;
            let Some(again) = request.try_clone().filter(|_| is_torn) else {
                return inner.call(request).await;
            };
            let first = inner.call(request).await?;
            sleep(between).await;
            let second = inner.call(again).await?;
            if !(first.status().is_success() && second.status().is_success()) {
                return Ok(second);
            }
            let is_early = wait < between;
            Ok(merge(first, second, is_early).await)
        })
    }
}

/// The order's row of one answer, the items' rows of the other.
async fn merge(first: HttpResponse, mut second: HttpResponse, is_early: bool) -> HttpResponse {
    let (first, early) = (items(first).await, is_early);
    let body = std::mem::replace(second.body_mut(), SdkBody::empty());
    let later = parse(body).await;
    let (Some(first), Some(later)) = (first, later) else {
        // Garbage by the history's will.
        *second.body_mut() = SdkBody::from("garbage");
        return second;
    };
    let is_order = |row: &&Value| row["entity"]["S"] == "ORDER";
    let pick = |rows: &[Value], orders: bool| -> Vec<Value> {
        rows.iter()
            .filter(|row| is_order(row) == orders)
            .cloned()
            .collect()
    };
    let rows = [pick(&first, early), pick(&later, !early)].concat();
    let body = json!({"Items": rows, "Count": rows.len()}).to_string();
    second.headers_mut().remove("x-amz-crc32");
    second
        .headers_mut()
        .insert("content-length", body.len().to_string());
    *second.body_mut() = SdkBody::from(body);
    second
}

async fn items(mut answer: HttpResponse) -> Option<Vec<Value>> {
    parse(answer.take_body()).await
}

async fn parse(body: SdkBody) -> Option<Vec<Value>> {
    let body = ByteStream::new(body).collect().await.ok()?.into_bytes();
    let answer: Value = serde_json::from_slice(&body).ok()?;
    answer["Items"].as_array().cloned()
}
