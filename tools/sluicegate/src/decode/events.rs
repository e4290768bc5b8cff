//! Records of a Lambda event, and of an answer of `get-records`.

use anyhow::{Context, Result};
use records::{KinesisEvent, SequenceNumber};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Given, Refused, Sink, lines};

/// Hands the records of an event to `sink`.
pub(super) fn read_event(json: &str, sink: &mut impl Sink) -> Result<()> {
    let event = KinesisEvent::from_json(json.as_bytes()).context("not an event")?;
    for record in event.records() {
        let data = record.user_record().map(|user| user.data);
        sink.record(&Given {
            sequence_number: record.sequence_number.map(SequenceNumber::as_str),
            partition_key: record.partition_key,
            ..Given::data(data.map_err(|error| Refused {
                stage: "event",
                reason: error.reason(),
                detail: error.to_string(),
            }))
        })?;
    }
    Ok(())
}

/// A record as `get-records` answers it (Kinesis API reference, `Record`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sequence_number: Option<String>,
    partition_key: Option<String>,
    data: Option<String>,
}

/// Hands the records of an answer to `sink`.
pub(super) fn read_answer(elements: &[&RawValue], sink: &mut impl Sink) -> Result<()> {
    let mut data = Vec::new();
    for element in elements {
        let record: Record = match serde_json::from_str(element.get()) {
            Ok(record) => record,
            Err(error) => {
                let refused = Refused::input("not-an-object", format!("not a record: {error}"));
                sink.record(&Given::data(Err(refused)))?;
                continue;
            }
        };
        data.clear();
        let read = match &record.data {
            Some(text) => lines::base64(text.as_bytes(), &mut data),
            None => Err(Refused::input("no-data", "the record has no string `Data`")),
        };
        sink.record(&Given {
            sequence_number: record.sequence_number.as_deref(),
            partition_key: record.partition_key.as_deref(),
            ..Given::data(read.map(|()| data.as_slice()))
        })?;
    }
    Ok(())
}
