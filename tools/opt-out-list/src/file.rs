//! The state in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::lists::{List, OptOutLists, Options};

/// Why the state could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file system said no.
    #[error("opt-out lists in {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("opt-out lists in {path}: not a state of this program: {source}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Where it stops making sense.
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct Stored {
    lists: BTreeMap<String, List>,
    refused: BTreeSet<String>,
}

/// Reads the state; a file that is not there is a new account.
pub(crate) fn load(path: &Path, options: Options) -> Result<OptOutLists, StateError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(OptOutLists::new(options));
        }
        Err(source) => {
            return Err(StateError::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    let stored: Stored = serde_json::from_slice(&text).map_err(|source| StateError::Foreign {
        path: path.to_owned(),
        source,
    })?;
    Ok(OptOutLists::with(options, stored.lists, stored.refused))
}

/// Writes the state beside the file and puts it in the file's place, so that a reader sees the old or the new.
pub(crate) fn save(path: &Path, lists: &OptOutLists) -> Result<(), StateError> {
    let failed = |source| StateError::Io {
        path: path.to_owned(),
        source,
    };
    let stored = Stored {
        lists: lists.lists().clone(),
        refused: lists.refused().clone(),
    };
    let text = serde_json::to_vec(&stored).map_err(|error| failed(error.into()))?;
    let new = path.with_extension("new");
    fs::write(&new, text).map_err(failed)?;
    fs::rename(&new, path).map_err(failed)
}
