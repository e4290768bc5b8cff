//! What is known of a stack that runs on its own.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::opt_out_list::ListAddress;
use super::schema_registry::RegistryAddress;
use crate::project::StackDir;

/// A running stack, as written to `.sluicegate/local.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Process id of the guard of the emulator.
    pub pid: u32,
    /// Its port on the loopback interface.
    pub port: u16,
    /// Its address, for `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    /// The region to name in calls.
    pub region: String,
    /// Name of the CloudFormation stack.
    pub stack: String,
    /// The stack's outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// The stand-in of the opt-out lists.
    #[serde(default)]
    pub opt_out_list: Option<ListAddress>,
    /// The stand-in of the schema registry.
    #[serde(default)]
    pub schema_registry: Option<RegistryAddress>,
}

impl State {
    /// The stack that runs in `dir`, or `None` when none does. A file left behind by a crash is not a
    /// running stack: the lock decides, which the kernel drops with the processes that hold it.
    pub fn running(dir: &StackDir) -> Result<Option<Self>> {
        if !is_held(dir)? {
            return Ok(None);
        }
        let path = dir.state_file();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        let state = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a stack's state", path.display()))?;
        Ok(Some(state))
    }

    /// Where the schema registry answers.
    pub fn registry_endpoint(&self) -> &str {
        let registry = self.schema_registry.as_ref();
        registry.map_or(&self.endpoint, |registry| &registry.endpoint)
    }

    /// Writes the state; a reader finds the old or the new one, never a part.
    pub fn save(&self, dir: &StackDir) -> Result<()> {
        let path = dir.state_file();
        let new = path.with_extension("json.new");
        let text = serde_json::to_string_pretty(self).context("the state cannot be written")?;
        std::fs::write(&new, text + "\n")
            .and_then(|()| std::fs::rename(&new, &path))
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Removes the state file, if there is one.
    pub fn remove(dir: &StackDir) -> Result<()> {
        let path = dir.state_file();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Whether an emulator holds the lock of `dir`.
pub(crate) fn is_held(dir: &StackDir) -> Result<bool> {
    is_lock_held(&dir.lock_file())
}

/// Whether some process holds a lock on the file, which need not exist.
pub(crate) fn is_lock_held(path: &Path) -> Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            pid: 4711,
            port: 40_001,
            endpoint: "http://127.0.0.1:40001".to_owned(),
            region: "us-east-1".to_owned(),
            stack: "sluicegate".to_owned(),
            outputs: BTreeMap::from([("SensorStreamName".to_owned(), "stream".to_owned())]),
            opt_out_list: None,
            schema_registry: None,
        }
    }

    fn dir() -> (tempfile::TempDir, StackDir) {
        let folder = tempfile::tempdir().unwrap();
        let dir = StackDir::new(folder.path().to_owned());
        (folder, dir)
    }

    #[test]
    fn a_stack_runs_only_while_its_lock_is_held() {
        let (_folder, dir) = dir();
        assert_eq!(State::running(&dir).unwrap(), None, "nothing there");

        state().save(&dir).unwrap();
        assert_eq!(State::running(&dir).unwrap(), None, "left by a crash");

        let lock = File::create(dir.lock_file()).unwrap();
        lock.lock().unwrap();
        assert_eq!(State::running(&dir).unwrap(), Some(state()));

        State::remove(&dir).unwrap();
        assert_eq!(State::running(&dir).unwrap(), None, "still coming up");
        State::remove(&dir).unwrap();
    }

    #[test]
    fn a_damaged_state_is_named() {
        let (_folder, dir) = dir();
        let lock = File::create(dir.lock_file()).unwrap();
        lock.lock().unwrap();
        std::fs::write(dir.state_file(), "{").unwrap();
        let error = State::running(&dir).unwrap_err().to_string();
        assert!(
            error.contains("local.json is not a stack's state"),
            "{error}"
        );
    }
}
