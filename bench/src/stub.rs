//! What a handler talks to: the Lambda Runtime API, and DynamoDB and S3 behind one address.
//!
//! One thread a connection with blocking calls: `thread::sleep` keeps a latency to some 0.1 ms, which timers with a
//! resolution of a millisecond would not. Bodies of calls are put aside here and checked between invocations, when
//! nothing is measured; only functions that read what they have written have tables with a state.

mod answers;
mod tables;

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use self::answers::{answer_aws_call, answer_runtime_call};
use crate::function::{Call, Event, Object};
use crate::http::read_request;

pub(crate) use self::tables::{Attribute, Item, Schema, Tables};

const RUNTIME: &str = "/2018-06-01/runtime/";

/// What the handler did, with the moment when its request had been read whole.
#[derive(Debug)]
pub(crate) enum Message {
    /// It asked for the next invocation: it is ready, or ready again.
    Polled(Instant),
    /// It answered an invocation.
    Answered(Instant, Vec<u8>),
    /// It reported an error, or sent something that the stub does not know.
    Failed(String),
}

/// A server for one handler process; ends with its drop.
#[derive(Debug)]
pub(crate) struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    events: Sender<Event>,
    /// What the handler did, in order.
    pub(crate) messages: Receiver<Message>,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<Receiver<Event>>,
    messages: Sender<Message>,
    invocations: AtomicU64,
    latency_us: AtomicU64,
    calls: Mutex<Vec<Call>>,
    tables: Mutex<Tables>,
    objects: Vec<Object>,
    stopped: AtomicBool,
}

impl Stub {
    /// Starts a server with these tables and objects on a free port of the loopback interface.
    pub(crate) fn start(schemas: &[Schema], objects: &[Object]) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (events, queue) = channel();
        let (sender, messages) = channel();
        let shared = Arc::new(Shared {
            events: Mutex::new(queue),
            messages: sender,
            invocations: AtomicU64::new(0),
            latency_us: AtomicU64::new(0),
            calls: Mutex::default(),
            tables: Mutex::new(Tables::new(schemas)),
            objects: objects.to_vec(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // A connection that breaks is the handler's end or its retry: either shows in what it wrote.
                thread::spawn(move || serve(&connection, &shared));
            }
        });
        Ok(Self {
            address,
            shared,
            events,
            messages,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes every AWS call take this long from now on.
    pub(crate) fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.shared.latency_us.store(micros, Ordering::SeqCst);
    }

    /// Hands an event to the handler's next poll, or to the one that is waiting.
    pub(crate) fn hand_over(&self, event: Event) -> io::Result<()> {
        self.events
            .send(event)
            .map_err(|_| io::Error::other("the stub's threads have ended"))
    }

    /// Takes all items out of the tables.
    pub(crate) fn clear_tables(&self) {
        lock(&self.shared.tables).clear();
    }

    /// The tables as they are.
    pub(crate) fn tables(&self) -> Tables {
        lock(&self.shared.tables).clone()
    }

    /// All calls of DynamoDB since the last time.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *lock(&self.shared.calls))
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread; if that fails it stays asleep until the process ends, which harms nothing.
        TcpStream::connect(self.address).ok();
    }
}

fn serve(connection: &TcpStream, shared: &Shared) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, connection);
    let mut writer = connection;
    while let Some(request) = read_request(&mut reader, &mut writer)? {
        if let Some(call) = request.path.strip_prefix(RUNTIME) {
            answer_runtime_call(call, &request, shared, &mut writer)?;
        } else {
            answer_aws_call(request, shared, &mut writer)?;
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    const UNPROCESSED_NOTHING: &str = r#"{"UnprocessedItems":{}}"#;

    /// Sends a request over a connection of its own and returns the whole response.
    fn send(stub: &Stub, request: &str) -> String {
        let mut connection = TcpStream::connect(stub.address()).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        response
    }

    fn post(path: &str, header: &str, body: &str) -> String {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\n{header}Content-Length: {length}\r\n\r\n{body}")
    }

    #[test]
    fn an_invocation_goes_from_poll_to_answer() {
        let stub = Stub::start(&[], &[]).unwrap();
        let parts = ["{\"Records\"", ":[]}"].map(|part| part.as_bytes().into());
        stub.hand_over(parts.into()).unwrap();
        let event = send(
            &stub,
            &format!("GET {RUNTIME}invocation/next HTTP/1.1\r\n\r\n"),
        );
        assert!(event.ends_with("\r\n\r\n{\"Records\":[]}"), "{event}");
        for header in [
            "Aws-Request-Id",
            "Deadline-Ms",
            "Invoked-Function-Arn",
            "Trace-Id",
        ] {
            assert!(
                event.contains(&format!("Lambda-Runtime-{header}: ")),
                "{event}"
            );
        }
        send(
            &stub,
            &post(&format!("{RUNTIME}invocation/1/response"), "", "{}"),
        );
        send(
            &stub,
            &post(&format!("{RUNTIME}init/error"), "", "no table"),
        );

        assert!(matches!(stub.messages.recv(), Ok(Message::Polled(_))));
        assert!(matches!(stub.messages.recv(), Ok(Message::Answered(_, body)) if body == b"{}"));
        assert!(
            matches!(stub.messages.recv(), Ok(Message::Failed(text)) if text.ends_with("no table"))
        );
    }

    #[test]
    fn writes_take_their_time_and_are_kept_for_the_check() {
        let stub = Stub::start(&[], &[]).unwrap();
        stub.set_latency(Duration::from_millis(20));
        let start = Instant::now();
        let write = post(
            "/",
            "X-Amz-Target: DynamoDB_20120810.BatchWriteItem\r\n",
            "items",
        );
        let response = send(&stub, &write);
        assert!(start.elapsed() >= Duration::from_millis(20));
        assert!(response.ends_with(UNPROCESSED_NOTHING), "{response}");
        let call = Call {
            operation: "BatchWriteItem".to_owned(),
            body: b"items".to_vec(),
        };
        assert_eq!(stub.take_calls(), [call]);
        assert_eq!(stub.take_calls().len(), 0);
    }

    #[test]
    fn the_checksum_that_boto_verifies_is_that_of_the_answer() {
        let stub = Stub::start(&[], &[]).unwrap();
        for (operation, answer) in [
            ("BatchWriteItem", UNPROCESSED_NOTHING),
            ("BatchGetItem", r#"{"Responses":{},"UnprocessedKeys":{}}"#),
            ("TransactWriteItems", "{}"),
        ] {
            let target = format!("X-Amz-Target: DynamoDB_20120810.{operation}\r\n");
            let response = send(&stub, &post("/", &target, ""));
            assert!(
                response.ends_with(&format!("\r\n\r\n{answer}")),
                "{response}"
            );
            let mut crc = flate2::Crc::new();
            crc.update(answer.as_bytes());
            assert!(
                response.contains(&format!("x-amz-crc32: {}\r\n", crc.sum())),
                "{response}"
            );
        }
    }

    #[test]
    fn a_call_nobody_expects_is_reported() {
        let stub = Stub::start(&[], &[]).unwrap();
        send(
            &stub,
            &post("/", "X-Amz-Target: DynamoDB_20120810.PutItem\r\n", "{}"),
        );
        assert!(
            matches!(stub.messages.recv(), Ok(Message::Failed(text)) if text.contains("PutItem"))
        );
    }
}
