//! The Lambda Runtime API, for tests that start a function's real binary.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

/// Longest wait for an answer before a test is failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Lambda Runtime API on a free port of the loopback interface: hands out events and takes the answers.
#[derive(Debug)]
pub struct RuntimeApi {
    address: String,
    state: Arc<State>,
}

/// What a function answered to an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The invocation's result.
    Response(Value),
    /// The invocation failed: `errorType` and `errorMessage`.
    Error(Value),
}

#[derive(Debug, Default)]
struct State {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Vec<u8>>,
    answers: VecDeque<Answer>,
}

impl RuntimeApi {
    /// Starts the server; it ends with the test's process.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port").to_string();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A connection ends with the function's process: nothing to tell then.
                std::thread::spawn(move || drop(state.serve(stream)));
            }
        });
        Self { address, state }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Has the function invoked with `event` and waits for what it answers.
    pub fn invoke(&self, event: impl AsRef<[u8]>) -> Answer {
        self.state.lock().events.push_back(event.as_ref().to_vec());
        self.state.changed.notify_all();
        let (mut queue, timeout) = self
            .state
            .changed
            .wait_timeout_while(self.state.lock(), PATIENCE, |queue| {
                queue.answers.is_empty()
            })
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            !timeout.timed_out(),
            "the function has not answered within {PATIENCE:?}"
        );
        queue.answers.pop_front().expect("an answer")
    }
}

impl State {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut writer = stream.try_clone()?;
        let mut reader = BufReader::new(stream);
        loop {
            let (path, body) = read_request(&mut reader)?;
            if path.ends_with("/invocation/next") {
                let mut queue = self
                    .changed
                    .wait_while(self.lock(), |queue| queue.events.is_empty())
                    .unwrap_or_else(PoisonError::into_inner);
                let event = queue.events.pop_front().expect("an event");
                drop(queue);
                let deadline = "9999999999999";
                write!(
                    writer,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                     Lambda-Runtime-Aws-Request-Id: request-1\r\nLambda-Runtime-Deadline-Ms: {deadline}\r\n\
                     Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n\r\n",
                    event.len()
                )?;
                writer.write_all(&event)?;
            } else {
                let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
                let answer = if path.ends_with("/response") {
                    Answer::Response(json)
                } else {
                    Answer::Error(json)
                };
                self.lock().answers.push_back(answer);
                self.changed.notify_all();
                write!(writer, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
            }
        }
    }
}

/// The path and the body of the next request.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<(String, Vec<u8>)> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        chunked |= header == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
            reader.by_ref().take(size).read_to_end(&mut body)?;
            line.clear();
            reader.read_line(&mut line)?;
            if size == 0 {
                break;
            }
        }
    } else {
        reader.by_ref().take(length).read_to_end(&mut body)?;
    }
    Ok((path, body))
}
