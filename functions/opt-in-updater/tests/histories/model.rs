//! What table, audience, list and quarantine have to be in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use mapping::Settings;
use simulator::world::{self, Fate, Model, Put, Stored, Told};
use testkit::{FakeS3, LocalDynamoDb};

use crate::database::{self, PHONES, Partition, USERS};
use crate::expected::Expected;
use crate::observer::Observer;
use crate::record::{OTHERS, POISON, Record};
use crate::services::{self, Row};
use crate::stack::QUARANTINE;

/// The services of one history.
pub(crate) struct Consent<'a> {
    pub(crate) dynamodb: &'a LocalDynamoDb,
    pub(crate) table: String,
    pub(crate) s3: FakeS3,
    pub(crate) observer: Observer,
    /// Whether a number can be taken off the list once in 30 days only.
    pub(crate) has_pause: bool,
    pub(crate) tried: &'a Tried,
}

/// What the histories had in them, so that a test cannot pass by trying nothing.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    audience: AtomicUsize,
    out: AtomicUsize,
    pending: AtomicUsize,
    looks: AtomicUsize,
    removals: AtomicUsize,
    throttled: AtomicUsize,
    conflicts: AtomicUsize,
}

impl Tried {
    pub(crate) fn assert_enough(&self) {
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let enough = count(&self.audience) > 80
            && count(&self.out) > 100
            && count(&self.pending) > 5
            && count(&self.looks) > 5_000
            && count(&self.removals) > 100
            && count(&self.throttled) > 20
            && count(&self.conflicts) > 5;
        assert!(enough, "too little happened: {self:?}");
    }

    fn add(count: &AtomicUsize, number: usize) {
        count.fetch_add(number, Ordering::Relaxed);
    }
}

impl Model for Consent<'_> {
    type Record = Record;

    /// Nothing is given up: the table is compared with the whole database.
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
                let (json, reason) = POISON[random.usize(0..POISON.len())];
                Record::Poison(json, reason)
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
        if let Some(wrong) = &self.observer.seen().wrong {
            return Err(wrong.clone());
        }
        let expected = Expected::of(&told.records);
        let mut rows = services::rows(self.dynamodb, &self.table).await;
        self.check_numbers(&expected, &mut rows)?;
        self.check_users(&expected, &rows)?;
        self.check_quarantine(told)?;
        let seen = self.observer.seen();
        for (count, number) in [
            (&self.tried.looks, seen.looks),
            (&self.tried.removals, seen.removals),
            (&self.tried.throttled, seen.throttled),
            (&self.tried.conflicts, seen.conflicts),
        ] {
            Tried::add(count, number);
        }
        Ok(())
    }
}

impl Consent<'_> {
    /// The rows of numbers, and the list: in step, but for numbers that cannot be taken off it so soon again.
    fn check_numbers(
        &self,
        expected: &Expected,
        rows: &mut BTreeMap<(String, String), Row>,
    ) -> Result<(), String> {
        for (phone, (_, is_yes)) in &expected.numbers {
            let (_, phone, country) = PHONES[*phone];
            let Some(row) = rows.remove(&(phone.to_owned(), "NUMBER".to_owned())) else {
                return Err(format!("{phone} has no row"));
            };
            let text = |name: &str| {
                row.get(name)
                    .map_or("", |text| text.trim_start_matches("S:"))
            };
            let is_listed = self.observer.is_listed(phone);
            let status = if *is_yes { "OPTED_IN" } else { "OPTED_OUT" };
            let state = (text("channel"), text("channelReason"), text("pending"));
            let is_state = match state {
                ("IN_STEP", "", "") => is_listed != *is_yes,
                ("PENDING", "opted-in-within-30-days", "sms") => {
                    self.has_pause && *is_yes && is_listed
                }
                _ => false,
            };
            if !is_state || text("status") != status || text("country") != country {
                return Err(format!(
                    "{phone}, {status}, listed: {is_listed}, has the row {row:?}"
                ));
            }
            Tried::add(&self.tried.pending, usize::from(state.0 == "PENDING"));
            Tried::add(&self.tried.out, usize::from(!is_yes));
        }
        Ok(())
    }

    fn check_users(
        &self,
        expected: &Expected,
        rows: &BTreeMap<(String, String), Row>,
    ) -> Result<(), String> {
        let mut audience = BTreeSet::new();
        let mut there = BTreeMap::new();
        for ((phone, entity), row) in rows {
            let user = entity
                .strip_prefix("USER#")
                .ok_or_else(|| format!("a row {row:?}"))?;
            let text = |name: &str| row.get(name).map(|text| text[2..].to_owned());
            if let Some(country) = text("audience") {
                audience.insert((country, phone.clone(), user.to_owned()));
            }
            let is_gone = row.contains_key("deleted");
            if is_gone != row.contains_key("expiresAt") || is_gone && row.len() != 6 {
                return Err(format!("a row {row:?}"));
            }
            let said = (text("status"), text("sourceTime"), text("userId"));
            there.insert((phone.clone(), user.to_owned()), said);
        }
        let mut wanted = BTreeMap::new();
        for (key, (_, answer, mark)) in &expected.users {
            let (phone, user) = (PHONES[key.phone].1.to_owned(), key.user.to_string());
            let status =
                answer.map(|is_yes| if is_yes { "OPTED_IN" } else { "OPTED_OUT" }.to_owned());
            let time = answer.map(|_| format!("t-{mark}"));
            let name = answer.map(|_| user.clone());
            wanted.insert((phone, user), (status, time, name));
        }
        debug_assert!(wanted.len() <= USERS * PHONES.len());
        if there != wanted {
            return Err(format!("the users' rows are {there:#?}, not {wanted:#?}"));
        }
        Tried::add(&self.tried.audience, audience.len());
        if audience != expected.audience() {
            let expected = expected.audience();
            return Err(format!(
                "the audience is {audience:?}, not {expected:?}: {rows:#?}"
            ));
        }
        Ok(())
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
