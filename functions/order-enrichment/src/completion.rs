//! Rows that lack their product, written once more when there are new products.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use dynamo::{Reader, Row, Transport, TransportError, Value};
use pipeline::clock::SystemClock;
use pipeline::outcome::Counts;
use pipeline::{Clock, Deadline, EventFunction};
use tokio::time::Instant;

use crate::batch::Joined;
use crate::config::JoinConfig;
use crate::join::Wanted;
use crate::joiner::Joiner;
use crate::products::ProductList;
use crate::rows::{ENRICHED_KEY, MISSING, MISSING_INDEX, MISSING_PRODUCT};

/// Completes rows. What its event says does not matter: the index says what there is to do.
#[derive(Debug)]
pub struct Completion {
    index: Reader,
    joiner: Joiner,
}

impl Completion {
    /// The function with the SDK's configuration.
    pub fn new(config: JoinConfig, sdk: &SdkConfig) -> Result<Self, TransportError> {
        let transport = Transport::new(sdk)?;
        Ok(Self::with_services(
            config,
            transport,
            sdk,
            Arc::new(SystemClock),
        ))
    }

    /// The function over DynamoDB by a transport of one's own, S3 by `sdk`, and a clock.
    pub fn with_services(
        config: JoinConfig,
        transport: Transport,
        sdk: &SdkConfig,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            index: Reader::new(transport.clone(), &config.enriched_table, 1),
            joiner: Joiner::new(config, transport, sdk, clock),
        }
    }

    /// Walks through the index page by page. A row that is completed leaves it, so that after a failure the next run
    /// goes on where this one ended.
    async fn complete(&self, counts: &mut Counts, deadline: Instant) -> Result<(), String> {
        let products = self.joiner.products().newest(deadline).await;
        let products = products.map_err(|error| error.to_string())?;
        let key = Value::Text(MISSING_PRODUCT.into());
        let mut start = None;
        loop {
            let page = self
                .index
                .index_page(MISSING_INDEX, MISSING, &key, start.as_ref(), deadline)
                .await;
            let (rows, next) = page.map_err(|error| error.to_string())?;
            let (wanted, known) = known(&rows, &products);
            counts.skipped += rows.len() - known;
            let joined = self.joiner.join(wanted, deadline).await;
            settle(&joined, known, counts)?;
            match next {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }
}

impl EventFunction for Completion {
    async fn handle(&self, _event: &[u8], deadline: Deadline) -> (Counts, Result<(), String>) {
        let mut counts = Counts::default();
        let done = self.complete(&mut counts, deadline.work()).await;
        (counts, done)
    }
}

/// The rows whose product is known now, by their orders, and how many they are.
fn known(rows: &[Row], products: &ProductList) -> (BTreeMap<i64, Wanted>, usize) {
    let mut orders: BTreeMap<i64, Wanted> = BTreeMap::new();
    let mut count = 0;
    for row in rows {
        let id = |name| row.number(name)?.parse::<i64>().ok();
        let (Some(order_id), Some(item_id)) = (id(ENRICHED_KEY.hash), id("itemId")) else {
            continue;
        };
        if products.get(item_id).is_some() {
            orders.entry(order_id).or_default().items.insert(item_id);
            count += 1;
        }
    }
    (orders, count)
}

/// Counts what became of the rows of a page; an error says why some are not done.
fn settle(joined: &Joined, known: usize, counts: &mut Counts) -> Result<(), String> {
    let done = joined.done.min(known);
    counts.applied += done;
    for ((order_id, item_id), rejection) in &joined.rejected {
        let reason = rejection.reason;
        tracing::error!(order_id, item_id, reason, "a row can never be completed");
    }
    let left = known - done;
    let Some(detail) = joined.unfinished.values().next() else {
        // Gone meanwhile, or of an order that is not in the source's table any more.
        counts.skipped += left;
        return Ok(());
    };
    counts.reported += left;
    Err(format!("rows are not completed: {detail}"))
}
