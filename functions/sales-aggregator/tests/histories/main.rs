//! Random histories of a stream, its mapping with a tumbling window, and the function's real code with its table.
//!
//! A failure prints its seed, the smallest history that fails and its timeline; to see it again, put the seed in place
//! of a range below.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod expected;
mod model;
mod puts;
mod rows;
mod stack;

use std::ops::Range;

use simulator::world::{self, Surroundings};

use puts::{DynamoDb, Kind, Kinesis};
use stack::Services;

/// Half of the histories of a kind of stream: tests run side by side.
fn check<K: Kind>(seeds: Range<u64>) {
    let services = Services::start();
    let tally = world::histories(seeds, &async |surroundings: &Surroundings| {
        services.set_up::<K>(surroundings).await
    });
    let enough = tally.redelivered > 250 && tally.failed > 100 && tally.given_up > 20;
    assert!(enough, "too little went wrong: {tally:?}");
    services.seen.assert_enough();
}

#[test]
fn every_kinesis_sale_is_in_its_parts_and_totals_once_1() {
    check::<Kinesis>(0..250);
}

#[test]
fn every_kinesis_sale_is_in_its_parts_and_totals_once_2() {
    check::<Kinesis>(250..500);
}

#[test]
fn every_dynamodb_sale_is_in_its_parts_and_totals_once_1() {
    check::<DynamoDb>(500..750);
}

#[test]
fn every_dynamodb_sale_is_in_its_parts_and_totals_once_2() {
    check::<DynamoDb>(750..1_000);
}

#[test]
fn the_same_seed_gives_the_same_timeline() {
    let services = Services::start();
    let timeline = |seed| {
        let set_up =
            async |surroundings: &Surroundings| services.set_up::<Kinesis>(surroundings).await;
        world::trial(seed, &set_up).timeline.to_table()
    };
    let first: Vec<_> = (0..30).map(|seed| (seed, timeline(seed))).collect();
    for (seed, before) in first.into_iter().rev() {
        assert_eq!(timeline(seed), before, "seed {seed}");
    }
}
