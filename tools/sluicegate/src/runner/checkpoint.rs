//! How far the shards of a mapping are, kept across restarts of the runner.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use mapping::{Checkpoint, WindowProgress};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::stream::Position;

/// At most one write in this time. What is lost with it is delivered again.
const PAUSE: Duration = Duration::from_millis(50);

/// What is kept of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// Where reading goes on.
    pub(super) position: Position,
    /// How far its tumbling window is.
    pub(super) window: Option<WindowProgress>,
    /// The shard was closed and everything in it is done.
    pub(super) is_finished: bool,
}

impl Saved {
    /// A shard of which nothing has been read.
    pub(super) fn fresh(position: Position) -> Self {
        Self {
            position,
            window: None,
            is_finished: false,
        }
    }
}

/// The checkpoints of one mapping: a folder with one file a shard.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// The checkpoints of a mapping below `folder`, and whether it was run before.
    pub(super) fn open(folder: &Path, mapping: &str) -> Result<(Self, bool)> {
        let folder = folder.join(mapping);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be created", folder.display()))?;
        let mut files = std::fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        let is_known = files.next().is_some();
        Ok((Self { folder }, is_known))
    }

    /// What is kept of a shard, if it is known.
    pub(super) fn load(&self, shard: &str) -> Result<Option<Saved>> {
        let path = self.file(shard);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        let saved = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a checkpoint", path.display()))?;
        Ok(Some(saved))
    }

    /// Keeps how far a shard is. A crash leaves the old or the new checkpoint, never a part.
    pub(super) fn save(&self, shard: &str, saved: &Saved) -> Result<()> {
        let path = self.file(shard);
        let new = path.with_extension("new");
        let text = serde_json::to_vec(saved).context("a checkpoint cannot be written")?;
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, &path))
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    fn file(&self, shard: &str) -> PathBuf {
        self.folder.join(format!("{shard}.json"))
    }
}

/// Writes the checkpoints of one shard, the last of many that come close together.
#[derive(Debug)]
pub(super) struct Checkpoints {
    store: Store,
    shard: String,
    saved: Saved,
    is_dirty: bool,
    written_at: Option<Instant>,
}

impl Checkpoints {
    pub(super) fn new(store: Store, shard: &str, saved: Saved) -> Self {
        Self {
            store,
            shard: shard.to_owned(),
            saved,
            is_dirty: false,
            written_at: None,
        }
    }

    /// Takes over how far the shard is.
    pub(super) fn note(&mut self, checkpoint: &Checkpoint<'_>) {
        if let Some(sequence_number) = checkpoint.sequence_number {
            self.saved.position = Position::After(sequence_number.to_owned());
        }
        self.saved.window = checkpoint.window.cloned();
        self.is_dirty = true;
    }

    /// When the next write is due, if there is anything to write.
    pub(super) fn due(&self) -> Option<Instant> {
        self.is_dirty
            .then(|| self.written_at.map_or_else(Instant::now, |at| at + PAUSE))
    }

    /// Writes if it is time.
    pub(super) fn write_if_due(&mut self) -> Result<()> {
        match self.due() {
            Some(due) if due <= Instant::now() => self.write(),
            _ => Ok(()),
        }
    }

    /// Writes that everything of the shard is done.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.saved.is_finished = true;
        self.write()
    }

    fn write(&mut self) -> Result<()> {
        self.store.save(&self.shard, &self.saved)?;
        self.is_dirty = false;
        self.written_at = Some(Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(sequence_number: &str) -> Checkpoint<'_> {
        Checkpoint {
            sequence_number: Some(sequence_number),
            window: None,
        }
    }

    #[test]
    fn a_shard_is_known_from_its_first_checkpoint_on() {
        let folder = tempfile::tempdir().unwrap();
        let (store, is_known) = Store::open(folder.path(), "mapping").unwrap();
        assert!(!is_known);
        assert_eq!(store.load("shard").unwrap(), None);
        for position in [
            Position::TrimHorizon,
            Position::From(records::Timestamp::from_micros(1_500_000)),
            Position::After("4711".to_owned()),
        ] {
            let mut saved = Saved::fresh(position);
            saved.window = Some(WindowProgress::default());
            store.save("shard", &saved).unwrap();
            let (store, is_known) = Store::open(folder.path(), "mapping").unwrap();
            assert!(is_known);
            assert_eq!(store.load("shard").unwrap(), Some(saved));
        }
    }

    #[test]
    fn a_damaged_checkpoint_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), "mapping").unwrap();
        std::fs::write(folder.path().join("mapping/shard.json"), "{").unwrap();
        let error = store.load("shard").unwrap_err().to_string();
        assert!(error.ends_with("shard.json is not a checkpoint"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn checkpoints_that_come_close_together_are_one_write() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), "mapping").unwrap();
        let fresh = Saved::fresh(Position::TrimHorizon);
        let mut checkpoints = Checkpoints::new(store.clone(), "shard", fresh);
        let position = || store.load("shard").unwrap().map(|saved| saved.position);

        checkpoints.note(&checkpoint("1"));
        checkpoints.write_if_due().unwrap();
        assert_eq!(
            position(),
            Some(Position::After("1".to_owned())),
            "the first at once"
        );
        for number in ["2", "3"] {
            checkpoints.note(&checkpoint(number));
            checkpoints.write_if_due().unwrap();
        }
        assert_eq!(position(), Some(Position::After("1".to_owned())));
        tokio::time::sleep_until(checkpoints.due().unwrap()).await;
        checkpoints.write_if_due().unwrap();
        assert_eq!(position(), Some(Position::After("3".to_owned())));
        assert_eq!(checkpoints.due(), None);

        checkpoints.note(&checkpoint("4"));
        checkpoints.finish().unwrap();
        let saved = store.load("shard").unwrap().unwrap();
        assert_eq!(saved.position, Position::After("4".to_owned()));
        assert!(saved.is_finished);
    }
}
