//! What a handler talks to: the Lambda Runtime API, and DynamoDB and S3 behind one address.
//!
//! One thread a connection with blocking calls: `thread::sleep` keeps a latency to some 0.1 ms, which timers with a
//! resolution of a millisecond would not. Bodies of writes are only put aside here; they are checked between
//! invocations, when nothing is measured.

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::http::{Request, read_request, write_response};

const RUNTIME: &str = "/2018-06-01/runtime/";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:sensor-ingest";

/// The time an invocation is given, as its deadline header says.
const INVOCATION_TIMEOUT: Duration = Duration::from_mins(1);

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
    events: Sender<Arc<[u8]>>,
    /// What the handler did, in order.
    pub(crate) messages: Receiver<Message>,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<Receiver<Arc<[u8]>>>,
    messages: Sender<Message>,
    invocations: AtomicU64,
    latency_us: AtomicU64,
    writes: Mutex<Vec<Vec<u8>>>,
    stopped: AtomicBool,
}

impl Stub {
    /// Starts a server on a free port of the loopback interface.
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (events, queue) = channel();
        let (sender, messages) = channel();
        let shared = Arc::new(Shared {
            events: Mutex::new(queue),
            messages: sender,
            invocations: AtomicU64::new(0),
            latency_us: AtomicU64::new(0),
            writes: Mutex::default(),
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
    pub(crate) fn hand_over(&self, event: Arc<[u8]>) -> io::Result<()> {
        self.events
            .send(event)
            .map_err(|_| io::Error::other("the stub's threads have ended"))
    }

    /// The bodies of all `BatchWriteItem` calls since the last time.
    pub(crate) fn take_writes(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *lock(&self.shared.writes))
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

fn answer_runtime_call(
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
    write_response(writer, "202 Accepted", "", b"")
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

fn answer_aws_call(request: Request, shared: &Shared, writer: &mut &TcpStream) -> io::Result<()> {
    let latency = Duration::from_micros(shared.latency_us.load(Ordering::Relaxed));
    if !latency.is_zero() {
        thread::sleep(latency);
    }
    match (request.method.as_str(), request.target.as_str()) {
        ("POST", "DynamoDB_20120810.BatchWriteItem") => {
            lock(&shared.writes).push(request.body);
            let headers = "Content-Type: application/x-amz-json-1.0\r\n\
                           x-amzn-RequestId: 8NK7FO1PSO6LN1QU13RM1LLSO7VV4KQNSO5AEMVJF66Q9ASUAAJG\r\n\
                           x-amz-crc32: 4185382651\r\n";
            write_response(writer, "200 OK", headers, br#"{"UnprocessedItems":{}}"#)
        }
        ("PUT", "") => write_response(
            writer,
            "200 OK",
            "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n",
            b"",
        ),
        (method, target) => {
            tell(
                shared,
                Message::Failed(format!("unknown call {method} {} {target}", request.path)),
            );
            write_response(
                writer,
                "400 Bad Request",
                "",
                br#"{"__type":"UnknownOperationException"}"#,
            )
        }
    }
}

/// Tells the harness; when it has gone, so has the use of telling.
fn tell(shared: &Shared, message: Message) {
    shared.messages.send(message).ok();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
