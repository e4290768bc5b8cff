//! Random histories of the stream and its mapping, with the function's real code between them and its table.
//!
//! A failure prints its seed, the smallest history that fails and its timeline; to see it again, put the seed in place
//! of a range below: `check(4711..4712)`.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod model;
mod stack;

use std::ops::Range;

use simulator::world::{self, Surroundings, Tally};

use stack::Services;

/// Runs the histories of these seeds.
fn check(seeds: Range<u64>) -> Tally {
    let services = Services::start();
    world::histories(seeds, &async |surroundings: &Surroundings| {
        services.set_up(surroundings).await
    })
}

/// A quarter of the histories: tests run side by side.
fn check_quarter(seeds: Range<u64>) {
    let tally = check(seeds);
    let enough = tally.redelivered > 250 && tally.failed > 100 && tally.given_up > 20;
    assert!(enough, "too little went wrong: {tally:?}");
}

#[test]
fn nothing_is_lost_changed_by_redelivery_or_reordered_1() {
    check_quarter(0..250);
}

#[test]
fn nothing_is_lost_changed_by_redelivery_or_reordered_2() {
    check_quarter(250..500);
}

#[test]
fn nothing_is_lost_changed_by_redelivery_or_reordered_3() {
    check_quarter(500..750);
}

#[test]
fn nothing_is_lost_changed_by_redelivery_or_reordered_4() {
    check_quarter(750..1_000);
}

#[test]
fn the_same_seed_gives_the_same_timeline() {
    let services = Services::start();
    let timeline = |seed| {
        let set_up = async |surroundings: &Surroundings| services.set_up(surroundings).await;
        let trial = world::trial(seed, &set_up);
        trial.timeline.to_table()
    };
    let first: Vec<_> = (0..40).map(|seed| (seed, timeline(seed))).collect();
    for (seed, before) in first.into_iter().rev() {
        assert_eq!(timeline(seed), before, "seed {seed}");
    }
}
