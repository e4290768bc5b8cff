//! One state machine for many callers.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use records::Timestamp;

use crate::file::{self, StateError};
use crate::{Answer, StandIn};

type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A stand-in with a clock and, where wanted, a file. Clones share it.
pub struct Service<S> {
    state: Arc<Mutex<S>>,
    clock: Clock,
    file: Option<Arc<PathBuf>>,
}

impl<S: StandIn> Service<S> {
    /// With its state in memory.
    pub fn new(state: S, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            clock: Arc::new(clock),
            file: None,
        }
    }

    /// With its state in a file that is written at every change and read now. Without the file it begins as `state`.
    pub fn in_file(
        path: impl Into<PathBuf>,
        mut state: S,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, StateError> {
        let path = path.into();
        file::load(&path, &mut state)?;
        let mut service = Self::new(state, clock);
        service.file = Some(Arc::new(path));
        Ok(service)
    }

    /// Answers one call; the answer is given when the change is in the file.
    pub fn answer(&self, target: &str, body: &[u8]) -> Answer {
        let now = self.now();
        let mut state = self.lock();
        let before = state.changes();
        let answer = state.answer(target, body, now);
        if state.changes() == before {
            return answer;
        }
        match self.save(&state) {
            Ok(()) => answer,
            Err(error) => {
                tracing::warn!("{error}");
                S::not_kept()
            }
        }
    }

    /// Looks at the state or changes it, without a call.
    pub fn with<T>(&self, act: impl FnOnce(&mut S, Timestamp) -> T) -> T {
        let now = self.now();
        let mut state = self.lock();
        let before = state.changes();
        let result = act(&mut state, now);
        if state.changes() != before
            && let Err(error) = self.save(&state)
        {
            tracing::warn!("{error}");
        }
        result
    }

    fn save(&self, state: &S) -> Result<(), StateError> {
        match &self.file {
            Some(path) => file::save(path, state),
            None => Ok(()),
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)().into()
    }

    fn lock(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            clock: Arc::clone(&self.clock),
            file: self.file.clone(),
        }
    }
}

impl<S> fmt::Debug for Service<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Service")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
