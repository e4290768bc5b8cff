//! What the stub answers: the calls of the Runtime API, of DynamoDB (all tables are empty), and `PutObject`.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Message, Shared, lock};
use flate2::Crc;

use crate::function::Call;
use crate::http::{Request, write_response};

const FUNCTION_ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:measured";

/// The operations of DynamoDB that handlers call, with what they are answered.
const DYNAMODB: [(&str, &str); 3] = [
    ("BatchWriteItem", r#"{"UnprocessedItems":{}}"#),
    ("BatchGetItem", r#"{"Responses":{},"UnprocessedKeys":{}}"#),
    ("TransactWriteItems", "{}"),
];

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
        return write_response(writer, "200 OK", headers, &[b""]);
    }
    let operation = request.target.strip_prefix("DynamoDB_20120810.");
    let answer = operation.and_then(|operation| {
        let (_, answer) = DYNAMODB.iter().find(|(name, _)| *name == operation)?;
        Some((operation, answer))
    });
    let Some((operation, answer)) = answer else {
        let Request {
            method,
            path,
            target,
            ..
        } = request;
        let problem = format!("unknown call {method} {path} {target}");
        tell(shared, Message::Failed(problem));
        let body = br#"{"__type":"UnknownOperationException"}"#;
        return write_response(writer, "400 Bad Request", "", &[body]);
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
    write_response(writer, "200 OK", &headers, &[answer])
}

/// Tells the harness; when it has gone, so has the use of telling.
fn tell(shared: &Shared, message: Message) {
    shared.messages.send(message).ok();
}
