//! The world finds what is wrong with a function, and makes it plain.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use simulator::world::{Handler, Model, Surroundings, histories, trial};

use crate::table::{Flaw, Table};

#[test]
fn a_function_with_a_flaw_is_found_and_its_history_is_made_small() {
    for (flaw, complaint, most_records) in [
        (Flaw::ReportsLast, "item-", 10),
        (Flaw::ReportsNothing, "item-", 8),
        (Flaw::Backwards, "item-", 2),
        (Flaw::ThrowsForEver, "no end", 2),
    ] {
        let story = failure(0..400, &async |_: &Surroundings| {
            let table = Table::with(flaw);
            (table.clone(), table)
        });
        let story = story.unwrap_or_else(|| panic!("{flaw:?} is not found"));
        assert!(story.starts_with("seed "), "{story}");
        assert!(story.contains(complaint), "{flaw:?}: {story}");
        let records = story
            .lines()
            .filter(|line| line.contains(" ms  record "))
            .count();
        assert!(records <= most_records, "{flaw:?}: {story}");
    }
}

#[test]
fn the_same_seed_gives_the_same_timeline() {
    let timeline = |seed| {
        let set_up = async |_: &Surroundings| {
            let table = Table::default();
            (table.clone(), table)
        };
        trial(seed, &set_up).timeline
    };
    for seed in 0..50 {
        assert_eq!(timeline(seed), timeline(seed), "seed {seed}");
    }
}

/// What is told of the first history that fails; `None` if none does.
fn failure<H: Handler, M: Model>(
    seeds: Range<u64>,
    set_up: &impl AsyncFn(&Surroundings) -> (H, M),
) -> Option<String> {
    let run = || histories(seeds, set_up);
    let panic = catch_unwind(AssertUnwindSafe(run)).err()?;
    let text = panic.downcast_ref::<String>();
    Some(text.expect("a panic with a text").clone())
}
