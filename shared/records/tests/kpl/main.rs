#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Records aggregated by the Kinesis Producer Library, by its kin, and by nobody.

mod any;
mod odd;
mod vectors;

use records::kpl::{Reading, Tables, read};

/// A user record as the tests write it: partition key, explicit hash key, data.
type Expected<'a> = (&'a str, Option<&'a str>, &'a [u8]);

/// Checks the records of an aggregate, where an error is its reason.
fn check(data: &[u8], expected: &[Result<Expected<'_>, &str>]) {
    let mut tables = Tables::default();
    let Reading::Aggregate(aggregate) = read(data, &mut tables) else {
        panic!("not an aggregate: {data:?}");
    };
    assert_eq!(aggregate.len(), expected.len());
    assert_eq!(aggregate.is_empty(), expected.is_empty());
    assert_eq!(aggregate.records().len(), expected.len());
    let got: Vec<_> = aggregate
        .records()
        .enumerate()
        .map(|(index, record)| match record {
            Ok(record) => {
                assert_eq!(record.subsequence_number, index as u64);
                Ok((record.partition_key, record.explicit_hash_key, record.data))
            }
            Err(bad) => Err(bad.error.reason()),
        })
        .collect();
    assert_eq!(got, expected);
}

/// What is not an aggregate: the reason to doubt, or none.
fn check_single(data: &[u8], expected: Option<&str>) {
    match read(data, &mut Tables::default()) {
        Reading::Plain => assert_eq!(None, expected, "{data:?}"),
        Reading::Doubtful(doubt) => assert_eq!(Some(doubt.reason()), expected, "{data:?}"),
        Reading::Aggregate(_) => panic!("an aggregate: {data:?}"),
    }
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// An aggregate of the given message, with its digest.
fn aggregate_of(message: &[u8]) -> Vec<u8> {
    let digest = records::kpl::digest(message);
    [&records::kpl::MAGIC, message, &digest].concat()
}
