//! The order of measuring: handlers take turns, so that a disturbance of the machine meets all of them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::ProgressBar;

use crate::batch::Batch;
use crate::peers::Peer;
use crate::sandbox::Sandbox;
use crate::stats::{median, percentile};

/// Distinct events of one size; a handler meets each many times.
const EVENTS_PER_SIZE: u64 = 4;

/// What to measure, and how often.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Records a batch.
    pub(crate) sizes: Vec<u32>,
    /// Time each AWS call takes.
    pub(crate) latencies: Vec<Duration>,
    pub(crate) rounds: u32,
    /// Records each handler gets in a round, for each size and latency.
    pub(crate) records_per_round: u32,
    /// Fewest batches of them, so that a large batch still gives a distribution.
    pub(crate) least_batches: u32,
    /// Records before the first round, for just-in-time compilers and caches.
    pub(crate) warm_up_records: u32,
    pub(crate) cold_starts: u32,
}

/// What was measured of one handler.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Start of the process to its first poll, in ms, one a start.
    pub(crate) cold_start: Vec<f64>,
    /// Start of the process to the answer to a first batch of the smallest size, in ms, one a start.
    pub(crate) first_answer: Vec<f64>,
    /// Most memory held after all rounds, in bytes.
    pub(crate) peak_rss: u64,
    pub(crate) cells: Vec<Cell>,
}

/// One batch size with one latency of the calls.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) size: u32,
    pub(crate) latency: Duration,
    /// CPU in µs a record, one a round.
    pub(crate) cpu: Vec<f64>,
    /// Median time of a batch in ms, one a round.
    pub(crate) typical: Vec<f64>,
    /// Time of every batch of all rounds, in ms.
    pub(crate) times: Vec<f64>,
}

/// Measures all peers; the result has their order.
pub(crate) fn run(peers: &[Peer], plan: &Plan) -> Result<Vec<Measured>> {
    let logs = tempfile::tempdir().context("a folder for the handlers' output")?;
    let batches = make_batches(plan);
    let mut measured: Vec<Measured> = peers.iter().map(|_| Measured::new(plan)).collect();
    let steps = u64::from(plan.cold_starts)
        + 1
        + u64::from(plan.rounds) * (plan.latencies.len() * plan.sizes.len()) as u64;
    let progress = ProgressBar::new(steps);

    measure_cold_starts(
        peers,
        plan,
        &batches[0][0],
        logs.path(),
        &mut measured,
        &progress,
    )?;

    let mut sandboxes = peers
        .iter()
        .map(|peer| Sandbox::start(peer, logs.path()))
        .collect::<Result<Vec<_>>>()?;
    for (peer, sandbox) in peers.iter().zip(&mut sandboxes) {
        warm_up(sandbox, &batches, plan)
            .with_context(|| format!("{} in the warm-up", peer.name))?;
    }
    for round in 0..plan.rounds as usize {
        for cell in 0..plan.latencies.len() * plan.sizes.len() {
            for turn in 0..peers.len() {
                let index = (turn + round) % peers.len();
                let events = &batches[cell % plan.sizes.len()];
                measure_cell(
                    &mut sandboxes[index],
                    events,
                    plan,
                    &mut measured[index].cells[cell],
                )
                .with_context(|| format!("{} in round {round}", peers[index].name))?;
            }
            progress.inc(1);
        }
    }
    for (result, sandbox) in measured.iter_mut().zip(&sandboxes) {
        result.peak_rss = sandbox.peak_rss()?;
    }
    progress.finish_and_clear();
    Ok(measured)
}

impl Measured {
    fn new(plan: &Plan) -> Self {
        let cells = plan.latencies.iter().flat_map(|&latency| {
            plan.sizes.iter().map(move |&size| Cell {
                size,
                latency,
                cpu: Vec::new(),
                typical: Vec::new(),
                times: Vec::new(),
            })
        });
        Self {
            cells: cells.collect(),
            ..Self::default()
        }
    }
}

fn make_batches(plan: &Plan) -> Vec<Vec<Batch>> {
    let of_size = |&size: &u32| {
        (0..EVENTS_PER_SIZE)
            .map(|number| Batch::new(size as usize, number))
            .collect()
    };
    plan.sizes.iter().map(of_size).collect()
}

/// Starts and ends every handler in turn; the first time fills the page cache and does not count.
fn measure_cold_starts(
    peers: &[Peer],
    plan: &Plan,
    first: &Batch,
    logs: &Path,
    measured: &mut [Measured],
    progress: &ProgressBar,
) -> Result<()> {
    for start in 0..=plan.cold_starts {
        for (peer, result) in peers.iter().zip(&mut *measured) {
            let mut sandbox = Sandbox::start(peer, logs)?;
            let handled = sandbox
                .invoke(first)
                .with_context(|| format!("{} with its first batch", peer.name))?;
            first.check_writes(&handled.writes)?;
            if start > 0 {
                result.cold_start.push(millis(sandbox.cold_start));
                result
                    .first_answer
                    .push(millis(sandbox.cold_start + handled.time));
            }
        }
        progress.inc(1);
    }
    Ok(())
}

fn warm_up(sandbox: &mut Sandbox, batches: &[Vec<Batch>], plan: &Plan) -> Result<()> {
    let share = plan.warm_up_records / u32::try_from(batches.len()).unwrap_or(1);
    for (events, size) in batches.iter().zip(&plan.sizes) {
        for batch in events.iter().cycle().take((share / size).max(1) as usize) {
            batch.check_writes(&sandbox.invoke(batch)?.writes)?;
        }
    }
    Ok(())
}

fn measure_cell(
    sandbox: &mut Sandbox,
    events: &[Batch],
    plan: &Plan,
    cell: &mut Cell,
) -> Result<()> {
    let invocations = (plan.records_per_round / cell.size).max(plan.least_batches);
    sandbox.set_latency(cell.latency);
    let before = sandbox.cpu()?;
    let mut handled = Vec::with_capacity(invocations as usize);
    for batch in events.iter().cycle().take(invocations as usize) {
        handled.push(sandbox.invoke(batch)?);
    }
    // The handler is back in its poll: all it did for these batches has been done.
    let used = sandbox.cpu()?.saturating_sub(before);
    for (batch, handled) in events.iter().cycle().zip(&handled) {
        batch.check_writes(&handled.writes)?;
    }
    let mut times: Vec<f64> = handled.iter().map(|handled| millis(handled.time)).collect();
    cell.cpu
        .push(used.as_secs_f64() * 1e6 / f64::from(invocations * cell.size));
    cell.typical.push(percentile(&times, 50));
    cell.times.append(&mut times);
    Ok(())
}

impl Cell {
    /// CPU in µs a record: median of the rounds.
    pub(crate) fn cpu_us(&self) -> f64 {
        median(&self.cpu)
    }

    /// Time of a batch in ms: median of the rounds' medians.
    pub(crate) fn p50_ms(&self) -> f64 {
        median(&self.typical)
    }

    /// 99th percentile of all batches' times, in ms.
    pub(crate) fn p99_ms(&self) -> f64 {
        percentile(&self.times, 99)
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
