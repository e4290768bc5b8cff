//! What S3 does with a request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use md5::{Digest as _, Md5};

use super::S3Object;
use super::request::S3Request;

/// Objects by key, by bucket.
pub(super) type Buckets = BTreeMap<String, BTreeMap<String, S3Object>>;

/// Keys of one page unless the request wants fewer, as in S3.
const PAGE: usize = 1000;

/// Does what the request asks for and answers it.
pub(super) fn answer(buckets: &mut Buckets, request: S3Request) -> HttpResponse {
    let Some(bucket) = buckets.get_mut(&request.bucket) else {
        return error(404, "NoSuchBucket");
    };
    match (request.method.as_str(), request.key.as_str()) {
        ("GET", "") => list(bucket, &request),
        ("GET", key) => get(bucket.get(key), &request),
        ("PUT", key) if !key.is_empty() => put(bucket, request),
        ("DELETE", key) if !key.is_empty() => {
            bucket.remove(key);
            response(204, "")
        }
        _ => error(501, "NotImplemented"),
    }
}

fn put(bucket: &mut BTreeMap<String, S3Object>, request: S3Request) -> HttpResponse {
    if request.if_none_match.as_deref() == Some("*") && bucket.contains_key(&request.key) {
        return error(412, "PreconditionFailed");
    }
    let object = S3Object {
        body: request.body,
        content_type: request.content_type,
        content_encoding: request.content_encoding,
        modified: 0,
    };
    let mut response = response(200, "");
    response.headers_mut().insert("etag", etag(&object));
    bucket.insert(request.key, object);
    response
}

fn get(object: Option<&S3Object>, request: &S3Request) -> HttpResponse {
    let Some(object) = object else {
        return error(404, "NoSuchKey");
    };
    let etag = etag(object);
    let mut response = if request.if_none_match.as_ref() == Some(&etag) {
        response(304, "")
    } else {
        response(200, object.body.clone())
    };
    let headers = response.headers_mut();
    headers.insert("etag", etag);
    headers.insert("last-modified", time(object, Format::HttpDate));
    if let Some(content_type) = object.content_type.clone() {
        headers.insert("content-type", content_type);
    }
    if let Some(encoding) = object.content_encoding.clone() {
        headers.insert("content-encoding", encoding);
    }
    response
}

/// `ListObjectsV2`; the continuation token is the last key of the page before.
fn list(bucket: &BTreeMap<String, S3Object>, request: &S3Request) -> HttpResponse {
    let parameter = |name: &str| request.query.get(name).map(String::as_str);
    let after = parameter("continuation-token").or_else(|| parameter("start-after"));
    let prefix = parameter("prefix").unwrap_or_default();
    let most = parameter("max-keys").and_then(|most| most.parse().ok());
    let most: usize = most.unwrap_or(PAGE).min(PAGE);
    let mut found = bucket.iter().filter(|(key, _)| {
        key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
    });
    let page: Vec<(&String, &S3Object)> = found.by_ref().take(most).collect();
    let next = found.next().and(page.last()).map(|(key, _)| key);
    response(200, list_xml(request, &page, next.map(|key| key.as_str())))
}

fn list_xml(request: &S3Request, page: &[(&String, &S3Object)], next: Option<&str>) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{}</Name><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>",
        escape(&request.bucket),
        page.len(),
        next.is_some()
    );
    if let Some(next) = next {
        let next = escape(next);
        let _ = write!(xml, "<NextContinuationToken>{next}</NextContinuationToken>");
    }
    for (key, object) in page {
        let _ = write!(
            xml,
            "<Contents><Key>{}</Key><LastModified>{}</LastModified>\
             <ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            escape(key),
            time(object, Format::DateTime),
            escape(&etag(object)),
            object.body.len()
        );
    }
    xml.push_str("</ListBucketResult>");
    xml
}

/// The MD5 sum, as S3 has it of an object that was put in one piece.
fn etag(object: &S3Object) -> String {
    let mut text = String::with_capacity(34);
    text.push('"');
    for byte in Md5::digest(&object.body) {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('"');
    text
}

fn time(object: &S3Object, format: Format) -> String {
    let time = DateTime::from_secs(object.modified).fmt(format);
    time.expect("a time within the years that have four digits")
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn error(status: u16, code: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{code}</Message><RequestId>TESTKIT</RequestId></Error>"
    );
    response(status, body)
}

fn response(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status of HTTP");
    let mut response = HttpResponse::new(status, SdkBody::from(body.into()));
    response.headers_mut().insert("x-amz-request-id", "TESTKIT");
    response
}
