//! What is measured: a function with the rows of its table, each of them work that handlers are given and judged by.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::stub::{Schema, Tables};

/// Records before the first round where a record is quickly handled. Not shortened when there is haste: it would favour
/// handlers without a just-in-time compiler.
pub(crate) const WARM_UP_RECORDS: u32 = 100_000;

/// Fewest batches of a row in a round where a batch is quickly handled.
pub(crate) const LEAST_BATCHES: u32 = 15;

/// The text of an event in parts, so that what differs from call to call is not copied with the rest.
pub(crate) type Event = Vec<Arc<[u8]>>;

/// A function of this project with what its peers need to do the same.
#[derive(Debug)]
pub(crate) struct Function {
    /// Name of its crate and of its binary.
    pub(crate) name: &'static str,
    /// What the peers' files are called: `node/NAME.mjs`, `python/NAME.py`.
    pub(crate) peers: &'static str,
    /// Binary of the plain Rust peer, where there is one.
    pub(crate) plain_rust: Option<&'static str>,
    /// Environment variables beside those of every function.
    pub(crate) settings: Vec<(&'static str, &'static str)>,
    /// Tables that keep what is put into them; empty if nothing is read back.
    pub(crate) tables: &'static [Schema],
    /// What S3 has.
    pub(crate) objects: Vec<Object>,
    /// Events that are more contrary than those measured: handlers have to pass before anything is measured.
    pub(crate) trials: Vec<Trial>,
    /// The first one also gives the batch of the cold start.
    pub(crate) rows: Vec<Row>,
    /// Records each handler gets in a round, for each row.
    pub(crate) records_per_round: u32,
    /// Fewest batches of a row in a round, so that large batches still give a distribution.
    pub(crate) least_batches: u32,
    /// Records each handler gets before the first round, for just-in-time compilers and caches; all rows together.
    pub(crate) warm_up_records: u32,
    /// Figures that follow from those of several rows.
    pub(crate) parts: Vec<Part>,
}

/// An object in S3.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// Bucket and key with a slash before each.
    pub(crate) path: &'static str,
    pub(crate) body: Arc<[u8]>,
    /// The entity tag, with its quotes.
    pub(crate) tag: &'static str,
    /// As HTTP writes it.
    pub(crate) last_modified: &'static str,
}

/// Events that have to be handled rightly, one behind the other, before anything is measured.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) work: Box<dyn Work>,
    pub(crate) calls: u32,
}

/// A figure in µs of CPU: the rows of these places in the table, each CPU µs a record times its factor, added up.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) label: String,
    pub(crate) terms: Vec<(usize, f64)>,
}

/// One row of the table: batches of one kind.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// Records a batch.
    pub(crate) records: u32,
    /// Time each AWS call takes.
    pub(crate) latency: Duration,
    pub(crate) work: Box<dyn Work>,
    pub(crate) aims: RowAims,
}

/// What the project wants to reach in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowAims {
    /// CPU in µs a record, at most.
    pub(crate) cpu_us: Option<f64>,
    /// Median time of a batch in ms, at most.
    pub(crate) p50_ms: Option<f64>,
    /// CPU at most a tenth of Node's.
    pub(crate) tenth_of_node: bool,
}

/// Batches, and the check that a handler did all that they ask for.
pub(crate) trait Work: Debug {
    /// The event of the call with this index, 0 being the first, which follows one that was answered with `before`.
    fn event(&self, index: usize, before: Option<&[u8]>) -> Result<Event>;

    /// Whether the call with this index finds the tables as the one before has left them; else they are empty.
    fn continues(&self, _index: usize) -> bool {
        false
    }

    /// Judges all calls since index 0. Done when nothing is measured: it would cool the caches down.
    fn check(&self, handled: &[Handled]) -> Result<()>;
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Handled {
    /// From handing the event over to the answer.
    pub(crate) time: Duration,
    /// The answer as it came.
    pub(crate) answer: Vec<u8>,
    /// The handler's calls of DynamoDB.
    pub(crate) calls: Vec<Call>,
    /// The tables afterwards.
    pub(crate) tables: Tables,
}

/// One call of DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) body: Vec<u8>,
}

/// Checks that an answer to a batch of a stream reports no failures.
pub(crate) fn check_nothing_failed(answer: &[u8]) -> Result<()> {
    let answer = String::from_utf8_lossy(answer).replace(char::is_whitespace, "");
    ensure!(
        answer == r#"{"batchItemFailures":[]}"#,
        "the handler reported failures where nothing failed: {answer}"
    );
    Ok(())
}

/// `units` with the point `places` from the right, in canonical text: no trailing zeros, as every handler prints it.
pub(crate) fn decimal(units: u64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let (whole, part) = (units / scale, units % scale);
    if part == 0 {
        return whole.to_string();
    }
    let width = places as usize;
    format!("{whole}.{part:0width$}")
        .trim_end_matches('0')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_canonical() {
        for (units, places, text) in [
            (1500, 2, "15"),
            (1510, 2, "15.1"),
            (1501, 2, "15.01"),
            (405, 1, "40.5"),
        ] {
            assert_eq!(decimal(units, places), text);
        }
    }
}
