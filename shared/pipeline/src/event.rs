//! The bytes of an invocation's event, past the runtime's own reading of them.
//!
//! `lambda_runtime` would walk through the whole JSON once only to hand it over, and would answer a malformed event
//! without a word in the function's metrics. So the body is taken out before, and the runtime reads `null`.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use lambda_runtime::tower::Layer;
use lambda_runtime::{LambdaInvocation, Service};

/// Holds the event of the invocation under way. `Runtime::run` has one at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventSlot(Arc<Mutex<Bytes>>);

impl EventSlot {
    /// The event's JSON.
    pub(crate) fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, event: Bytes) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = event;
    }
}

impl<S> Layer<S> for EventSlot {
    type Service = TakeEvent<S>;

    fn layer(&self, inner: S) -> TakeEvent<S> {
        TakeEvent {
            inner,
            slot: self.clone(),
        }
    }
}

/// Puts each invocation's event into the slot and hands `null` on in its place.
pub(crate) struct TakeEvent<S> {
    inner: S,
    slot: EventSlot,
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for TakeEvent<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> S::Future {
        let event = std::mem::replace(&mut invocation.body, Bytes::from_static(b"null"));
        self.slot.put(event);
        self.inner.call(invocation)
    }
}
