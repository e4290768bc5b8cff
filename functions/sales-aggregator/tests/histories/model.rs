//! What the table and the quarantine have to be in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::time::Duration;

use fastrand::Rng;
use mapping::Settings;
use records::Timestamp;
use serde_json::Value;
use simulator::world::{self, Fate, Model, Put, Stored, Told};
use testkit::{FakeS3, LocalDynamoDb};

use crate::expected::{Promise, Records};
use crate::puts::{Kind, Record};
use crate::rows::{Groups, Table};
use crate::stack::{EndedEarly, Seen};

/// A shard and the first moment of a window.
type WindowKey = (String, String);

/// The table and the quarantine of one history.
pub(crate) struct Sales<'a, K> {
    pub(crate) dynamodb: &'a LocalDynamoDb,
    pub(crate) table: String,
    pub(crate) s3: FakeS3,
    pub(crate) bucket: &'static str,
    /// How many of the last ids are remembered, if each counts once.
    pub(crate) ids: Option<usize>,
    pub(crate) ended_early: EndedEarly,
    pub(crate) seen: &'a Seen,
    pub(crate) kind: PhantomData<K>,
}

impl<K: Kind> Model for Sales<'_, K> {
    type Record = Record;

    fn settings(random: &mut Rng) -> Settings {
        Settings {
            tumbling_window: Some(Duration::from_secs(random.u64(1..20))),
            parallelization_factor: 1,
            report_batch_item_failures: random.bool(),
            ..world::settings(random)
        }
    }

    fn record(random: &mut Rng) -> Record {
        K::record(random)
    }

    fn put(record: &Record) -> Put {
        K::put(record)
    }

    async fn check(&self, told: &Told<Record>) -> Result<(), String> {
        check_quarantine(told, &self.s3.ndjson_gz_lines(self.bucket, ""))?;
        let table = Table::read(&self.dynamodb.scan(&self.table).await)?;
        table.totals_are_those_of_parts()?;
        let mut windows = windows(told);
        let empty = Groups::new();
        let keys: BTreeSet<WindowKey> = table.parts.keys().chain(windows.keys()).cloned().collect();
        for key in keys {
            let records = windows.remove(&key).unwrap_or_default();
            let promise = self.promise(told, &key, &records);
            let parts = table.part_rows.get(&key).copied().unwrap_or_default();
            self.seen.window(&promise, parts);
            let records = Records {
                records,
                ids: self.ids,
            };
            let sums = table.parts.get(&key).unwrap_or(&empty);
            let checked = records.check::<K>(&promise, sums);
            checked.map_err(|error| format!("window {key:?}: {error}"))?;
        }
        Ok(())
    }
}

impl<K: Kind> Sales<'_, K> {
    /// What can be said of a window, seeing what the mapping has made of it.
    ///
    /// Going back to an older checkpoint alone does no harm: the parts are the same again. They are not if the mapping
    /// treats the window's records differently the second time: ends it early at another place, or gives up others.
    fn promise(
        &self,
        told: &Told<Record>,
        key: &WindowKey,
        records: &[&Stored<Record>],
    ) -> Promise {
        let is_lost =
            |lost: &world::LostWindow| lost.shard == key.0 && lost.start.to_string() == key.1;
        let lost = told.lost_windows.iter().any(is_lost);
        let ended_early = self.ended_early.borrow().contains(key);
        let went_back = records
            .iter()
            .any(|record| !record.earlier_fates.is_empty());
        let gave_up = records.iter().any(|record| {
            let mut fates = record.fate.iter().chain(&record.earlier_fates);
            fates.any(|fate| matches!(fate, Fate::GivenUp(_)))
        });
        if went_back && (lost || ended_early || gave_up) {
            Promise::None
        } else if lost {
            Promise::AtMost
        } else if ended_early && self.ids.is_some() {
            Promise::Repeated
        } else {
            Promise::Exact
        }
    }
}

/// The records that the function was told of, by their window.
fn windows(told: &Told<Record>) -> BTreeMap<WindowKey, Vec<&Stored<Record>>> {
    let length = told.settings.tumbling_window.unwrap().as_micros();
    let length = i64::try_from(length).unwrap();
    let mut windows: BTreeMap<WindowKey, Vec<_>> = BTreeMap::new();
    for stored in told.records.iter().filter(|stored| stored.sent > 0) {
        let arrival = stored.arrival.as_micros();
        let start = Timestamp::from_micros(arrival - arrival.rem_euclid(length));
        let key = (stored.shard.clone(), start.to_string());
        windows.entry(key).or_default().push(stored);
    }
    windows
}

/// Every poison record that is done is in quarantine with its reason, and nothing but poison is.
fn check_quarantine(told: &Told<Record>, lines: &[Value]) -> Result<(), String> {
    for line in lines {
        let number = line["sequence_number"].as_str().unwrap_or_default();
        let of = |stored: &&Stored<Record>| stored.sequence_number == number;
        let reason = match told
            .records
            .iter()
            .find(of)
            .map(|stored| (stored, &stored.record))
        {
            Some((stored, Record::Poison(poison))) if line["shard_id"] == *stored.shard => {
                poison.reason
            }
            _ => return Err(format!("not to be in quarantine: {line}")),
        };
        if line["reason"] != reason {
            return Err(format!("quarantined not for {reason}: {line}"));
        }
    }
    let is_kept = |stored: &Stored<Record>| {
        let of = |line: &Value| line["sequence_number"] == *stored.sequence_number;
        lines.iter().any(of)
    };
    let lost = told.records.iter().find(|stored| {
        let is_poison = matches!(stored.record, Record::Poison(_));
        is_poison && stored.fate == Some(Fate::Done) && !is_kept(stored)
    });
    lost.map_or(Ok(()), |lost| {
        Err(format!(
            "the poison record {} is not in quarantine",
            lost.number
        ))
    })
}
