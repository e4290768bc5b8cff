//! Histories drawn at random.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use mapping::{Choices, Settings};
use serde_json::json;
use testkit::Fault;

use super::history::{History, Mishap, Produced, Reshard, Restart};
use super::model::Model;

/// Timeout of most functions.
pub(super) const LONG_TIMEOUT_MS: u64 = 30_000;
/// Faults and mishaps are drawn for so many calls and invocations: after them all goes well.
const MISHAPS_UNTIL: usize = 16;

impl<R> History<R> {
    /// The history of a seed.
    pub(super) fn of<M: Model<Record = R>>(seed: u64) -> Self {
        let random = &mut Rng::with_seed(seed);
        let puts = puts::<M>(random);
        let times: Vec<u64> = puts.iter().map(|put| put.at_ms).collect();
        let restarts = one_in(random, 2, |random| random.usize(1..4));
        let reshards = one_in(random, 3, |random| random.usize(1..3));
        // Some histories go smoothly: what then goes wrong needs no fault.
        let (mishap_odds, fault_odds) = (*pick(random, &[0, 15, 40]), *pick(random, &[0, 15, 40]));
        Self {
            settings: M::settings(random),
            choices: choices(random),
            shards: *pick(random, &[1, 1, 2, 3]),
            timeout_ms: *pick(random, &[LONG_TIMEOUT_MS, LONG_TIMEOUT_MS, 10_000, 2_000]),
            pace: random.u64(..),
            reshards: (0..reshards).map(|_| reshard(random, &times)).collect(),
            restarts: (0..restarts).map(|_| restart(random, &times)).collect(),
            mishaps: some_of(random, mishap_odds, mishap),
            faults: faults(random, fault_odds),
            puts,
        }
    }
}

/// Settings that differ in everything that decides about order and redelivery, without a window or filters.
/// `ReportBatchItemFailures` is on.
pub fn settings(random: &mut Rng) -> Settings {
    Settings {
        batch_size: *pick(random, &[1, 2, 3, 5, 8, 100]),
        maximum_batching_window: Duration::from_secs(*pick(random, &[0, 0, 1, 5])),
        parallelization_factor: *pick(random, &[1, 1, 2, 3, 10]),
        maximum_retry_attempts: *pick(random, &[None, None, Some(0), Some(1), Some(4)]),
        maximum_record_age: *pick(random, &[None, None, Some(Duration::from_secs(60))]),
        bisect_batch_on_function_error: random.bool(),
        report_batch_item_failures: true,
        ..Settings::default()
    }
}

/// All that AWS leaves open.
fn choices(random: &mut Rng) -> Choices {
    let one_of = |random: &mut Rng, names: [&'static str; 2]| *pick(random, &names);
    let drawn = json!({
        "first_backoff_ms": *pick(random, &[0, 1, 100, 1_000, 20_000]),
        "longest_backoff_ms": *pick(random, &[1_000, 60_000]),
        "backoff_after_split": random.bool(),
        "batching_window_starts": one_of(random, ["with_first_record", "with_end_of_invocation"]),
        "refill_after_partial_failure": random.bool(),
        "first_record_reported": one_of(random, ["halve", "isolate"]),
        "unknown_answer": one_of(random, ["success", "failure"]),
        "partial_failure_in_window": one_of(random, ["fails_batch", "keeps_state"]),
        "final_invocation": one_of(random, ["without_records", "with_last_records"]),
        "early_termination_is_final": random.bool(),
        "idle_window_closes_after_ms": *pick(random, &[0, 500, 120_000]),
    });
    serde_json::from_value(drawn).expect("the names are those of the choices")
}

fn puts<M: Model>(random: &mut Rng) -> Vec<Produced<M::Record>> {
    let most = *pick(random, &[5, 5, 15, 15, 30, 100]);
    let mut puts: Vec<Produced<M::Record>> = Vec::new();
    let mut at_ms = 0;
    for _ in 0..random.usize(1..=most) {
        at_ms += match random.u8(0..8) {
            0..5 => 0,
            5 => random.u64(1..50),
            6 => random.u64(200..2_000),
            _ => random.u64(2_000..15_000),
        };
        // A producer that got no answer puts its record again, perhaps after others.
        let again = random
            .usize(..)
            .checked_rem(puts.len())
            .filter(|_| random.u8(0..8) == 0);
        let record = again.map_or_else(|| M::record(random), |index| puts[index].record.clone());
        let spread = random.u32(..);
        puts.push(Produced {
            at_ms,
            spread,
            record,
        });
    }
    puts
}

fn reshard(random: &mut Rng, times: &[u64]) -> Reshard {
    Reshard {
        at_ms: busy_time(random, times),
        pick: random.usize(0..8),
        merge: random.u8(0..3) == 0,
    }
}

fn restart(random: &mut Rng, times: &[u64]) -> Restart {
    Restart {
        at_ms: busy_time(random, times),
        lost_checkpoints: *pick(random, &[0, 0, 1, 3]),
    }
}

/// A time at which something happens: not long after a record has come.
fn busy_time(random: &mut Rng, times: &[u64]) -> u64 {
    let within = *pick(random, &[100, 300, 5_000]);
    *pick(random, times) + random.u64(0..within)
}

fn mishap(random: &mut Rng) -> Mishap {
    match random.u8(0..6) {
        0 => Mishap::Throttled,
        1 => Mishap::AnswerLost,
        _ => {
            let until_ms = *pick(random, &[20, 120, 2_000]);
            Mishap::CrashAfterMs(random.u64(0..until_ms))
        }
    }
}

/// Single faults, and perhaps an outage: several calls in a row that meet the same.
fn faults(random: &mut Rng, percent: u8) -> BTreeMap<usize, Fault> {
    let mut faults = some_of(random, percent, fault);
    if random.u8(0..4) == 0 {
        let outage = if random.bool() {
            *pick(random, Fault::PERMANENT)
        } else {
            fault(random)
        };
        let (start, length) = (random.usize(0..MISHAPS_UNTIL), random.usize(2..12));
        faults.extend((start..start + length).map(|call| (call, outage)));
    }
    faults
}

fn fault(random: &mut Rng) -> Fault {
    let slow = [
        Fault::Latency(Duration::from_millis(2_500)),
        Fault::Latency(Duration::from_secs(40)),
    ];
    let faults = [Fault::TRANSIENT, Fault::PERMANENT, &slow].concat();
    *pick(random, &faults)
}

/// By the place among the first, as many in a hundred as `percent` says.
fn some_of<T>(random: &mut Rng, percent: u8, draw: fn(&mut Rng) -> T) -> BTreeMap<usize, T> {
    let mut drawn = BTreeMap::new();
    for index in 0..MISHAPS_UNTIL {
        if random.u8(0..100) < percent {
            drawn.insert(index, draw(random));
        }
    }
    drawn
}

fn one_in(random: &mut Rng, odds: u8, draw: impl FnOnce(&mut Rng) -> usize) -> usize {
    if random.u8(0..odds) == 0 {
        draw(random)
    } else {
        0
    }
}

fn pick<'a, T>(random: &mut Rng, from: &'a [T]) -> &'a T {
    &from[random.usize(0..from.len())]
}
