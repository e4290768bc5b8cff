//! The state in a file.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::StandIn;

/// Why the state could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file system said no.
    #[error("{name} in {path}: {source}")]
    Io {
        /// What is in it.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{name} in {path}: not a state of this program: {source}")]
    Foreign {
        /// What should be in it.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// Where it stops making sense.
        source: serde_json::Error,
    },
}

/// Reads the state; a file that is not there leaves it as it is.
pub(crate) fn load<S: StandIn>(path: &Path, state: &mut S) -> Result<(), StateError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(StateError::Io {
                name: S::NAME,
                path: path.to_owned(),
                source,
            });
        }
    };
    let stored = serde_json::from_slice(&text).map_err(|source| StateError::Foreign {
        name: S::NAME,
        path: path.to_owned(),
        source,
    })?;
    state.restore(stored);
    Ok(())
}

/// Writes the state beside the file and puts it in the file's place, so that a reader sees the old or the new.
pub(crate) fn save<S: StandIn>(path: &Path, state: &S) -> Result<(), StateError> {
    let failed = |source| StateError::Io {
        name: S::NAME,
        path: path.to_owned(),
        source,
    };
    let text = serde_json::to_vec(&state.stored()).map_err(|error| failed(error.into()))?;
    let new = path.with_extension("new");
    fs::write(&new, text).map_err(failed)?;
    fs::rename(&new, path).map_err(failed)
}
