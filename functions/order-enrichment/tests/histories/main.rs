//! Random histories of an order database, the stream of its changes and its mapping, with the function's real code and
//! its tables.
//!
//! The database is played: loaded rows, transactions of inserts, updates, deletes and changes of keys. Its changes come
//! by shards of each table or of each row, out of order, some of them again. Two instances of the function work at once;
//! their calls go in between each other's.
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
mod slow;
mod stack;

use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use mapping::{Choices, Settings};
use simulator::world::{self, History, Produced, Surroundings};

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
fn the_enriched_rows_are_the_join_of_the_final_database_1() {
    check(0..250);
}

#[test]
fn the_enriched_rows_are_the_join_of_the_final_database_2() {
    check(250..500);
}

#[test]
fn the_enriched_rows_are_the_join_of_the_final_database_3() {
    check(500..750);
}

#[test]
fn the_enriched_rows_are_the_join_of_the_final_database_4() {
    check(750..1_000);
}

/// All changes of an order at once, each in an invocation of its own: what is read and written goes in between what others
/// read and write.
#[test]
fn whoever_joins_an_order_last_has_read_everything() {
    let services = Services::start();
    for seed in 0..100 {
        let random = &mut Rng::with_seed(seed);
        let changes = database::of_one_order(random, 16).into_iter();
        let puts = changes.map(|change| Produced {
            at_ms: 0,
            spread: 0,
            record: Record::Change(change),
        });
        let mut puts: Vec<_> = puts.collect();
        random.shuffle(&mut puts);
        let history = History {
            settings: Settings {
                batch_size: 1,
                parallelization_factor: 10,
                ..Settings::default()
            },
            choices: Choices::default(),
            shards: 3,
            timeout_ms: 30_000,
            pace: seed,
            puts,
            reshards: Vec::new(),
            restarts: Vec::new(),
            mishaps: BTreeMap::new(),
            faults: BTreeMap::new(),
        };
        let set_up = async |surroundings: &Surroundings| services.set_up(surroundings).await;
        let trial = world::run(&history, &set_up);
        let table = trial.timeline.to_table();
        assert_eq!(trial.broken, None, "seed {seed}\n{history}\n{table}");
    }
    services.tried.assert_crowded();
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
