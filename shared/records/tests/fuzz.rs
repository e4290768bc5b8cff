//! The fuzz targets' bodies on a stable toolchain: with the seeds, and with seeds that were changed here and there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

/// Runs a target with its seeds and changes of them.
fn run(name: &str, body: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(name);
    let seeds: Vec<Vec<u8>> = fs::read_dir(directory)
        .unwrap()
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!seeds.is_empty());
    for seed in &seeds {
        body(seed);
    }
    // A place, how many bytes are taken out there, and what is put in.
    let edit = (
        any::<Index>(),
        0_usize..4,
        proptest::collection::vec(byte(), 0..4),
    );
    let edits = proptest::collection::vec(edit, 1..6);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(2_000));
    let changed = runner.run(&(select(seeds), edits), |(mut data, edits)| {
        for (place, taken, put) in edits {
            let start = place.index(data.len() + 1);
            let end = (start + taken).min(data.len());
            data.splice(start..end, put);
        }
        body(&data);
        Ok(())
    });
    changed.unwrap();
}

fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        any::<u8>(),
        select(b"\"{}[]:,\\0129aeu\x00\xff\x80".to_vec())
    ]
}

#[test]
fn any_event_is_read_or_refused() {
    run("event", bodies::event);
}

#[test]
fn any_aggregate_is_read_or_one_record() {
    run("kpl", bodies::kpl);
}

#[test]
fn any_payload_of_the_registry_is_read_or_an_error() {
    run("registry", bodies::registry);
}

#[test]
fn any_change_of_a_database_is_read_or_an_error() {
    run("dms", bodies::dms);
}

#[test]
fn any_number_is_exact_or_refused() {
    run("number", bodies::number);
}

#[test]
fn any_layers_come_off_or_are_an_error() {
    run("layers", bodies::layers);
}
