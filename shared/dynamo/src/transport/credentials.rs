//! Credentials, asked for once and again before they expire.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::identity::Identity;

use super::CallError;

/// Credentials are renewed this long before they expire.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The credentials in use. In Lambda they come from the environment and never change; elsewhere they may expire.
#[derive(Debug)]
pub(super) struct CachedCredentials {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<Credentials>>,
}

impl CachedCredentials {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            held: Mutex::new(None),
        }
    }

    /// Credentials that hold for a while yet.
    pub(super) async fn get(&self, now: SystemTime) -> Result<Identity, CallError> {
        if let Some(held) = self.held() {
            let fresh = held
                .expiry()
                .is_none_or(|expiry| expiry > now + RENEW_BEFORE);
            if fresh {
                return Ok(held.into());
            }
        }
        let provided = self.provider.provide_credentials().await;
        let credentials = provided.map_err(|error| {
            CallError::Unavailable(format!(
                "no credentials: {}",
                aws_smithy_types::error::display::DisplayErrorContext(&error)
            ))
        })?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials.clone());
        Ok(credentials.into())
    }

    /// Drops what is held, because the service says it has expired.
    pub(super) fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn held(&self) -> Option<Credentials> {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_credential_types::provider::future;

    use super::*;

    #[derive(Debug)]
    struct Counting {
        asked: Arc<AtomicUsize>,
        expiry: Option<SystemTime>,
    }

    impl ProvideCredentials for Counting {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.asked.fetch_add(1, Ordering::Relaxed);
            future::ProvideCredentials::ready(Ok(Credentials::new(
                "id",
                "secret",
                None,
                self.expiry,
                "test",
            )))
        }
    }

    #[tokio::test]
    async fn credentials_are_asked_for_again_only_before_they_expire_or_when_told_so() {
        let start = SystemTime::UNIX_EPOCH;
        for (expiry, expected) in [
            (None, [1, 1, 1, 2]),
            (Some(start + Duration::from_secs(600)), [1, 1, 2, 3]),
        ] {
            let asked = Arc::new(AtomicUsize::new(0));
            let provider = Counting {
                asked: asked.clone(),
                expiry,
            };
            let cache = CachedCredentials::new(SharedCredentialsProvider::new(provider));
            let mut counts = Vec::new();
            for seconds in [0, 539, 541] {
                cache
                    .get(start + Duration::from_secs(seconds))
                    .await
                    .unwrap();
                counts.push(asked.load(Ordering::Relaxed));
            }
            cache.forget();
            cache.get(start).await.unwrap();
            counts.push(asked.load(Ordering::Relaxed));
            assert_eq!(counts, expected);
        }
    }
}
