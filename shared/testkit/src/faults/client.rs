//! The wrapper itself.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

use super::unprocessed::{self, Split};
use super::{Fault, FaultPlan, answer};
use crate::CallView;

/// An HTTP client that puts the faults of a [`FaultPlan`] before another one. Clones share plan, log and state.
#[derive(Clone, Debug)]
pub struct FaultyHttpClient {
    inner: SharedHttpClient,
    state: Arc<State>,
}

/// A call the client has seen, and what it did to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCall {
    /// What was asked for.
    pub call: CallView,
    /// What happened to it; [`Fault::None`] when nothing did.
    pub fault: Fault,
}

#[derive(Debug)]
struct State {
    plan: Mutex<FaultPlan>,
    log: Mutex<Vec<LoggedCall>>,
    seen: AtomicUsize,
    healed: AtomicBool,
}

impl FaultyHttpClient {
    /// Puts `plan` before `inner`, for example [`LocalDynamoDb::http_client`](crate::LocalDynamoDb::http_client).
    pub fn wrap(inner: impl HttpClient + 'static, plan: FaultPlan) -> Self {
        Self {
            inner: SharedHttpClient::new(inner),
            state: Arc::new(State {
                plan: Mutex::new(plan),
                log: Mutex::default(),
                seen: AtomicUsize::new(0),
                healed: AtomicBool::new(false),
            }),
        }
    }

    /// Puts `plan` before plain HTTP without TLS. Under paused time wrap a service's own client instead.
    pub fn plain(plan: FaultPlan) -> Self {
        Self::wrap(aws_smithy_http_client::Builder::new().build_http(), plan)
    }

    /// The client as SDK configurations take it.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<LoggedCall> {
        lock(&self.state.log).clone()
    }

    /// The faults so far, in order, without the calls that met none.
    pub fn injected(&self) -> Vec<Fault> {
        let calls = self.calls().into_iter().map(|logged| logged.fault);
        calls.filter(|fault| *fault != Fault::None).collect()
    }

    /// Ends all faults: from now on calls are only counted and forwarded. A call that never answers stays that way.
    pub fn heal(&self) {
        self.state.healed.store(true, Ordering::SeqCst);
    }

    /// Starts anew with another plan, healed or not. The log stays.
    pub fn set_plan(&self, plan: FaultPlan) {
        *lock(&self.state.plan) = plan;
        self.state.healed.store(false, Ordering::SeqCst);
    }
}

impl State {
    fn decide(&self, request: &HttpRequest) -> Fault {
        let mut plan = lock(&self.plan);
        let call = CallView::new(self.seen.fetch_add(1, Ordering::SeqCst), request);
        let fault = if self.healed.load(Ordering::SeqCst) {
            Fault::None
        } else {
            plan.next(&call)
        };
        lock(&self.log).push(LoggedCall { call, fault });
        fault
    }
}

impl HttpClient for FaultyHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(FaultyConnector {
            inner: self.inner.http_connector(settings, components),
            state: Arc::clone(&self.state),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, config)
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    state: Arc<State>,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fault = self.state.decide(&request);
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move { act(fault, request, inner).await })
    }
}

async fn act(
    fault: Fault,
    request: HttpRequest,
    inner: SharedHttpConnector,
) -> Result<HttpResponse, ConnectorError> {
    if let Some(error) = answer::error(fault, &request) {
        return Ok(error);
    }
    match fault {
        Fault::ConnectionResetBefore => Err(reset()),
        Fault::ConnectionResetAfter => {
            inner.call(request).await?;
            Err(reset())
        }
        Fault::TimeoutBefore => std::future::pending().await,
        Fault::TimeoutAfter => {
            inner.call(request).await?;
            std::future::pending().await
        }
        Fault::GarbageBody => {
            let garbage = answer::garbage(&request);
            inner.call(request).await?;
            Ok(garbage)
        }
        Fault::Latency(delay) => {
            tokio::time::sleep(delay).await;
            inner.call(request).await
        }
        Fault::Unprocessed(count) => lose_some(count, request, inner).await,
        _ => inner.call(request).await,
    }
}

async fn lose_some(
    count: usize,
    request: HttpRequest,
    inner: SharedHttpConnector,
) -> Result<HttpResponse, ConnectorError> {
    let Split { forward, lost } = unprocessed::split(request, count);
    match forward {
        Some(request) => {
            let answer = inner.call(request).await?;
            Ok(unprocessed::add(lost, answer).await)
        }
        None => Ok(answer::json_ok(unprocessed::only(&lost))),
    }
}

fn reset() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
