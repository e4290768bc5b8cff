//! What the tables and the quarantine have to be in the end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use mapping::Settings;
use order_enrichment::Completion;
use pipeline::{Deadline, EventFunction};
use simulator::world::{self, Fate, Model, Put, Stored, Told};
use testkit::{FakeS3, LocalDynamoDb};

use crate::database::{self, Partition};
use crate::expected::{Database, Row};
use crate::observer::Observer;
use crate::record::{OTHERS, POISON, Record};
use crate::stack::{LISTS, QUARANTINE, put_at, put_products};

/// The tables and the quarantine of one history.
pub(crate) struct Enriched<'a> {
    pub(crate) completion: Completion,
    pub(crate) dynamodb: &'a LocalDynamoDb,
    pub(crate) source_table: String,
    pub(crate) table: String,
    pub(crate) s3: FakeS3,
    pub(crate) observer: Observer,
    pub(crate) tried: &'a Tried,
}

/// What the histories had in them, so that a test cannot pass by trying nothing.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    live: AtomicUsize,
    gone: AtomicUsize,
    refused: AtomicUsize,
    torn: AtomicUsize,
    completed: AtomicUsize,
    looks: AtomicUsize,
}

impl Tried {
    pub(crate) fn assert_enough(&self) {
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let enough = count(&self.live) > 200
            && count(&self.gone) > 100
            && count(&self.refused) > 15
            && count(&self.completed) > 10
            && count(&self.looks) > 1_000;
        assert!(enough, "too little happened: {self:?}");
    }

    /// Many writes found newer rows, some of them rows that were older in one thing.
    pub(crate) fn assert_crowded(&self) {
        let [refused, torn] = [&self.refused, &self.torn].map(|n| n.load(Ordering::Relaxed));
        assert!(refused > 80 && torn > 10, "too little happened: {self:?}");
    }
}

impl Model for Enriched<'_> {
    type Record = Record;

    /// Nothing is given up: the tables are compared with the whole database.
    fn settings(random: &mut Rng) -> Settings {
        // What is keyed by transactions is to be done as much at once as there can be.
        let [factors, sizes] = match database::end() {
            Some(Partition::Transaction) => [[10, 10, 10], [1, 1, 2]],
            _ => [[1, 3, 10], [2, 5, 100]],
        };
        Settings {
            maximum_retry_attempts: None,
            maximum_record_age: None,
            parallelization_factor: random.choice(factors).unwrap(),
            batch_size: random.choice(sizes).unwrap(),
            ..world::settings(random)
        }
    }

    fn record(random: &mut Rng) -> Record {
        match random.u8(0..24) {
            0 => Record::Other(OTHERS[random.usize(0..OTHERS.len())]),
            1 => {
                let (bytes, reason) = POISON[random.usize(0..POISON.len())];
                Record::Poison(bytes, reason)
            }
            _ => Record::Change(database::next_change(random)),
        }
    }

    fn put(record: &Record) -> Put {
        record.put()
    }

    async fn check(&self, told: &Told<Record>) -> Result<(), String> {
        let not_done = |stored: &&Stored<Record>| stored.fate != Some(Fate::Done);
        if let Some(stored) = told.records.iter().find(not_done) {
            return Err(format!("record {} is not done", stored.number));
        }
        let database = Database::of(&told.records);
        self.check_source(&database).await?;
        self.check_enriched(&database).await?;
        self.check_completed().await?;
        self.check_enriched(&database).await?;
        self.check_quarantine(told)?;
        let seen = self.observer.seen();
        self.tried
            .refused
            .fetch_add(seen.refused, Ordering::Relaxed);
        self.tried.torn.fetch_add(seen.torn, Ordering::Relaxed);
        self.tried.looks.fetch_add(seen.looks, Ordering::Relaxed);
        seen.wrong.clone().map_or(Ok(()), Err)
    }
}

impl Enriched<'_> {
    async fn check_source(&self, database: &Database) -> Result<(), String> {
        let mut rows = self.dynamodb.scan(&self.source_table).await;
        rows.retain(|row| !row.contains_key("deleted"));
        let rows = rows.into_iter().map(|mut row| {
            row.remove("version");
            ((row["orderId"].clone(), row["entity"].clone()), row)
        });
        let rows: BTreeMap<_, _> = rows.collect();
        let expected = database.source();
        if rows == expected {
            return Ok(());
        }
        Err(format!(
            "the source's rows are {rows:#?}, not {expected:#?}"
        ))
    }

    /// Row for row, digit for digit; the product as the list has it that the row names.
    async fn check_enriched(&self, database: &Database) -> Result<(), String> {
        let expected = database.enriched();
        let mut rows = BTreeMap::new();
        for mut row in self.dynamodb.scan(&self.table).await {
            if row.contains_key("deleted") {
                self.tried.gone.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let key = (id(&row, "orderId"), id(&row, "itemId"));
            for version in ["orderVersion", "itemVersion"] {
                row.remove(version);
            }
            check_product(key.1, &mut row)?;
            rows.insert(key, row);
        }
        self.tried.live.fetch_add(rows.len(), Ordering::Relaxed);
        if rows == expected {
            return Ok(());
        }
        Err(format!(
            "the enriched rows are {rows:#?}, not {expected:#?}"
        ))
    }

    /// The products are put again, if they were not, and rows that lack theirs are completed: none is left whose product
    /// is known.
    async fn check_completed(&self) -> Result<(), String> {
        put_products(&self.s3, 1);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_712_000);
        let deadline = Deadline::new(now + Duration::from_secs(60), Duration::from_secs(1), now);
        let (counts, done) = self.completion.handle(b"{}", deadline).await;
        done?;
        self.tried
            .completed
            .fetch_add(counts.applied, Ordering::Relaxed);
        let rows = self.dynamodb.scan(&self.table).await;
        let lacks = |row: &&Row| {
            let item = id(row, "itemId");
            row.contains_key("missing") && LISTS[1].iter().any(|(id, ..)| *id == item)
        };
        match rows.iter().find(lacks) {
            Some(row) => Err(format!("the row {row:?} is not completed")),
            None => Ok(()),
        }
    }

    /// All poison is in quarantine with its reason, and nothing else is.
    fn check_quarantine(&self, told: &Told<Record>) -> Result<(), String> {
        let lines = self.s3.ndjson_gz_lines(QUARANTINE, "");
        let kept: BTreeMap<&str, &str> = lines
            .iter()
            .filter_map(|line| Some((line["sequence_number"].as_str()?, line["reason"].as_str()?)))
            .collect();
        let poison = told
            .records
            .iter()
            .filter_map(|stored| match stored.record {
                Record::Poison(_, reason) => Some((&*stored.sequence_number, reason)),
                _ => None,
            });
        let poison: BTreeMap<&str, &str> = poison.collect();
        if kept == poison {
            return Ok(());
        }
        Err(format!("the quarantine has {kept:?}, not {poison:?}"))
    }
}

fn id(row: &Row, name: &str) -> i64 {
    row[name].strip_prefix("N:").unwrap().parse().unwrap()
}

/// Takes the product out of a row after comparing it with its list.
fn check_product(item: i64, row: &mut Row) -> Result<(), String> {
    let whole = row.clone();
    let mut take = |name: &str| row.remove(name);
    let version = take("productsVersion").unwrap_or_default();
    let list = (0..LISTS.len()).find(|list| {
        let millis = put_at(*list) * 1_000;
        version.starts_with(&format!("S:{millis:013}-"))
    });
    let Some(list) = list else {
        return Err(format!("the products' version of {whole:?} is none"));
    };
    let product = LISTS[list].iter().find(|(id, ..)| *id == item);
    let told = (take("productName"), take("productPrice"), take("missing"));
    let expected = match product {
        Some((_, name, price)) => (Some(format!("S:{name}")), Some(format!("N:{price}")), None),
        None => (None, None, Some("S:product".to_owned())),
    };
    if told == expected {
        return Ok(());
    }
    Err(format!("the product of {whole:?} should be {product:?}"))
}
