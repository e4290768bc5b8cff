//! The order of measuring: handlers take turns, so that a disturbance of the machine meets all of them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::ProgressBar;

use crate::function::{Function, Handled, Row, Work};
use crate::peers::Peer;
use crate::sandbox::Sandbox;
use crate::stats::{median, percentile};

/// How often to measure.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    /// A divisor of the records that each handler gets in a round.
    pub(crate) haste: u32,
    /// A limit to the function's fewest batches of a row in a round.
    pub(crate) least_batches_limit: u32,
    pub(crate) cold_starts: u32,
}

/// What was measured of one handler.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Start of the process to its first poll, in ms, one a start.
    pub(crate) cold_start: Vec<f64>,
    /// Start of the process to the answer to a batch of the first row, in ms, one a start.
    pub(crate) first_answer: Vec<f64>,
    /// Most memory held after all rounds, in bytes.
    pub(crate) peak_rss: u64,
    pub(crate) cells: Vec<Cell>,
}

/// What was measured in one row.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    /// CPU in µs a record, one a round.
    pub(crate) cpu: Vec<f64>,
    /// Median time of a batch in ms, one a round.
    pub(crate) typical: Vec<f64>,
    /// Time of every batch of all rounds, in ms.
    pub(crate) times: Vec<f64>,
}

/// Measures all peers; the result has their order.
pub(crate) fn run(function: &Function, peers: &[Peer], plan: &Plan) -> Result<Vec<Measured>> {
    let logs = tempfile::tempdir().context("a folder for the handlers' output")?;
    let mut measured: Vec<Measured> = peers.iter().map(|_| Measured::new(function)).collect();
    let steps =
        u64::from(plan.cold_starts) + 1 + u64::from(plan.rounds) * function.rows.len() as u64;
    let progress = ProgressBar::new(steps);

    measure_cold_starts(function, peers, plan, logs.path(), &mut measured, &progress)?;

    let mut sandboxes = peers
        .iter()
        .map(|peer| Sandbox::start(function, peer, logs.path()))
        .collect::<Result<Vec<_>>>()?;
    for (peer, sandbox) in peers.iter().zip(&mut sandboxes) {
        for trial in &function.trials {
            work_through(sandbox, &*trial.work, trial.calls)
                .with_context(|| format!("{} in a trial", peer.name))?;
        }
        warm_up(sandbox, function).with_context(|| format!("{} in the warm-up", peer.name))?;
    }
    for round in 0..plan.rounds as usize {
        for (number, row) in function.rows.iter().enumerate() {
            for turn in 0..peers.len() {
                let index = (turn + round) % peers.len();
                let records = function.records_per_round / plan.haste;
                let least_batches = function.least_batches.min(plan.least_batches_limit);
                let batches = (records / row.records).max(least_batches);
                let cell = &mut measured[index].cells[number];
                measure_cell(&mut sandboxes[index], row, batches, cell)
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
    fn new(function: &Function) -> Self {
        Self {
            cells: function.rows.iter().map(|_| Cell::default()).collect(),
            ..Self::default()
        }
    }
}

/// Starts and ends every handler in turn; the first time fills the page cache and does not count.
fn measure_cold_starts(
    function: &Function,
    peers: &[Peer],
    plan: &Plan,
    logs: &Path,
    measured: &mut [Measured],
    progress: &ProgressBar,
) -> Result<()> {
    for start in 0..=plan.cold_starts {
        for (peer, result) in peers.iter().zip(&mut *measured) {
            let mut sandbox = Sandbox::start(function, peer, logs)?;
            let first = function.rows.first().context("a function without rows")?;
            let handled = work_through(&mut sandbox, &*first.work, 1)
                .with_context(|| format!("{} with its first batch", peer.name))?;
            if start > 0 {
                let first_answer: Duration = handled.iter().map(|handled| handled.time).sum();
                result.cold_start.push(millis(sandbox.cold_start));
                result
                    .first_answer
                    .push(millis(sandbox.cold_start + first_answer));
            }
        }
        progress.inc(1);
    }
    Ok(())
}

fn warm_up(sandbox: &mut Sandbox, function: &Function) -> Result<()> {
    let share = function.warm_up_records / u32::try_from(function.rows.len()).unwrap_or(1);
    for row in &function.rows {
        work_through(sandbox, &*row.work, (share / row.records).max(1))?;
    }
    Ok(())
}

fn measure_cell(sandbox: &mut Sandbox, row: &Row, batches: u32, cell: &mut Cell) -> Result<()> {
    sandbox.set_latency(row.latency);
    let before = sandbox.cpu()?;
    let handled = invoke(sandbox, &*row.work, batches)?;
    // The handler is back in its poll: all it did for these batches has been done.
    let used = sandbox.cpu()?.saturating_sub(before);
    sandbox.set_latency(Duration::ZERO);
    check(sandbox, &*row.work, &handled)?;
    let mut times: Vec<f64> = handled.iter().map(|handled| millis(handled.time)).collect();
    cell.cpu
        .push(used.as_secs_f64() * 1e6 / f64::from(batches * row.records));
    cell.typical.push(percentile(&times, 50));
    cell.times.append(&mut times);
    Ok(())
}

/// Has some batches handled, and checks what came of them.
fn work_through(sandbox: &mut Sandbox, work: &dyn Work, batches: u32) -> Result<Vec<Handled>> {
    let handled = invoke(sandbox, work, batches)?;
    check(sandbox, work, &handled)?;
    Ok(handled)
}

/// Has some batches handled, one behind the other.
fn invoke(sandbox: &mut Sandbox, work: &dyn Work, batches: u32) -> Result<Vec<Handled>> {
    let mut handled: Vec<Handled> = Vec::with_capacity(batches as usize);
    for index in 0..batches as usize {
        let before = handled.last().map(|last| &*last.answer);
        let event = work.event(index, before)?;
        handled.push(sandbox.invoke(event, work.continues(index))?);
    }
    Ok(handled)
}

fn check(sandbox: &Sandbox, work: &dyn Work, handled: &[Handled]) -> Result<()> {
    work.check(handled)
        .map_err(|error| error.context(format!("a wrong result{}", sandbox.last_log_lines())))
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
