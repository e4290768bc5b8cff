//! `BatchWriteItem` and `BatchGetItem` done in part.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Map, Value, json};

/// What to do with a batch that loses some of its requests.
pub(super) struct Split {
    /// The request without what is lost; `None` when nothing is left to forward.
    pub(super) forward: Option<HttpRequest>,
    pub(super) lost: Lost,
}

/// What comes back undone.
pub(super) struct Lost {
    /// The field of the answer.
    field: &'static str,
    /// As in the request: by table a list of writes, or an object with a list of keys.
    tables: Map<String, Value>,
}

/// Whether an operation can be done in part.
pub(super) fn is_batch(operation: &str) -> bool {
    matches!(operation, "BatchWriteItem" | "BatchGetItem")
}

/// Takes the last `count` writes or keys out of a batch; they are ordered by table name, then as sent.
pub(super) fn split(mut request: HttpRequest, count: usize) -> Split {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let field = if target.ends_with(".BatchGetItem") {
        "UnprocessedKeys"
    } else {
        "UnprocessedItems"
    };
    let body = request.body().bytes().expect("a body in memory");
    let mut body: Value = serde_json::from_slice(body).expect("a batch in JSON");
    let tables = body
        .get_mut("RequestItems")
        .and_then(Value::as_object_mut)
        .expect("RequestItems in a batch");
    let mut lost = Map::new();
    let mut to_lose = count;
    for (table, requests) in tables.iter_mut().rev() {
        let requested = list(requests);
        let taken = requested.split_off(requested.len().saturating_sub(to_lose));
        to_lose -= taken.len();
        if !taken.is_empty() {
            let mut back = requests.clone();
            *list(&mut back) = taken;
            lost.insert(table.clone(), back);
        }
    }
    tables.retain(|_, requests| !list(requests).is_empty());
    let forward = (!tables.is_empty()).then(|| {
        replace_body(&mut request, body.to_string());
        request
    });
    let lost = Lost {
        field,
        tables: lost,
    };
    Split { forward, lost }
}

/// The body of an answer to a batch of which nothing was done.
pub(super) fn only(lost: &Lost) -> String {
    json!({lost.field: lost.tables}).to_string()
}

/// Adds what was lost to what a good answer gives back; an error stays as it is.
pub(super) async fn add(lost: Lost, mut answer: HttpResponse) -> HttpResponse {
    if !answer.status().is_success() {
        return answer;
    }
    let body = ByteStream::new(answer.take_body());
    let body = body.collect().await.expect("the body of the answer");
    let mut body: Value = serde_json::from_slice(&body.into_bytes()).expect("an answer in JSON");
    let unprocessed = &mut body[lost.field];
    for (table, mut requests) in lost.tables {
        match unprocessed.get_mut(&table) {
            Some(already) => list(already).append(list(&mut requests)),
            None => unprocessed[&table] = requests,
        }
    }
    let body = body.to_string();
    let headers = answer.headers_mut();
    headers.insert("content-length", body.len().to_string());
    headers.remove("x-amz-crc32");
    *answer.body_mut() = SdkBody::from(body);
    answer
}

/// The writes of a table, or its keys.
fn list(requests: &mut Value) -> &mut Vec<Value> {
    let list = if requests.is_object() {
        &mut requests["Keys"]
    } else {
        requests
    };
    list.as_array_mut().expect("a list of writes or of keys")
}

fn replace_body(request: &mut HttpRequest, body: String) {
    let length = body.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = SdkBody::from(body);
}
