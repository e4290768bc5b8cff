//! `BatchWriteItem` done in part.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Map, Value, json};

/// Lists of write requests by table.
type Writes = Map<String, Value>;

/// What to do with a batch that loses some of its requests.
pub(super) struct Split {
    /// The request without what is lost; `None` when nothing is left to forward.
    pub(super) forward: Option<HttpRequest>,
    /// What is lost.
    pub(super) lost: Writes,
}

/// Takes the last `count` write requests out of a `BatchWriteItem`; requests are ordered by table name, then as sent.
pub(super) fn split(mut request: HttpRequest, count: usize) -> Split {
    let body = request.body().bytes().expect("a body in memory");
    let mut body: Value = serde_json::from_slice(body).expect("a BatchWriteItem in JSON");
    let tables = body
        .get_mut("RequestItems")
        .and_then(Value::as_object_mut)
        .expect("RequestItems in a BatchWriteItem");
    let mut lost = Map::new();
    let mut to_lose = count;
    for (table, writes) in tables.iter_mut().rev() {
        let writes = writes.as_array_mut().expect("a list of writes per table");
        let taken = writes.split_off(writes.len().saturating_sub(to_lose));
        to_lose -= taken.len();
        if !taken.is_empty() {
            lost.insert(table.clone(), Value::Array(taken));
        }
    }
    tables.retain(|_, writes| writes != &json!([]));
    let forward = (!tables.is_empty()).then(|| {
        replace_body(&mut request, body.to_string());
        request
    });
    Split { forward, lost }
}

/// The body of an answer to a batch of which nothing was done.
pub(super) fn only(lost: &Writes) -> String {
    json!({"UnprocessedItems": lost}).to_string()
}

/// Adds what was lost to the `UnprocessedItems` of a good answer; an error stays as it is.
pub(super) async fn add(lost: Writes, mut answer: HttpResponse) -> HttpResponse {
    if !answer.status().is_success() {
        return answer;
    }
    let body = ByteStream::new(answer.take_body());
    let body = body.collect().await.expect("the body of the answer");
    let mut body: Value = serde_json::from_slice(&body.into_bytes()).expect("an answer in JSON");
    let unprocessed = &mut body["UnprocessedItems"];
    for (table, mut writes) in lost {
        if let Some(already) = unprocessed[&table].as_array_mut() {
            already.append(writes.as_array_mut().expect("a list of writes"));
        } else {
            unprocessed[&table] = writes;
        }
    }
    let body = body.to_string();
    let headers = answer.headers_mut();
    headers.insert("content-length", body.len().to_string());
    headers.remove("x-amz-crc32");
    *answer.body_mut() = SdkBody::from(body);
    answer
}

fn replace_body(request: &mut HttpRequest, body: String) {
    let length = body.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = SdkBody::from(body);
}
