//! Orders read, joined, and their enriched rows written, until nothing newer is in the way.

mod in_the_way;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use dynamo::backoff::Backoff;
use dynamo::{ConditionalWriter, Guard, GuardedPut, PutOutcome, Reader, Row, Transport, Value};
use pipeline::Clock;
use records::{Number, Timestamp};
use tokio::time::Instant;

use crate::batch::{Joined, Rejection};
use crate::config::JoinConfig;
use crate::join::{Wanted, join};
use crate::products::{ProductList, Products};
use crate::rows::{
    ENRICHED_KEY, EnrichedRow, ITEM_VERSION, ORDER_VERSION, PRODUCTS_VERSION, SOURCE_KEY,
};
use in_the_way::{InTheWay, is_newer_in_all, no_part, part, reject_lost_versions};

/// So long a row that is gone stays in the table of the enriched rows. Whoever has read the order before may write
/// until his invocation ends, 15 minutes at most (Lambda developer guide, "Quotas").
const TOMBSTONE_TIME: Duration = Duration::from_secs(60 * 60);

/// A live row replaces one that is older in nothing.
const LIVE: Guard = Guard::NotOlder(&[ORDER_VERSION, ITEM_VERSION, PRODUCTS_VERSION]);
/// For a row that is gone it does not matter which products there are.
const GONE: Guard = Guard::NotOlder(&[ORDER_VERSION, ITEM_VERSION]);

/// Joins orders and writes what they make.
pub struct Joiner {
    source: Reader,
    enriched: ConditionalWriter,
    products: Products,
    clock: Arc<dyn Clock>,
}

/// What is still to be done: orders, and what was in the way of their items.
#[derive(Debug, Default)]
struct Open {
    orders: BTreeMap<i64, Wanted>,
    in_the_way: HashMap<(i64, i64), InTheWay>,
}

impl Joiner {
    /// A joiner over DynamoDB by `transport` and S3 by `sdk`.
    pub fn new(
        config: JoinConfig,
        transport: Transport,
        sdk: &SdkConfig,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let JoinConfig {
            source_table,
            enriched_table,
            write_concurrency: in_flight,
            products,
        } = config;
        Self {
            source: Reader::new(transport.clone(), &source_table, in_flight),
            enriched: ConditionalWriter::new(transport, &enriched_table, ENRICHED_KEY, in_flight),
            products: Products::new(products, sdk),
            clock,
        }
    }

    /// The products.
    pub fn products(&self) -> &Products {
        &self.products
    }

    /// Writes the wanted rows of `orders` as they are to be now.
    ///
    /// Each order is read after whatever made somebody want it was written. So of all that join an order, the last one
    /// to read has everything. A row of his replaces every older one and is replaced by none; those who find it are
    /// done. Where a row there is older in one thing and newer in another, both were read in between: the order is read
    /// once more.
    pub async fn join(&self, orders: BTreeMap<i64, Wanted>, deadline: Instant) -> Joined {
        let mut joined = Joined::default();
        let mut open = Open {
            orders,
            ..Open::default()
        };
        let mut backoff = Backoff::new(fastrand::Rng::new());
        loop {
            let wanted = std::mem::take(&mut open.orders);
            open = self
                .round(wanted, &open.in_the_way, &mut joined, deadline)
                .await;
            if open.orders.is_empty() {
                return joined;
            }
            if !backoff.wait(deadline).await {
                let detail = "rows of the order changed until there was no time left";
                let left = open.orders.into_keys().map(|id| (id, detail.to_owned()));
                joined.unfinished.extend(left);
                return joined;
            }
        }
    }

    /// Reads, joins and writes once; gives what has to be done again.
    async fn round(
        &self,
        wanted: BTreeMap<i64, Wanted>,
        in_the_way: &HashMap<(i64, i64), InTheWay>,
        joined: &mut Joined,
        deadline: Instant,
    ) -> Open {
        let partitions = self.read(&wanted, joined, deadline).await;
        let mut rows = Vec::new();
        for (order_id, partition) in &partitions {
            if let Some(wanted) = wanted.get(order_id) {
                rows.extend(join(*order_id, partition, wanted));
            }
        }
        reject_lost_versions(&mut rows, in_the_way, joined);
        let list = self.list(&mut rows, in_the_way, joined, deadline).await;
        let seconds = Timestamp::from(self.clock.now() + TOMBSTONE_TIME).as_seconds();
        let puts = rows.iter().map(|row| {
            let there = in_the_way.get(&(row.order_id, row.item_id));
            let (products, guard) = match row.live {
                Some(_) => (part(&list, row.item_id, there), LIVE),
                None => (no_part(), GONE),
            };
            GuardedPut {
                item: row.to_item(products, seconds),
                guard,
            }
        });
        let puts: Vec<GuardedPut<'_>> = puts.collect();
        let outcomes = self.enriched.put_all(&puts, deadline).await;
        let mut open = Open::default();
        for ((row, put), outcome) in rows.iter().zip(&puts).zip(outcomes) {
            let key = (row.order_id, row.item_id);
            match outcome {
                PutOutcome::Written => joined.done += 1,
                PutOutcome::Superseded(there) if is_newer_in_all(&there, put) => joined.done += 1,
                PutOutcome::Superseded(there) => {
                    let wanted = open.orders.entry(row.order_id).or_default();
                    wanted.items.insert(row.item_id);
                    open.in_the_way.insert(key, InTheWay(there));
                }
                PutOutcome::Rejected { reason, detail } => {
                    joined.rejected.push((key, Rejection { reason, detail }));
                }
                PutOutcome::Unfinished { detail } => {
                    joined.unfinished.insert(row.order_id, detail);
                }
            }
        }
        open
    }

    /// The rows of the orders in the source's table, as of now.
    async fn read(
        &self,
        wanted: &BTreeMap<i64, Wanted>,
        joined: &mut Joined,
        deadline: Instant,
    ) -> Vec<(i64, Vec<Row>)> {
        let key = |order_id: &i64| Value::Number(Number::from(*order_id));
        let keys: Vec<Value<'_>> = wanted.keys().map(key).collect();
        let read = self
            .source
            .partitions(SOURCE_KEY.hash, &keys, deadline)
            .await;
        let mut partitions = Vec::with_capacity(read.len());
        for (order_id, partition) in wanted.keys().zip(read) {
            match partition {
                Ok(rows) => partitions.push((*order_id, rows)),
                Err(error) => _ = joined.unfinished.insert(*order_id, error.to_string()),
            }
        }
        partitions
    }

    /// The products that the rows need. Rows that cannot be written without them are taken out.
    async fn list(
        &self,
        rows: &mut Vec<EnrichedRow<'_>>,
        in_the_way: &HashMap<(i64, i64), InTheWay>,
        joined: &mut Joined,
        deadline: Instant,
    ) -> Arc<ProductList> {
        let is_live = |row: &&EnrichedRow<'_>| row.live.is_some();
        if !rows.iter().any(|row| row.live.is_some()) {
            return Arc::new(ProductList::empty());
        }
        let mut list = self.products.current(deadline).await;
        if let Ok(current) = &list {
            let of = |row: &EnrichedRow<'_>| in_the_way.get(&(row.order_id, row.item_id));
            let mut there = rows.iter().filter(is_live).filter_map(of);
            if there.any(|there| there.products_version() > current.version()) {
                list = self.products.newest(deadline).await;
            } else if rows
                .iter()
                .filter(is_live)
                .any(|row| current.get(row.item_id).is_none())
            {
                list = self.products.again(deadline).await;
            }
        }
        list.unwrap_or_else(|error| {
            let orders = rows.iter().filter(is_live).map(|row| row.order_id);
            let unfinished = orders.map(|order_id| (order_id, error.to_string()));
            joined.unfinished.extend(unfinished);
            rows.retain(|row| row.live.is_none());
            Arc::new(ProductList::empty())
        })
    }
}

impl fmt::Debug for Joiner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joiner")
            .field("products", &self.products)
            .finish_non_exhaustive()
    }
}
