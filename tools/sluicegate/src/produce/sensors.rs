//! Sensor readings: the same seed gives the same records, and says what must become of each.

mod avro;

use std::collections::VecDeque;

use fastrand::Rng;

use super::number::Spelled;
use super::outgoing::Outgoing;
use super::poison::Poison;
use crate::UsageError;
use crate::share::Share;
pub use avro::subject;

/// How many readings back a duplicate may lie: near enough that both often come in one batch.
const RECENT: usize = 200;

/// What readings to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many records.
    pub count: u64,
    /// From how many sensors, 1 or more.
    pub sensors: u32,
    /// What decides about everything random.
    pub seed: u64,
    /// Time of each sensor's first reading, in seconds since 1970.
    pub start: i64,
    /// How many of the records can never be stored.
    pub poison: Share,
    /// How many of the records have an earlier one's sensor and time, and another temperature.
    pub duplicates: Share,
    /// What becomes the partition key.
    pub keys: Keys,
}

/// What the partition key, and with it the shard, is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Keys {
    /// All readings of a sensor go to one shard, in order
    #[default]
    Sensor,
    /// Each record goes anywhere; the shards are loaded evenly
    Record,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            count: 10_000,
            sensors: 100,
            seed: 1,
            start: 1_700_000_000,
            poison: Share::NONE,
            duplicates: Share::NONE,
            keys: Keys::Sensor,
        }
    }
}

impl Settings {
    /// Refuses settings that are right each for itself and wrong together.
    pub fn check(&self) -> Result<(), UsageError> {
        if self.poison.checked_add(self.duplicates).is_none() {
            return Err(UsageError(format!(
                "--poison {} and --duplicates {} are more than all records: expected 100% at most together",
                self.poison, self.duplicates
            )));
        }
        if self.keys == Keys::Record && self.duplicates != Share::NONE {
            return Err(UsageError(
                "--duplicates needs --shards-by sensor: across shards no record is the later one"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

/// Primary key of a reading's row, its number in canonical text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    /// `SensorId`.
    pub sensor: String,
    /// `CurrentTime`, seconds.
    pub time: String,
}

/// The other attributes of a reading's row, in canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `Temperature`.
    pub temperature: String,
    /// `Humidity`, which a reading may lack.
    pub humidity: Option<String>,
}

/// What must become of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is stored as this row, unless a later record has the same key.
    Stored(RowKey, Row),
    /// It is put into quarantine.
    Quarantined(Poison),
}

/// A record and what must become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Produced {
    /// What to put on the stream.
    pub record: Outgoing,
    /// What must become of it.
    pub expected: Expected,
}

/// The records, one after the other.
#[derive(Clone, Debug)]
pub struct Sensors {
    settings: Settings,
    rng: Rng,
    made: u64,
    poison_left: u64,
    duplicates_left: u64,
    poison_made: usize,
    /// Readings made per sensor.
    ticks: Vec<u32>,
    recent: VecDeque<Moment>,
}

/// A sensor and a time: what identifies a reading.
#[derive(Clone, Copy, Debug)]
struct Moment {
    sensor: u32,
    tick: u32,
    milliseconds: i64,
}

enum Kind {
    Poison,
    Duplicate(Moment),
    New,
}

impl Sensors {
    /// Begins the readings that `settings` describe.
    pub fn new(settings: Settings) -> Self {
        let poison = settings.poison.of(settings.count);
        Self {
            settings,
            rng: Rng::with_seed(settings.seed),
            made: 0,
            poison_left: poison,
            duplicates_left: settings
                .duplicates
                .of(settings.count)
                .min(settings.count - poison),
            poison_made: 0,
            ticks: vec![0; settings.sensors.max(1) as usize],
            recent: VecDeque::with_capacity(RECENT),
        }
    }

    /// Draws without replacement, so that the shares come out exactly.
    fn kind(&mut self) -> Kind {
        let draw = self.rng.u64(0..self.settings.count - self.made);
        if draw < self.poison_left {
            self.poison_left -= 1;
            return Kind::Poison;
        }
        if draw < self.poison_left + self.duplicates_left && !self.recent.is_empty() {
            self.duplicates_left -= 1;
            return Kind::Duplicate(self.recent[self.rng.usize(0..self.recent.len())]);
        }
        Kind::New
    }

    fn new_moment(&mut self) -> Moment {
        let sensor = self.rng.usize(0..self.ticks.len());
        let tick = self.ticks[sensor];
        self.ticks[sensor] += 1;
        // Fractions of a second are distinct readings.
        let fraction = match self.rng.u8(0..4) {
            0 => self.rng.i64(1..1_000),
            _ => 0,
        };
        Moment {
            sensor: u32::try_from(sensor).unwrap_or(u32::MAX),
            tick,
            milliseconds: (self.settings.start + i64::from(tick)) * 1_000 + fraction,
        }
    }

    fn reading(&mut self, moment: Moment) -> Produced {
        let sensor = sensor_id(moment);
        let rng = &mut self.rng;
        let time = Spelled::decimal(rng, moment.milliseconds, 3);
        let temperature = if rng.u8(0..64) == 0 {
            Spelled::extreme(rng)
        } else {
            let hundredths = rng.i64(-2_000..=12_000);
            Spelled::decimal(rng, hundredths, 2)
        };
        let humidity = (rng.u8(0..10) < 6).then(|| {
            let tenths = rng.i64(0..=1_000);
            Spelled::decimal(rng, tenths, 1)
        });
        let humidity_field = humidity
            .as_ref()
            .map(|humidity| format!(r#","humidity":{}"#, humidity.text))
            .unwrap_or_default();
        // A field that nobody knows must not matter.
        let unknown_field = if rng.u8(0..32) == 0 {
            r#","battery":{"volts":3.1}"#
        } else {
            ""
        };
        let text = format!(
            r#"{{"sensor_id":"{sensor}","temperature":{},"current_time":{}{humidity_field}{unknown_field}}}"#,
            temperature.text, time.text
        );
        let key = RowKey {
            sensor,
            time: time.value,
        };
        let row = Row {
            temperature: temperature.value,
            humidity: humidity.map(|humidity| humidity.value),
        };
        Produced {
            record: self.outgoing(moment, text.into_bytes(), false),
            expected: Expected::Stored(key, row),
        }
    }

    fn poison(&mut self) -> Produced {
        // Each kind in turn: even a small demo has them all.
        let poison = Poison::ALL[self.poison_made % Poison::ALL.len()];
        self.poison_made += 1;
        let moment = self.new_moment();
        let time = super::number::plain(moment.milliseconds, 3);
        let bytes = poison.bytes(&mut self.rng, &sensor_id(moment), &time);
        Produced {
            record: self.outgoing(moment, bytes, true),
            expected: Expected::Quarantined(poison),
        }
    }

    fn outgoing(&self, moment: Moment, data: Vec<u8>, is_poison: bool) -> Outgoing {
        Outgoing {
            partition_key: match self.settings.keys {
                Keys::Sensor => sensor_id(moment),
                Keys::Record => format!("record-{}", self.made),
            },
            data: data.into(),
            // Readings of one sensor and time must not swap: the later one wins.
            order: (u64::from(moment.sensor) << 32) | u64::from(moment.tick),
            is_poison,
        }
    }
}

impl Iterator for Sensors {
    type Item = Produced;

    fn next(&mut self) -> Option<Produced> {
        if self.made == self.settings.count {
            return None;
        }
        let produced = match self.kind() {
            Kind::Poison => self.poison(),
            Kind::Duplicate(moment) => self.reading(moment),
            Kind::New => {
                let moment = self.new_moment();
                if self.recent.len() == RECENT {
                    self.recent.pop_front();
                }
                self.recent.push_back(moment);
                self.reading(moment)
            }
        };
        self.made += 1;
        Some(produced)
    }
}

fn sensor_id(moment: Moment) -> String {
    format!("sensor-{}", moment.sensor + 1)
}

#[cfg(test)]
#[path = "sensors_tests.rs"]
mod tests;
