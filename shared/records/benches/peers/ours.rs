//! This crate.

use std::borrow::Cow;

use records::KinesisEvent;
use records::glue::{DataFormat, Schema, SchemaSet};
use records::layers::Decoder;
use serde::Deserialize;

use crate::work::{Case, SCHEMA, SCHEMA_ID, Sum, Work};

pub(crate) struct Ours {
    work: Work,
    decoder: Decoder,
    schemas: SchemaSet,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "all of it is to be read")]
struct Reading<'a> {
    #[serde(borrow)]
    sensor_id: Cow<'a, str>,
    temperature: f64,
    current_time: i64,
    humidity: Option<f64>,
}

impl Ours {
    pub(crate) fn new(work: Work) -> Self {
        let layers = match work {
            Work::Plain => "",
            Work::Kpl => "kpl",
            Work::Gzip => "gzip",
            Work::Avro => "glue-avro",
        };
        let mut schemas = SchemaSet::default();
        schemas.insert(SCHEMA_ID, Some(Schema::new(DataFormat::Avro, SCHEMA, None)));
        Self {
            work,
            decoder: Decoder::new(layers.parse().unwrap_or_default()),
            schemas,
        }
    }

    pub(crate) fn run(&mut self, text: &str) -> Option<Sum> {
        let event = KinesisEvent::from_json(text.as_bytes()).ok()?;
        let mut sum = Sum::default();
        if self.work == Work::Plain {
            for record in event.records() {
                sum.add(record.user_record().ok()?.data);
            }
            return Some(sum);
        }
        for user in self
            .decoder
            .decode_event(&event, &self.schemas)
            .user_records()
        {
            let data = user.ok()?.data;
            if self.work == Work::Avro {
                let reading: Reading<'_> = serde_json::from_slice(data).ok()?;
                sum.add(reading.sensor_id.as_bytes());
            } else {
                sum.add(data);
            }
        }
        Some(sum)
    }
}

/// The checksums of a case's aggregates.
pub(crate) fn digests(case: &Case) -> u8 {
    let digest = |data: &Vec<u8>| match data.get(4..data.len() - 16) {
        Some(message) => records::kpl::digest(message)[0],
        None => 0,
    };
    case.data.iter().map(digest).fold(0, |all, one| all ^ one)
}
