//! What the table and the quarantine have to be in the end.
//!
//! A row is a sensor and a time, and of the readings for it the last in the order of the shard wins. That order is one
//! where the mapping keeps it: among records of the same partition key, and among all of a shard whose batches run one
//! after the other. `BatchWriteItem` has no condition, so the promise reaches no further:
//!
//! - Among readings without an order any one that was sent may be the row.
//! - A reading at the failure destination may be in the table or not: its write may have been the last thing that the
//!   function did before it failed. If it was in the table, delivering again the readings before it brings one of
//!   these back.
//!
//! So a row is right if it is a reading that was sent to the function and after which, in order, no other reading for
//! the row was done.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use fastrand::Rng;
use serde_json::Value;
use simulator::world::{Body, Fate, Model, Put, Stored, Told};
use testkit::{FakeS3, LocalDynamoDb};

/// What producers put on the stream.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    /// A reading of a sensor at a time, with a value.
    Reading {
        sensor: u8,
        time: u8,
        value: i16,
        /// Whether its partition key is the sensor, or there is none.
        keyed: bool,
    },
    /// No reading.
    Poison(Poison),
}

/// Data that is no reading, and what the quarantine says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poison {
    data: &'static [u8],
    stage: &'static str,
    reason: &'static str,
}

const POISON: [Poison; 6] = [
    Poison {
        data: b"{",
        stage: "payload",
        reason: "not-json",
    },
    Poison {
        data: b"\xff\xfe\x00",
        stage: "payload",
        reason: "not-utf8",
    },
    Poison {
        data: b"[1]",
        stage: "payload",
        reason: "wrong-shape",
    },
    Poison {
        data: br#"{"sensor_id":"s","temperature":1}"#,
        stage: "payload",
        reason: "missing-field",
    },
    Poison {
        data: br#"{"sensor_id":"","temperature":1,"current_time":1}"#,
        stage: "domain",
        reason: "empty-sensor-id",
    },
    Poison {
        data: br#"{"sensor_id":"sensor-0","temperature":1e200,"current_time":1}"#,
        stage: "domain",
        reason: "number-out-of-range",
    },
];

/// The table and the quarantine of one history.
pub(crate) struct Readings<'a> {
    pub(crate) dynamodb: &'a LocalDynamoDb,
    pub(crate) table: String,
    pub(crate) s3: FakeS3,
    pub(crate) bucket: &'static str,
    pub(crate) retention_days: u32,
}

/// A row of the table, attribute by attribute.
type Row = BTreeMap<String, String>;
/// Its key: sensor and time.
type Key = (String, String);

impl Model for Readings<'_> {
    type Record = Record;

    fn record(random: &mut Rng) -> Record {
        if random.u8(0..7) == 0 {
            return Record::Poison(POISON[random.usize(0..POISON.len())]);
        }
        // Times that nothing else has make batches of several calls.
        let is_alone = random.bool();
        let time = if is_alone {
            random.u8(2..)
        } else {
            random.u8(0..2)
        };
        Record::Reading {
            sensor: random.u8(0..3),
            time,
            value: random.i16(-99..100),
            keyed: random.u8(0..8) != 0,
        }
    }

    fn put(record: &Record) -> Put {
        match record {
            Record::Reading {
                sensor,
                time,
                value,
                keyed,
            } => {
                let data = format!(
                    r#"{{"sensor_id":"sensor-{sensor}","temperature":{value}.50,"current_time":{time}}}"#
                );
                Put {
                    key: keyed.then(|| format!("sensor-{sensor}")),
                    body: Body::Kinesis(data.into_bytes()),
                }
            }
            Record::Poison(poison) => Put {
                key: Some("sensor-0".to_owned()),
                body: Body::Kinesis(poison.data.to_vec()),
            },
        }
    }

    async fn check(&self, told: &Told<Record>) -> Result<(), String> {
        let rows = self.dynamodb.scan(&self.table).await;
        let rows: BTreeMap<Key, Row> = rows
            .into_iter()
            .map(|row| ((row["SensorId"].clone(), row["CurrentTime"].clone()), row))
            .collect();
        self.check_rows(told, rows)?;
        check_quarantine(told, &self.s3.ndjson_gz_lines(self.bucket, ""))
    }
}

impl Readings<'_> {
    fn check_rows(&self, told: &Told<Record>, mut rows: BTreeMap<Key, Row>) -> Result<(), String> {
        let mut readings: BTreeMap<Key, Vec<(&Stored<Record>, Row)>> = BTreeMap::new();
        for stored in &told.records {
            if let Some((key, row)) = self.row(stored) {
                readings.entry(key).or_default().push((stored, row));
            }
        }
        for (key, readings) in readings {
            let row = rows.remove(&key);
            let is_done = |stored: &Stored<Record>| stored.fate == Some(Fate::Done);
            let Some(row) = row else {
                let lost = readings.iter().find(|(stored, _)| is_done(stored));
                match lost {
                    Some((lost, _)) => return Err(format!("record {} is lost", lost.number)),
                    None => continue,
                }
            };
            let is_last = |candidate: &Stored<Record>| {
                let overwritten = |(later, _): &(&Stored<Record>, Row)| {
                    is_done(later) && told.in_order(candidate, later)
                };
                candidate.sent > 0 && !readings.iter().any(overwritten)
            };
            let allowed = readings.iter().filter(|(stored, _)| is_last(stored));
            let allowed: Vec<_> = allowed.collect();
            if !allowed.iter().any(|(_, allowed)| *allowed == row) {
                let numbers: Vec<u64> = allowed.iter().map(|(stored, _)| stored.number).collect();
                return Err(format!(
                    "the row {row:?} should be that of one of {numbers:?}"
                ));
            }
        }
        match rows.pop_first() {
            Some((key, _)) => Err(format!("no record put the row {key:?}")),
            None => Ok(()),
        }
    }

    /// The row that a reading makes.
    fn row(&self, stored: &Stored<Record>) -> Option<(Key, Row)> {
        let Record::Reading {
            sensor,
            time,
            value,
            ..
        } = stored.record
        else {
            return None;
        };
        let (sensor, time) = (format!("S:sensor-{sensor}"), format!("N:{time}"));
        let expires = stored.arrival.as_seconds() + i64::from(self.retention_days) * 86_400;
        let row = [
            ("SensorId", sensor.clone()),
            ("CurrentTime", time.clone()),
            ("Temperature", format!("N:{value}.5")),
            ("ExpiresAt", format!("N:{expires}")),
        ];
        let row = row.map(|(name, value)| (name.to_owned(), value)).into();
        Some(((sensor, time), row))
    }
}

/// Every poison record that is done is in quarantine, and nothing but poison is, with its bytes and its reason.
fn check_quarantine(told: &Told<Record>, lines: &[Value]) -> Result<(), String> {
    for line in lines {
        let number = line["sequence_number"].as_str().unwrap_or_default();
        let of = |stored: &&Stored<Record>| stored.sequence_number == number;
        let Some(stored) = told.records.iter().find(of) else {
            return Err(format!("quarantined, but put by nobody: {line}"));
        };
        let Record::Poison(poison) = &stored.record else {
            return Err(format!(
                "record {} is quarantined, but no poison",
                stored.number
            ));
        };
        let data = line["data"].as_str().unwrap_or_default();
        let told_rightly = BASE64_STANDARD
            .decode(data)
            .is_ok_and(|data| data == poison.data)
            && line["stage"] == poison.stage
            && line["reason"] == poison.reason
            && line["shard_id"] == *stored.shard
            && line["arrival"] == stored.arrival.to_string();
        if !told_rightly {
            return Err(format!(
                "record {} is quarantined wrongly: {line}",
                stored.number
            ));
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
