//! One state machine for many callers.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use records::Timestamp;

use crate::file::{self, StateError};
use crate::{Answer, ListError, OptOutLists, Options};

type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Opt-out lists with a clock and, where wanted, a file. Clones share them.
#[derive(Clone)]
pub struct OptOutListService {
    lists: Arc<Mutex<OptOutLists>>,
    clock: Clock,
    file: Option<Arc<PathBuf>>,
}

impl OptOutListService {
    /// Lists in memory.
    pub fn new(lists: OptOutLists, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            lists: Arc::new(Mutex::new(lists)),
            clock: Arc::new(clock),
            file: None,
        }
    }

    /// Lists in a file that is written at every change and read now. A file that is not there is a new account.
    pub fn in_file(
        path: impl Into<PathBuf>,
        options: Options,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, StateError> {
        let path = path.into();
        let mut service = Self::new(file::load(&path, options)?, clock);
        service.file = Some(Arc::new(path));
        Ok(service)
    }

    /// Answers one call; the answer is given when the change is in the file.
    pub fn answer(&self, target: &str, body: &[u8]) -> Answer {
        let now = self.now();
        let mut lists = self.lock();
        let before = lists.changes();
        let answer = lists.answer(target, body, now);
        if lists.changes() == before {
            return answer;
        }
        match self.save(&lists) {
            Ok(()) => answer,
            Err(error) => {
                tracing::warn!("{error}");
                ListError::Internal.into()
            }
        }
    }

    /// Looks at the lists or changes them, without a call and its quotas.
    pub fn with<T>(&self, act: impl FnOnce(&mut OptOutLists, Timestamp) -> T) -> T {
        let now = self.now();
        let mut lists = self.lock();
        let before = lists.changes();
        let result = act(&mut lists, now);
        if lists.changes() != before
            && let Err(error) = self.save(&lists)
        {
            tracing::warn!("{error}");
        }
        result
    }

    fn save(&self, lists: &OptOutLists) -> Result<(), StateError> {
        match &self.file {
            Some(path) => file::save(path, lists),
            None => Ok(()),
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)().into()
    }

    fn lock(&self) -> MutexGuard<'_, OptOutLists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for OptOutListService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OptOutListService")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
