//! Making a failing history smaller.

use mapping::{Choices, Settings};

use super::draw::LONG_TIMEOUT_MS;
use super::history::History;

/// Runs at most, so that a failure is told within seconds.
const MOST_RUNS: usize = 600;

/// Leaves out and simplifies what `fails` does not need.
pub(super) fn shrink<R: Clone>(
    mut history: History<R>,
    mut fails: impl FnMut(&History<R>) -> bool,
) -> History<R> {
    let mut runs = 0;
    loop {
        let mut smaller = None;
        for candidate in candidates(&history) {
            runs += 1;
            if runs > MOST_RUNS {
                return history;
            }
            if fails(&candidate) {
                smaller = Some(candidate);
                break;
            }
        }
        match smaller {
            Some(smaller) => history = smaller,
            None => return history,
        }
    }
}

/// Histories with a little less, those with much less first.
fn candidates<R: Clone>(history: &History<R>) -> Vec<History<R>> {
    let mut all = Vec::new();
    parts(history, &mut all, |history| &mut history.puts);
    parts(history, &mut all, |history| &mut history.restarts);
    parts(history, &mut all, |history| &mut history.reshards);
    for key in history.mishaps.keys() {
        all.push(with(history, |history| _ = history.mishaps.remove(key)));
    }
    for key in history.faults.keys() {
        all.push(with(history, |history| _ = history.faults.remove(key)));
    }
    for simplify in SIMPLER {
        let simpler = with(history, |history| simplify(&mut history.settings));
        if simpler.settings != history.settings {
            all.push(simpler);
        }
    }
    if history.choices != Choices::default() {
        all.push(with(history, |history| {
            history.choices = Choices::default();
        }));
    }
    if history.shards > 1 {
        all.push(with(history, |history| history.shards = 1));
    }
    if history.timeout_ms != LONG_TIMEOUT_MS {
        all.push(with(history, |history| {
            history.timeout_ms = LONG_TIMEOUT_MS;
        }));
    }
    if history.puts.iter().any(|put| put.at_ms > 0) {
        all.push(with(history, |history| {
            for put in &mut history.puts {
                put.at_ms = 0;
            }
        }));
    }
    all
}

const SIMPLER: [fn(&mut Settings); 6] = [
    |settings| settings.parallelization_factor = 1,
    |settings| settings.maximum_batching_window = std::time::Duration::ZERO,
    |settings| settings.bisect_batch_on_function_error = false,
    |settings| settings.maximum_retry_attempts = None,
    |settings| settings.maximum_record_age = None,
    |settings| settings.batch_size = settings.batch_size.max(100),
];

/// Without halves, quarters and so on, down to single elements.
fn parts<R: Clone, T: Clone>(
    history: &History<R>,
    all: &mut Vec<History<R>>,
    list: fn(&mut History<R>) -> &mut Vec<T>,
) {
    let length = list(&mut history.clone()).len();
    let mut size = length.div_ceil(2);
    while size > 0 {
        for start in (0..length).step_by(size) {
            all.push(with(history, |history| {
                list(history).drain(start..length.min(start + size));
            }));
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
}

fn with<R: Clone>(history: &History<R>, change: impl FnOnce(&mut History<R>)) -> History<R> {
    let mut changed = history.clone();
    change(&mut changed);
    changed
}
