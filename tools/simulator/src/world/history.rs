//! A history: everything that is going to happen, as data, so that it can be made smaller.

use std::collections::BTreeMap;
use std::fmt;

use mapping::{Choices, Settings};
use testkit::Fault;

/// Everything that chance decides about a run.
#[derive(Clone, Debug)]
pub struct History<R> {
    /// Settings of the mapping.
    pub settings: Settings,
    /// What AWS leaves open.
    pub choices: Choices,
    /// How many shards the stream has at first.
    pub shards: usize,
    /// Timeout of the function.
    pub timeout_ms: u64,
    /// Decides how long calls take, and about all jitter.
    pub pace: u64,
    /// What producers put on the stream, in order.
    pub puts: Vec<Produced<R>>,
    /// Shards split and merged.
    pub reshards: Vec<Reshard>,
    /// Restarts of what runs the mapping.
    pub restarts: Vec<Restart>,
    /// What happens to the nth invocation, from 0.
    pub mishaps: BTreeMap<usize, Mishap>,
    /// What happens to the nth call of the function to another service, from 0.
    pub faults: BTreeMap<usize, Fault>,
}

/// A record that is put on the stream.
#[derive(Clone, Debug)]
pub struct Produced<R> {
    /// When.
    pub at_ms: u64,
    /// Decides about its shard if it has no partition key.
    pub spread: u32,
    /// What it says.
    pub record: R,
}

/// A change of the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reshard {
    /// When.
    pub at_ms: u64,
    /// Which of the open shards, taken modulo their number.
    pub pick: usize,
    /// Whether it is merged with the next one, not split.
    pub merge: bool,
}

/// A restart: what is under way is cut off, and every shard goes on from a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// When.
    pub at_ms: u64,
    /// How many of the last checkpoints were not kept.
    pub lost_checkpoints: usize,
}

/// What happens to an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It does not reach the function.
    Throttled,
    /// The process ends this long after the start, wherever the function is.
    CrashAfterMs(u64),
    /// The function does its work, its answer does not arrive.
    AnswerLost,
}

impl<R: fmt::Debug> fmt::Display for History<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.settings)?;
        if self.choices != Choices::default() {
            writeln!(f, "{:?}", self.choices)?;
        }
        let Self {
            shards,
            timeout_ms,
            pace,
            ..
        } = self;
        writeln!(
            f,
            "shards: {shards}, timeout: {timeout_ms} ms, pace: {pace}"
        )?;
        for (number, put) in (1..).zip(&self.puts) {
            let (at, spread) = (put.at_ms, put.spread);
            writeln!(
                f,
                "{at:>6} ms  record {number} (spread {spread}): {:?}",
                put.record
            )?;
        }
        for reshard in &self.reshards {
            writeln!(f, "{:>6} ms  {reshard:?}", reshard.at_ms)?;
        }
        for restart in &self.restarts {
            writeln!(f, "{:>6} ms  {restart:?}", restart.at_ms)?;
        }
        for (index, mishap) in &self.mishaps {
            writeln!(f, "invocation {index}: {mishap:?}")?;
        }
        for (index, fault) in &self.faults {
            writeln!(f, "call {index}: {fault:?}")?;
        }
        Ok(())
    }
}
