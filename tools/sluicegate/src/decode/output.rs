//! Standard output, a line at a time, in one go as far as possible.

use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use anyhow::{Context, Result};
use serde::Serialize;

/// Nobody reads any further, as with `sluicegate … | head`: the end, and no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("standard output is closed")]
pub(super) struct Closed;

/// Where lines go.
pub(super) struct Output {
    out: BufWriter<StdoutLock<'static>>,
}

impl Output {
    /// Standard output, for as long as this value is there.
    pub(super) fn stdout() -> Self {
        Self {
            out: BufWriter::new(io::stdout().lock()),
        }
    }

    /// Writes a line, sooner or later.
    pub(super) fn print(&mut self, line: &impl Serialize) -> Result<()> {
        let written = serde_json::to_writer(&mut self.out, line).map_err(io::Error::from);
        result(written.and_then(|()| self.out.write_all(b"\n")))
    }

    /// Has all lines be seen.
    pub(super) fn flush(&mut self) -> Result<()> {
        result(self.out.flush())
    }
}

fn result(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        written => written.context("standard output"),
    }
}
