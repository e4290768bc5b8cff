//! Answers the service never gave, in its own shape.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::Fault;

/// The content type of DynamoDB's protocol.
const JSON: &str = "application/x-amz-json-1.0";

/// How a service reports one error.
struct ErrorShape {
    json: (u16, &'static str),
    xml: (u16, &'static str),
}

/// The error answer of a fault that is one; `None` for the others.
pub(super) fn error(fault: Fault, request: &HttpRequest) -> Option<HttpResponse> {
    let shape = shape(fault)?;
    let answer = match request.headers().get("x-amz-target") {
        Some(_) => json_error(shape.json, content_type(request)),
        None => xml_error(shape.xml),
    };
    Some(answer)
}

/// A 200 of DynamoDB with this JSON body.
pub(super) fn json_ok(body: String) -> HttpResponse {
    response(200, JSON.to_owned(), body)
}

/// A 200 that no client can read.
pub(super) fn garbage(request: &HttpRequest) -> HttpResponse {
    response(
        200,
        content_type(request),
        "<html>\u{1}upstream{{".to_owned(),
    )
}

/// The types are those the services were seen to send; the SDK compares what follows the `#`.
fn shape(fault: Fault) -> Option<ErrorShape> {
    let (json, xml) = match fault {
        Fault::Throttle => (
            (
                400,
                "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            ),
            (503, "SlowDown"),
        ),
        Fault::ThrottlingException => (
            (400, "com.amazon.coral.availability#ThrottlingException"),
            (503, "SlowDown"),
        ),
        Fault::ServerError500 => (
            (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
            (500, "InternalError"),
        ),
        Fault::ServiceUnavailable503 => (
            (
                503,
                "com.amazon.coral.availability#ServiceUnavailableException",
            ),
            (503, "ServiceUnavailable"),
        ),
        Fault::AccessDenied => (
            (400, "com.amazon.coral.service#AccessDeniedException"),
            (403, "AccessDenied"),
        ),
        Fault::ResourceNotFound => (
            (
                400,
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            ),
            (404, "NoSuchBucket"),
        ),
        Fault::None
        | Fault::ConnectionResetBefore
        | Fault::ConnectionResetAfter
        | Fault::TimeoutBefore
        | Fault::TimeoutAfter
        | Fault::Unprocessed(_)
        | Fault::GarbageBody
        | Fault::Latency(_) => return None,
    };
    Some(ErrorShape { json, xml })
}

fn json_error((status, kind): (u16, &str), content_type: String) -> HttpResponse {
    let body = serde_json::json!({"__type": kind, "message": "injected by testkit"});
    response(status, content_type, body.to_string())
}

fn xml_error((status, code): (u16, &str)) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>injected by testkit</Message><RequestId>TESTKIT</RequestId></Error>"
    );
    response(status, "application/xml".to_owned(), body)
}

fn content_type(request: &HttpRequest) -> String {
    let sent = request.headers().get("content-type");
    sent.unwrap_or(JSON).to_owned()
}

fn response(status: u16, content_type: String, body: String) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status of HTTP");
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", content_type);
    response.headers_mut().insert("x-amzn-requestid", "TESTKIT");
    response
}
