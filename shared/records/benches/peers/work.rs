//! The events.

use records::avro::AvroSchema;
use records::compression::{Compression, compress};
use records::glue::{Header, SchemaVersionId};
use records::kpl::Aggregator;

use crate::common::{event, reading};

pub(crate) const SCHEMA: &str = r#"{"type":"record","name":"Reading","fields":[{"name":"sensor_id","type":"string"},{"name":"temperature","type":"double"},{"name":"current_time","type":"long"},{"name":"humidity","type":["null","double"],"default":null}]}"#;
pub(crate) const SCHEMA_ID: SchemaVersionId = SchemaVersionId::from_bytes([7; 16]);

/// User records in an aggregate: about 50 KB of readings, as producers make them.
const EACH: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Plain,
    Kpl,
    Gzip,
    Avro,
}

impl Work {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Kpl => "kpl",
            Self::Gzip => "gzip",
            Self::Avro => "avro",
        }
    }
}

/// What is made of an event, so that nothing is left out and all do the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) records: usize,
    /// Bytes of payloads, for Avro of the sensors' names.
    pub(crate) length: usize,
}

impl Sum {
    pub(crate) fn add(&mut self, payload: &[u8]) {
        self.records += 1;
        self.length += payload.len();
    }
}

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) records: usize,
    pub(crate) text: String,
    /// The data of the stream's records.
    pub(crate) data: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.name, self.records)
    }
}

#[allow(clippy::cast_precision_loss)]
impl Case {
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}.json", self.name.replace(' ', "-"), self.records)
    }

    pub(crate) fn megabytes(&self) -> f64 {
        self.text.len() as f64 / 1e6
    }

    pub(crate) fn nanoseconds(&self, seconds: f64) -> f64 {
        seconds * 1e9 / self.records as f64
    }

    /// MB of event text a second, and nanoseconds a user record.
    pub(crate) fn speed(&self, seconds: f64) -> String {
        let (rate, each) = (self.megabytes() / seconds, self.nanoseconds(seconds));
        format!("{rate:>7.0} {each:>6.0}")
    }
}

/// The data of a stream's records that hold so many user records.
type Data = fn(usize) -> Vec<Vec<u8>>;

/// Each kind of event with 500, 2,000 and 10,000 user records.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let kinds: [(&str, Work, Data); 5] = [
        ("plain", Work::Plain, |count| {
            (0..count).map(reading).collect()
        }),
        ("kpl", Work::Kpl, |count| aggregates(count, reading)),
        ("kpl, 30 bytes", Work::Kpl, |count| aggregates(count, small)),
        ("gzip", Work::Gzip, |count| {
            let readings = (0..count).map(reading);
            let all = readings.map(|data| compress(Compression::Gzip, &data));
            all.collect::<Result<_, _>>().unwrap_or_default()
        }),
        ("glue, avro", Work::Avro, |count| {
            datums(count).unwrap_or_default()
        }),
    ];
    let sizes = [500, 2_000, 10_000];
    kinds.into_iter().flat_map(move |(name, work, data)| {
        sizes.into_iter().map(move |records| {
            let data = data(records);
            let text = event(data.iter().cloned());
            Case {
                name,
                work,
                records,
                text,
                data,
            }
        })
    })
}

fn small(index: usize) -> Vec<u8> {
    format!(r#"{{"sensor":{:06},"value":81.45}}"#, index % 1_000_000).into_bytes()
}

fn aggregates(count: usize, payload: fn(usize) -> Vec<u8>) -> Vec<Vec<u8>> {
    let indexes: Vec<_> = (0..count).collect();
    let aggregate = |indexes: &[usize]| {
        let mut aggregator = Aggregator::new(1 << 20);
        for index in indexes {
            let key = format!("sensor-{}", index % 100);
            aggregator.push(&key, None, &payload(*index)).ok()?;
        }
        aggregator.finish().map(|aggregated| aggregated.data)
    };
    indexes.chunks(EACH).filter_map(aggregate).collect()
}

fn datums(count: usize) -> Option<Vec<Vec<u8>>> {
    let schema = AvroSchema::parse(SCHEMA).ok()?;
    let one = |index| {
        let mut datum = Vec::new();
        let text = String::from_utf8(reading(index)).ok()?;
        schema.write(&text, &mut datum).ok()?;
        Header::new(SCHEMA_ID).write(&datum).ok()
    };
    (0..count).map(one).collect()
}
