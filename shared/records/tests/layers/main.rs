#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Layers taken off, one and all.

mod configuration;
mod event;
mod limits;
mod registry;
mod singles;

use records::compression::{Compression, compress};
use records::glue::Schemas;
use records::kpl::Aggregator;
use records::layers::{Decoder, LayeredRecord, Layers};

/// A user record as the tests write it: its key, its payload or the stage and the reason of an error.
type Expected<'a> = (Option<&'a str>, Result<&'a str, (&'a str, &'a str)>);

fn layers(text: &str) -> Layers {
    let layers: Layers = text.parse().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(layers.to_string(), text);
    layers
}

fn expected_form<'a>(record: &LayeredRecord<'a>) -> Expected<'a> {
    let data = match record.data {
        Ok(data) => Ok(std::str::from_utf8(data).unwrap()),
        Err(error) => Err((error.stage(), error.reason())),
    };
    (record.partition_key, data)
}

/// Checks the user records of data.
fn check(of: Layers, data: &[u8], schemas: &impl Schemas, expected: &[Expected<'_>]) {
    let mut decoder = Decoder::new(of);
    // Once more with buffers that were used before.
    for _ in 0..2 {
        let all = decoder.decode(data, schemas);
        let got: Vec<_> = all.records().map(|one| expected_form(&one)).collect();
        assert_eq!(got, expected);
        for (index, record) in all.records().enumerate() {
            assert_eq!(record.subsequence_number, index as u64);
        }
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    compress(Compression::Gzip, data).unwrap()
}

fn aggregate(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut aggregator = Aggregator::new(1 << 20);
    for (key, data) in records {
        aggregator.push(key, None, data).unwrap();
    }
    aggregator.finish().unwrap().data
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
