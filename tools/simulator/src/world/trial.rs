//! One history from beginning to end.

use tokio::runtime::Builder;

use super::clock::Clock;
use super::drive::World;
use super::handler::Handler;
use super::history::History;
use super::journal::Journal;
use super::model::{Model, Told};
use super::tally::Tally;
use super::wire::Surroundings;
use crate::timeline::Timeline;

/// What became of a history.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What happened.
    pub timeline: Timeline,
    /// What it had in it.
    pub tally: Tally,
    /// What is wrong, if anything is.
    pub broken: Option<String>,
}

/// Runs a history in virtual time. The same history gives the same timeline.
pub fn run<M: Model, H: Handler>(
    history: &History<M::Record>,
    set_up: &impl AsyncFn(&Surroundings) -> (H, M),
) -> Trial {
    // The SDK's jitter and that of the function's writers come from the generator of this thread.
    fastrand::seed(history.pace);
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let clock = Clock::start();
        let journal = Journal::new(clock);
        let faults = history.faults.clone();
        let surroundings = Surroundings::new(clock, journal.clone(), faults, history.pace);
        let (handler, model) = set_up(&surroundings).await;
        let mut world = World::<M, H>::new(history, &handler, clock, &journal);
        let ended = world.run().await;
        let World {
            stored: records,
            lost_windows,
            mut tally,
            ..
        } = world;
        tally.histories = 1;
        tally.redelivered = records.iter().filter(|record| record.sent > 1).count();
        let settings = history.settings.clone();
        let broken = match ended {
            Ok(()) => {
                model
                    .check(&Told {
                        settings,
                        records,
                        lost_windows,
                    })
                    .await
            }
            broken => broken,
        };
        Trial {
            timeline: journal.timeline(),
            tally,
            broken: broken.err(),
        }
    })
}
