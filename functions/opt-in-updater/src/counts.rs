//! What the function counts of its own. docs/METRICS.md explains the names.

use crate::rows::Status;

/// Counts of one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    opt_outs: u64,
    opt_ins: u64,
    opt_outs_refused: u64,
    pending: u64,
    unclear: u64,
}

impl Counts {
    /// The channel has done it.
    pub fn in_step(&mut self, status: Status) {
        match status {
            Status::OptedOut => self.opt_outs += 1,
            Status::OptedIn => self.opt_ins += 1,
        }
    }

    /// The channel refuses it for good.
    pub fn refused(&mut self, status: Status) {
        self.pending += 1;
        self.opt_outs_refused += u64::from(status == Status::OptedOut);
    }

    /// So many changes say neither yes nor no.
    pub fn unclear(&mut self, changes: usize) {
        self.unclear += changes as u64;
    }

    /// Names and counts of what there is something of.
    pub fn to_metrics(self) -> Vec<(&'static str, u64)> {
        let mut counts = vec![
            ("ChannelOptOuts", self.opt_outs),
            ("ChannelOptIns", self.opt_ins),
            ("ChannelOptOutsRefused", self.opt_outs_refused),
            ("ChannelPending", self.pending),
            ("ConsentUnclear", self.unclear),
        ];
        counts.retain(|(_, count)| *count > 0);
        counts
    }
}
