//! The records of a scenario.

use records::Timestamp;

use super::mistake::ScenarioError;
use super::node::Node;
use crate::timeline::Seconds;

/// Most records of a scenario.
const MOST: u64 = 100_000;
/// Largest data of a record, 10 MiB: `MaxRecordSizeInKiB` up to 10,240 (Kinesis API Reference, `CreateStream`).
const LARGEST: u64 = 10 * 1024 * 1024;

/// A record of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// When the stream took it, from the beginning of the scenario.
    pub arrival: Timestamp,
    /// Its partition key.
    pub key: Option<String>,
    /// Its data.
    pub data: Vec<u8>,
    /// Bytes of its data as the mapping is to count them.
    pub data_bytes: usize,
}

impl Input {
    /// The record of this number in a scenario that gives only a count: its data is its number.
    fn numbered(number: u64) -> Self {
        let data = number.to_string().into_bytes();
        Self {
            arrival: Timestamp::from_micros(0),
            key: None,
            data_bytes: data.len(),
            data,
        }
    }
}

/// Reads a count or a list.
pub(super) fn records(node: &Node<'_>) -> Result<Vec<Input>, ScenarioError> {
    if !node.is_list() {
        let count = node.whole("a list of records or their count", 0..=MOST)?;
        return Ok((1..=count).map(Input::numbered).collect());
    }
    let nodes = node.list("a list of records or their count")?;
    if nodes.len() as u64 > MOST {
        return Err(node.wrong(format!("{MOST} records at most")));
    }
    let mut records: Vec<Input> = Vec::with_capacity(nodes.len());
    for (number, node) in (1..).zip(&nodes) {
        let record = record(node, number, records.last())?;
        records.push(record);
    }
    Ok(records)
}

fn record(node: &Node<'_>, number: u64, before: Option<&Input>) -> Result<Input, ScenarioError> {
    let object = node.object(&["arrival", "key", "data", "bytes"])?;
    let mut record = Input::numbered(number);
    if let Some(data) = object.get("data") {
        record.data = data.string().unwrap_or(data.text().to_owned()).into_bytes();
        record.data_bytes = record.data.len();
    }
    let earliest = before.map_or(record.arrival, |before| before.arrival);
    record.arrival = earliest;
    if let Some(arrival) = object.get("arrival") {
        record.arrival = arrival.seconds()?;
        if record.arrival < earliest {
            let seconds = Seconds(earliest);
            return Err(arrival.wrong(format!(
                "{seconds} or later, the arrival of the record before it"
            )));
        }
    }
    if let Some(key) = object.get("key") {
        let text = key.string().filter(|key| !key.is_empty());
        record.key = Some(text.ok_or_else(|| key.wrong("a text that is not empty"))?);
    }
    if let Some(bytes) = object.get("bytes") {
        let count = bytes.whole("the size of the data in bytes", 0..=LARGEST)?;
        record.data_bytes = usize::try_from(count).unwrap_or(usize::MAX);
    }
    Ok(record)
}
