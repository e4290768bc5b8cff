//! Random histories of people who change their mind, the stream of their changes and its mapping, with the function's
//! real code, its table and its channel.
//!
//! The database is played: loaded rows, inserts, updates, deletes, numbers that change hands and users that change
//! numbers. Its changes come by one key, a key of each row, or out of order, some of them again. Two instances of the
//! function work at once; their calls go in between each other's. The list throttles, and mostly takes a number off once
//! in 30 days only.
//!
//! After every call that arrives an observer compares the numbers' rows with the list.
//!
//! A failure prints its seed, the smallest history that fails and its timeline; to see it again, put the seed in place
//! of a range below.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod database;
mod expected;
mod model;
mod observer;
mod record;
#[path = "../services/mod.rs"]
mod services;
mod stack;

use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use mapping::{Choices, Settings};
use simulator::world::{self, History, Mishap, Produced, Surroundings};

use record::Record;
use stack::Services;

/// A quarter of the histories: tests run side by side.
fn check(seeds: Range<u64>) {
    let services = Services::start();
    let tally = world::histories(seeds, &async |surroundings: &Surroundings| {
        services.set_up(surroundings).await
    });
    let enough = tally.redelivered > 250 && tally.failed > 100 && tally.closed_shards > 30;
    assert!(enough, "too little went wrong: {tally:?}");
    services.tried.assert_enough();
}

#[test]
fn table_audience_and_list_are_what_people_said_last_1() {
    check(0..250);
}

#[test]
fn table_audience_and_list_are_what_people_said_last_2() {
    check(250..500);
}

#[test]
fn table_audience_and_list_are_what_people_said_last_3() {
    check(500..750);
}

#[test]
fn table_audience_and_list_are_what_people_said_last_4() {
    check(750..1_000);
}

/// All changes of a number at once, each in an invocation of its own, some of which crash: calls to the contrary go in
/// between each other's.
#[test]
fn no_order_of_calls_loses_an_opt_out() {
    let services = Services::start();
    for seed in 0..150 {
        let random = &mut Rng::with_seed(seed);
        let changes = database::of_one_number(random, 12).into_iter();
        let puts = changes.map(|change| Produced {
            at_ms: random.u64(0..600),
            spread: 0,
            record: Record::Change(change),
        });
        let mut puts: Vec<_> = puts.collect();
        puts.sort_by_key(|put| put.at_ms);
        let crash = |random: &mut Rng| Mishap::CrashAfterMs(random.u64(100..900));
        let mishaps = (0..random.usize(0..8)).map(|_| (random.usize(0..12), crash(random)));
        let history = History {
            settings: Settings {
                batch_size: 1,
                parallelization_factor: 10,
                ..Settings::default()
            },
            choices: Choices::default(),
            shards: 3,
            timeout_ms: 60_000,
            pace: seed,
            puts,
            reshards: Vec::new(),
            restarts: Vec::new(),
            mishaps: mishaps.collect(),
            faults: BTreeMap::new(),
        };
        let set_up = async |surroundings: &Surroundings| services.set_up(surroundings).await;
        let trial = world::run(&history, &set_up);
        let table = trial.timeline.to_table();
        assert_eq!(trial.broken, None, "seed {seed}\n{history}\n{table}");
    }
}

#[test]
fn the_same_seed_gives_the_same_timeline() {
    let services = Services::start();
    let timeline = |seed| {
        let set_up = async |surroundings: &Surroundings| services.set_up(surroundings).await;
        world::trial(seed, &set_up).timeline.to_table()
    };
    let first: Vec<_> = (0..30).map(|seed| (seed, timeline(seed))).collect();
    for (seed, before) in first.into_iter().rev() {
        assert_eq!(timeline(seed), before, "seed {seed}");
    }
}
