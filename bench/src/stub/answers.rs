//! What the stub answers: the calls of the Runtime API, of DynamoDB and of S3.

use std::borrow::Cow;
use std::io;
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use flate2::Crc;

use super::tables::Answer;
use super::{Message, Shared, lock};

use crate::function::{Call, Object};
use crate::http::{Request, write_response};

const FUNCTION_ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:measured";

/// The operations of DynamoDB with no state behind them, all tables being empty, and what they are answered.
const DYNAMODB: [(&str, &str); 3] = [
    ("BatchWriteItem", r#"{"UnprocessedItems":{}}"#),
    ("BatchGetItem", r#"{"Responses":{},"UnprocessedKeys":{}}"#),
    ("TransactWriteItems", "{}"),
];

const OK: &str = "200 OK";
const BAD_REQUEST: &str = "400 Bad Request";

/// The time an invocation is given, as its deadline header says.
const INVOCATION_TIMEOUT: Duration = Duration::from_mins(1);

/// Answers a call of the Runtime API; `call` is its path below `runtime/`.
pub(super) fn answer_runtime_call(
    call: &str,
    request: &Request,
    shared: &Shared,
    writer: &mut &TcpStream,
) -> io::Result<()> {
    let read = Instant::now();
    if call == "invocation/next" {
        tell(shared, Message::Polled(read));
        let Ok(event) = lock(&shared.events).recv() else {
            return Err(io::ErrorKind::ConnectionAborted.into());
        };
        return write_response(writer, "200 OK", &invocation_headers(shared), &event);
    }
    tell(
        shared,
        if call.ends_with("/response") {
            Message::Answered(read, request.body.clone())
        } else {
            let body = String::from_utf8_lossy(&request.body);
            Message::Failed(format!("{} {}: {body}", request.method, request.path))
        },
    );
    write_response(writer, "202 Accepted", "", &[b""])
}

fn invocation_headers(shared: &Shared) -> String {
    let number = shared.invocations.fetch_add(1, Ordering::Relaxed);
    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline is wall-clock time, for another process"
    )]
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let deadline = (now + INVOCATION_TIMEOUT).as_millis();
    format!(
        "Content-Type: application/json\r\n\
         Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-4aea-9b5e-{number:012x}\r\n\
         Lambda-Runtime-Deadline-Ms: {deadline}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: {FUNCTION_ARN}\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n"
    )
}

/// Answers a call of an AWS service after its latency.
pub(super) fn answer_aws_call(
    request: Request,
    shared: &Shared,
    writer: &mut &TcpStream,
) -> io::Result<()> {
    let latency = Duration::from_micros(shared.latency_us.load(Ordering::Relaxed));
    if !latency.is_zero() {
        thread::sleep(latency);
    }
    if request.method == "PUT" && request.target.is_empty() {
        let headers = "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n";
        return write_response(writer, OK, headers, &[b""]);
    }
    if let Some(object) = object_of(&request, shared) {
        return answer_get_object(&request, object, writer);
    }
    let operation = request.target.strip_prefix("DynamoDB_20120810.");
    let answer = operation
        .context("no operation of DynamoDB")
        .and_then(|operation| {
            Ok((
                operation,
                answer_dynamodb(operation, &request.body, shared)?,
            ))
        });
    let (operation, (status, answer)) = match answer {
        Ok(answer) => answer,
        Err(error) => return refuse(&request, &error, shared, writer),
    };
    lock(&shared.calls).push(Call {
        operation: operation.to_owned(),
        body: request.body,
    });
    let mut crc = Crc::new();
    crc.update(answer.as_bytes());
    let headers = format!(
        "Content-Type: application/x-amz-json-1.0\r\n\
         x-amzn-RequestId: 8NK7FO1PSO6LN1QU13RM1LLSO7VV4KQNSO5AEMVJF66Q9ASUAAJG\r\n\
         x-amz-crc32: {}\r\n",
        crc.sum()
    );
    write_response(writer, status, &headers, &[&*answer])
}

/// Status and body of the answer to a call of DynamoDB.
fn answer_dynamodb(
    operation: &str,
    body: &[u8],
    shared: &Shared,
) -> Result<(&'static str, Cow<'static, str>)> {
    let answer = match operation {
        "PutItem" => lock(&shared.tables).put(body)?,
        "Query" => lock(&shared.tables).query(body)?,
        _ => {
            let fixed = DYNAMODB.iter().find(|(name, _)| *name == operation);
            let (_, answer) = fixed.context("an operation that is not known here")?;
            return Ok((OK, Cow::Borrowed(*answer)));
        }
    };
    Ok(match answer {
        Answer::Ok(answer) => (OK, answer.into()),
        Answer::Refused(answer) => (BAD_REQUEST, answer.into()),
    })
}

/// The object that a request is about, if it wants one that there is.
fn object_of<'s>(request: &Request, shared: &'s Shared) -> Option<&'s Object> {
    if request.method != "GET" {
        return None;
    }
    let path = request.path.split('?').next()?;
    shared.objects.iter().find(|object| object.path == path)
}

fn answer_get_object(
    request: &Request,
    object: &Object,
    writer: &mut &TcpStream,
) -> io::Result<()> {
    let Object {
        tag, last_modified, ..
    } = object;
    let headers = format!(
        "Content-Type: binary/octet-stream\r\nETag: {tag}\r\nLast-Modified: {last_modified}\r\n"
    );
    if request.if_none_match == *tag {
        return write_response(writer, "304 Not Modified", &headers, &[b""]);
    }
    write_response(writer, OK, &headers, &[&object.body])
}

/// Answers a call that nobody expects, and tells of it.
fn refuse(
    request: &Request,
    problem: &anyhow::Error,
    shared: &Shared,
    writer: &mut &TcpStream,
) -> io::Result<()> {
    let Request {
        method,
        path,
        target,
        ..
    } = request;
    let problem = format!("call {method} {path} {target}: {problem:#}");
    tell(shared, Message::Failed(problem));
    let body = br#"{"__type":"UnknownOperationException"}"#;
    write_response(writer, BAD_REQUEST, "", &[body])
}

/// Tells the harness; when it has gone, so has the use of telling.
fn tell(shared: &Shared, message: Message) {
    shared.messages.send(message).ok();
}
