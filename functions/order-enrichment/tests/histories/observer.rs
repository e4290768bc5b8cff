//! Looks at each enriched row after every write of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};

/// A client that reads what each put into one table has left there. Clones see the same.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    inner: SharedHttpClient,
    table: String,
    seen: Arc<Mutex<Seen>>,
}

/// What has been seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    rows: HashMap<String, Look>,
    pub(crate) looks: usize,
    /// Writes that found something newer.
    pub(crate) refused: usize,
    /// Those that were themselves newer than that in something.
    pub(crate) torn: usize,
    /// The first thing that was wrong.
    pub(crate) wrong: Option<String>,
}

/// A row at one moment.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    versions: [String; 2],
    products: String,
    is_gone: bool,
}

impl Observer {
    pub(crate) fn new(inner: SharedHttpClient, table: &str) -> Self {
        Self {
            inner,
            table: table.to_owned(),
            seen: Arc::default(),
        }
    }

    pub(crate) fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    pub(crate) fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

impl Seen {
    fn look(&mut self, key: &str, row: &Value) {
        self.looks += 1;
        let text = |name: &str| row[name]["S"].as_str().unwrap_or_default().to_owned();
        let now = Look {
            versions: [text("orderVersion"), text("itemVersion")],
            products: text("productsVersion"),
            is_gone: row.get("deleted").is_some(),
        };
        let before = self.rows.insert(key.to_owned(), now.clone());
        let Some(before) = before else { return };
        let went_back = now
            .versions
            .iter()
            .zip(&before.versions)
            .any(|(now, before)| now < before);
        let came_back = before.is_gone && !now.is_gone && now.versions == before.versions;
        let forgot = !before.is_gone && !now.is_gone && now.products < before.products;
        if (went_back || came_back || forgot) && self.wrong.is_none() {
            self.wrong = Some(format!("the row {key} was {before:?} and is {now:?}"));
        }
    }
}

impl HttpClient for Observer {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ObservingConnector {
            inner: self.inner.http_connector(settings, components),
            table: self.table.clone(),
            seen: Arc::clone(&self.seen),
        })
    }
}

#[derive(Debug)]
struct ObservingConnector {
    inner: SharedHttpConnector,
    table: String,
    seen: Arc<Mutex<Seen>>,
}

impl HttpConnector for ObservingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request
            .body()
            .bytes()
            .filter(|_| target.ends_with(".PutItem"));
        let put: Option<Value> = body.map(|body| serde_json::from_slice(body).unwrap());
        let put = put.filter(|put| put["TableName"] == *self.table);
        let Some(put) = put else {
            return self.inner.call(request);
        };
        let key = json!({"orderId": put["Item"]["orderId"], "itemId": put["Item"]["itemId"]});
        let get = json!({"TableName": self.table, "Key": key, "ConsistentRead": true}).to_string();
        let mut look = HttpRequest::new(SdkBody::from(get.clone()));
        look.set_method("POST").unwrap();
        look.set_uri(request.uri()).unwrap();
        for (name, value) in request.headers() {
            look.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        look.headers_mut()
            .insert("x-amz-target", "DynamoDB_20120810.GetItem");
        look.headers_mut()
            .insert("content-length", get.len().to_string());
        let (inner, seen) = (self.inner.clone(), Arc::clone(&self.seen));
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await?;
            let mut there = inner.call(look).await?;
            let there = ByteStream::new(there.take_body()).collect().await.unwrap();
            let there: Value = serde_json::from_slice(&there.into_bytes()).unwrap();
            let mut seen = seen.lock().unwrap();
            if !answer.status().is_success() {
                seen.refused += 1;
                let is_newer = |name: &&str| {
                    put["Item"][*name]["S"].as_str() > there["Item"][*name]["S"].as_str()
                };
                let versions = ["orderVersion", "itemVersion", "productsVersion"];
                seen.torn += usize::from(versions.iter().any(is_newer));
            }
            seen.look(&key.to_string(), &there["Item"]);
            drop(seen);
            Ok(answer)
        })
    }
}
