//! The products: an object in S3, held in memory and looked after.

mod fetch;
mod list;

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::config::ProductsConfig;
use fetch::{Fetched, Fetcher};

pub use list::{BadLines, ListBuilder, NO_PRODUCTS_VERSION, Product, ProductList, version};

/// At most so often S3 is asked because a product is missing.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Of the time that is left, one in so many parts at most is spent on asking for changes: with a list at hand the
/// orders can be written.
const SHARE: u32 = 3;

/// The products. One of all that ask at once asks S3, the others wait for what it is told.
#[derive(Debug)]
pub struct Products {
    fetcher: Fetcher,
    revalidate: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    list: Option<Arc<ProductList>>,
    /// The entity tag of the object that the list was read from.
    tag: Option<String>,
    /// When S3 was asked last.
    asked: Option<Instant>,
    /// When S3 was asked last of the times that it gave an answer.
    answered: Option<Instant>,
}

/// Why there are no products to work with. A matter of retry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the products cannot be read: {0}")]
pub struct ProductsError(pub(crate) String);

impl Products {
    /// The products of an object; nothing is read yet.
    pub fn new(config: ProductsConfig, sdk: &SdkConfig) -> Self {
        let ProductsConfig {
            bucket,
            key,
            revalidate,
        } = config;
        Self {
            fetcher: Fetcher::new(bucket, key, sdk.clone()),
            revalidate,
            state: Mutex::default(),
        }
    }

    /// The list, asked for anew if that was long ago. If S3 fails, the list at hand; an error only if there is none.
    pub async fn current(&self, deadline: Instant) -> Result<Arc<ProductList>, ProductsError> {
        self.after(self.revalidate, deadline).await
    }

    /// The list once more because something is missing in it: asked for anew, but not more than once a second.
    pub async fn again(&self, deadline: Instant) -> Result<Arc<ProductList>, ProductsError> {
        self.after(AT_ONCE.min(self.revalidate), deadline).await
    }

    /// The list as it is now or later; an error if S3 does not say.
    pub async fn newest(&self, deadline: Instant) -> Result<Arc<ProductList>, ProductsError> {
        let now = Instant::now();
        let mut state = self.state.lock().await;
        if state.answered.is_none_or(|answered| answered < now) {
            self.ask(&mut state, deadline).await?;
        }
        state.list()
    }

    async fn after(
        &self,
        pause: Duration,
        deadline: Instant,
    ) -> Result<Arc<ProductList>, ProductsError> {
        let mut state = self.state.lock().await;
        let is_due = state.asked.is_none_or(|asked| asked.elapsed() >= pause);
        if state.list.is_none() {
            self.ask(&mut state, deadline).await?;
        } else if is_due {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Err(error) = self.ask(&mut state, Instant::now() + left / SHARE).await {
                tracing::warn!(error = %error, "the products are not looked after: those at hand are used");
            }
        }
        state.list()
    }

    async fn ask(&self, state: &mut State, deadline: Instant) -> Result<(), ProductsError> {
        let now = Instant::now();
        if now >= deadline {
            return Err(ProductsError("no time left".to_owned()));
        }
        state.asked = Some(now);
        let tag = state.list.is_some().then(|| state.tag.clone()).flatten();
        // The SDK's client is made of futures in futures, which would be part of everything that awaits this.
        let fetch = Box::pin(self.fetcher.fetch(tag.as_deref()));
        let fetched = timeout_at(deadline, fetch).await;
        let no_answer = |_| ProductsError("no answer in time".to_owned());
        match fetched.map_err(no_answer)?? {
            Fetched::NotModified => {}
            Fetched::List(list, tag) => {
                state.list = Some(Arc::new(list));
                state.tag = tag;
            }
        }
        state.answered = Some(now);
        Ok(())
    }
}

impl State {
    fn list(&self) -> Result<Arc<ProductList>, ProductsError> {
        let list = self.list.clone();
        list.ok_or_else(|| ProductsError("there is no list".to_owned()))
    }
}
