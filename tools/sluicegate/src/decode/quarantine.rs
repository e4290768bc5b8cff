//! Lines of a quarantine object: records that a function could not process, with what was around them.

use std::io::{BufReader, Read};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use super::documents::{self, Kind};
use super::{Given, Refused, Sink, lines};

/// What gzip begins with (RFC 1952, 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";
/// What is inflated of something compressed to look at it, in bytes: more than a line with a record of 1 MiB.
const LOOK: u64 = 4 << 20;

/// What is read of a line.
#[derive(Deserialize)]
struct Line {
    sequence_number: Option<String>,
    #[serde(default)]
    subsequence_number: u64,
    partition_key: Option<String>,
    /// The layers that are still around the data. Earlier versions do not tell.
    layers: Option<LayersField>,
    data: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LayersField {
    Text(String),
    List(Vec<String>),
}

/// Hands the record of each line to `sink`. The object is compressed as it is in the bucket, or not.
pub(super) fn read(
    mut reader: BufReader<Box<dyn Read>>,
    name: &str,
    sink: &mut impl Sink,
) -> Result<()> {
    let mut start = Vec::new();
    let read = reader.by_ref().take(2).read_to_end(&mut start);
    read.with_context(|| format!("{name} cannot be read"))?;
    let is_compressed = start == GZIP;
    let whole = std::io::Cursor::new(start).chain(reader);
    let mut reader: BufReader<Box<dyn Read>> = BufReader::new(if is_compressed {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    });
    let mut data = Vec::new();
    lines::each(&mut reader, name, sink, |line, sink| {
        data.clear();
        read_line(line, &mut data, sink)
    })
}

fn read_line(line: &[u8], data: &mut Vec<u8>, sink: &mut impl Sink) -> Result<()> {
    let line: Line = match serde_json::from_slice(line) {
        Ok(line) => line,
        Err(error) => {
            let detail = format!("not a line of a quarantine object: {error}");
            let refused = Refused::input("not-a-quarantine-line", detail);
            return sink.record(&Given::data(Err(refused)));
        }
    };
    let layers = line.layers.map(|layers| match layers {
        LayersField::Text(text) => text,
        LayersField::List(names) => names.join(","),
    });
    let read = lines::base64(line.data.as_bytes(), data);
    sink.record(&Given {
        sequence_number: line.sequence_number.as_deref(),
        partition_key: line.partition_key.as_deref(),
        // 0 is also what records have that were in no aggregate.
        sub: Some(line.subsequence_number).filter(|number| *number > 0),
        layers: layers.as_deref(),
        data: read.map(|()| data.as_slice()),
    })
}

/// Whether it is a quarantine object as it is in the bucket.
pub(super) fn is_compressed(all: &[u8]) -> bool {
    if !all.starts_with(GZIP) {
        return false;
    }
    let mut start = Vec::new();
    // Where it ends early, what there is may still be a line.
    let _ = MultiGzDecoder::new(all).take(LOOK).read_to_end(&mut start);
    let line = start.split(|byte| *byte == b'\n').next();
    line.and_then(documents::look) == Some(Kind::QuarantineLine)
}
