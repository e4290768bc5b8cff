//! What lies between a function and the services it calls.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::SdkConfig;
use aws_types::region::Region;
use fastrand::Rng;
use testkit::{Fault, FaultPlan, FaultyHttpClient};
use tokio::time::sleep;

use super::clock::Clock;
use super::journal::Journal;

/// Longest way of a request, and of its answer.
const LONGEST_WAY_MS: u64 = 40;

/// What a history has in store for a function that is being set up.
#[derive(Debug)]
pub struct Surroundings {
    clock: Clock,
    journal: Journal,
    faults: BTreeMap<usize, Fault>,
    pace: u64,
}

impl Surroundings {
    pub(super) fn new(
        clock: Clock,
        journal: Journal,
        faults: BTreeMap<usize, Fault>,
        pace: u64,
    ) -> Self {
        Self {
            clock,
            journal,
            faults,
            pace,
        }
    }

    /// The time of day.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Puts the history's faults, and ways that take time, before the services behind `services`. Ask once: the
    /// history counts calls over all services.
    ///
    /// A request has arrived wholly or not at all when its caller is dropped, and requests arrive one after the other:
    /// the same history makes the same calls in the same order.
    pub fn http_client(&self, services: SharedHttpClient) -> SharedHttpClient {
        let paced = PacedClient {
            inner: services,
            random: Arc::new(Mutex::new(Rng::with_seed(self.pace))),
        };
        let (faults, journal) = (self.faults.clone(), self.journal.clone());
        let plan = FaultPlan::when(move |call| {
            let fault = faults.get(&call.index).copied()?;
            journal.note(format!("call {} {}: {fault:?}", call.index, call.operation));
            Some(fault)
        });
        FaultyHttpClient::wrap(paced, plan).http_client()
    }

    /// The configuration with a region of its own: the SDK's clients of one region share a budget of retries in the
    /// whole process, and one history's must not depend on another's.
    pub fn apart(config: SdkConfig) -> SdkConfig {
        static USED: AtomicU64 = AtomicU64::new(0);
        let region = format!("history-{}", USED.fetch_add(1, Ordering::Relaxed));
        config.into_builder().region(Region::new(region)).build()
    }
}

#[derive(Debug)]
struct PacedClient {
    inner: SharedHttpClient,
    random: Arc<Mutex<Rng>>,
}

impl HttpClient for PacedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            inner: self.inner.http_connector(settings, components),
            random: Arc::clone(&self.random),
        })
    }
}

#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    random: Arc<Mutex<Rng>>,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let [there, back] = [(); 2].map(|()| Duration::from_millis(random.u64(1..=LONGEST_WAY_MS)));
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            sleep(there).await;
            let answer = block_on(arrive(inner, request));
            sleep(back).await;
            answer
        })
    }
}

/// The whole call, to the last byte of its answer.
async fn arrive(
    inner: SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let mut answer = inner.call(request).await?;
    let body = ByteStream::new(answer.take_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
    *answer.body_mut() = SdkBody::from(body.into_bytes());
    Ok(answer)
}

/// Runs a call of another thread to its end, with everything else on this one standing still: no other order of events
/// is possible then.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    // Tokio's budget is not refilled in here: without this, spending it would mean to wait for ever.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
