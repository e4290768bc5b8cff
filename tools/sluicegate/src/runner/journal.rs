//! What the runner has to tell, line by line.

use std::fmt;
use std::fs::File;
use std::io::{Write, stderr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::system;

/// Takes the runner's lines: each with its time, in one piece.
#[derive(Clone, Debug)]
pub(super) enum Journal {
    /// For somebody who looks on, or the log of a process.
    Standard,
    /// A file.
    File(Arc<File>),
}

impl Journal {
    /// A journal in a file, behind what it holds.
    pub(super) fn file(path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self::File(Arc::new(file)))
    }

    /// Writes a line.
    pub(super) fn say(&self, text: impl fmt::Display) {
        let line = format!("{} {text}\n", system::now());
        // Nothing depends on it.
        let _ = match self {
            Self::Standard => stderr().lock().write_all(line.as_bytes()),
            Self::File(file) => file.as_ref().write_all(line.as_bytes()),
        };
    }
}
