//! Many histories, and what is told of one that fails.

use std::fmt::Write as _;
use std::ops::Range;

use super::handler::Handler;
use super::history::History;
use super::model::Model;
use super::shrink::shrink;
use super::tally::Tally;
use super::trial::{Trial, run};
use super::wire::Surroundings;

/// Runs the history of each seed. Gives what they had in them.
///
/// # Panics
/// At the first history in which something is wrong, after making it as small as it can be: with its seed, the smallest
/// history and its timeline.
pub fn histories<M: Model, H: Handler>(
    seeds: Range<u64>,
    set_up: &impl AsyncFn(&Surroundings) -> (H, M),
) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let history = History::of::<M>(seed);
        let trial = run(&history, set_up);
        if trial.broken.is_some() {
            let smallest = shrink(history, |history| run(history, set_up).broken.is_some());
            let trial = run(&smallest, set_up);
            panic!("{}", story(seed, tally.histories + 1, &smallest, &trial));
        }
        tally += trial.tally;
    }
    tally
}

/// The history of a seed, as [`histories`] runs it.
pub fn trial<M: Model, H: Handler>(
    seed: u64,
    set_up: &impl AsyncFn(&Surroundings) -> (H, M),
) -> Trial {
    run(&History::of::<M>(seed), set_up)
}

fn story<R: std::fmt::Debug>(
    seed: u64,
    count: usize,
    history: &History<R>,
    trial: &Trial,
) -> String {
    let broken = trial.broken.as_deref().unwrap_or("nothing any more");
    let mut story = format!("seed {seed}, history {count} of this run: {broken}\n");
    let _ = write!(
        story,
        "\nThe smallest history that fails:\n{history}\nWhat happens in it:\n{}\nTo see it again: histories({seed}..{}, ...)",
        abridged(&trial.timeline.to_table()),
        seed + 1
    );
    story
}

/// Lines of a timeline that are told at its beginning, and at its end.
const TOLD: usize = 100;

/// Without the middle, if it is long.
fn abridged(table: &str) -> String {
    let lines: Vec<&str> = table.lines().collect();
    let Some(left_out) = lines.len().checked_sub(2 * TOLD).filter(|count| *count > 0) else {
        return table.to_owned();
    };
    let (first, last) = (&lines[..TOLD], &lines[TOLD + left_out..]);
    let first = first.join("\n");
    format!(
        "{first}\n({left_out} lines are left out)\n{}",
        last.join("\n")
    )
}
