//! How far a comparison is, in a file, so that one of hours need not begin anew.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::difference::Listed;

/// The first line of the file: what is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Subject {
    table: String,
    list: String,
    /// When the list was begun to be read, in seconds since 1970.
    since: i64,
}

/// Every other line: something that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// A page of the list was read.
    Page {
        numbers: Vec<(String, Listed)>,
        next: Option<String>,
    },
    /// A number was put on the list.
    Put(String),
    /// A number was taken off it.
    Removed(String),
}

/// What is known of the list. Every step is in the file, if there is one, before the next is taken. The file holds phone
/// numbers: only its owner can read it.
#[derive(Debug)]
pub struct Progress {
    file: Option<(PathBuf, File)>,
    since: i64,
    listed: HashMap<String, Listed>,
    next: Option<String>,
    is_read: bool,
    pages: u64,
}

impl Progress {
    /// Begins at `now`, in seconds since 1970, without a file.
    pub fn in_memory(now: i64) -> Self {
        Self {
            file: None,
            since: now,
            listed: HashMap::new(),
            next: None,
            is_read: false,
            pages: 0,
        }
    }

    /// Goes on with what is in the file, or begins it. A line that a crash has cut off is forgotten.
    pub fn in_file(path: &Path, table: &str, list: &str, now: i64) -> Result<Self> {
        let unusable = || format!("{} cannot be used", path.display());
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.mode(0o600).open(path).with_context(unusable)?;
        let text = std::fs::read(path).with_context(unusable)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        file.set_len(whole as u64).with_context(unusable)?;
        file.seek(SeekFrom::End(0)).with_context(unusable)?;

        let mut progress = Self::in_memory(now);
        let mut lines = text
            .get(..whole)
            .unwrap_or_default()
            .split_inclusive(|byte| *byte == b'\n');
        let foreign = || format!("{} is not a state of this command", path.display());
        match lines.next() {
            None => {
                let subject = Subject {
                    table: table.to_owned(),
                    list: list.to_owned(),
                    since: now,
                };
                write(&mut file, &subject).with_context(unusable)?;
            }
            Some(line) => {
                let subject: Subject = serde_json::from_slice(line).with_context(foreign)?;
                if (&*subject.table, &*subject.list) != (table, list) {
                    bail!(
                        "{} is about table {} and list {}, not about {table} and {list}",
                        path.display(),
                        subject.table,
                        subject.list
                    );
                }
                progress.since = subject.since;
            }
        }
        for line in lines {
            progress.apply(serde_json::from_slice(line).with_context(foreign)?);
        }
        progress.file = Some((path.to_owned(), file));
        Ok(progress)
    }

    /// When the list was begun to be read, in seconds since 1970.
    pub fn since(&self) -> i64 {
        self.since
    }

    /// The numbers of the list, as far as it is read.
    pub fn listed(&self) -> &HashMap<String, Listed> {
        &self.listed
    }

    /// Pages of the list that are read.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Whether the whole list is read.
    pub fn is_read(&self) -> bool {
        self.is_read
    }

    /// The token of the next page; the first one has none.
    pub(super) fn next_page(&self) -> Option<String> {
        self.next.clone()
    }

    /// A page was read.
    pub(super) fn page(
        &mut self,
        numbers: Vec<(String, Listed)>,
        next: Option<String>,
    ) -> Result<()> {
        self.done(Line::Page { numbers, next })
    }

    /// A number was put on the list.
    pub(super) fn put(&mut self, phone: &str) -> Result<()> {
        self.done(Line::Put(phone.to_owned()))
    }

    /// A number was taken off the list.
    pub(super) fn removed(&mut self, phone: &str) -> Result<()> {
        self.done(Line::Removed(phone.to_owned()))
    }

    /// All is done: the file goes.
    pub(super) fn finish(self) -> Result<()> {
        match self.file {
            Some((path, _)) => std::fs::remove_file(&path)
                .with_context(|| format!("{} cannot be removed", path.display())),
            None => Ok(()),
        }
    }

    fn done(&mut self, line: Line) -> Result<()> {
        if let Some((path, file)) = &mut self.file {
            write(file, &line).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        self.apply(line);
        Ok(())
    }

    fn apply(&mut self, line: Line) {
        match line {
            Line::Page { numbers, next } => {
                self.listed.extend(numbers);
                self.pages += 1;
                self.is_read = next.is_none();
                self.next = next;
            }
            Line::Put(phone) => drop(self.listed.entry(phone).or_insert(false)),
            Line::Removed(phone) => drop(self.listed.remove(&phone)),
        }
    }
}

fn write(file: &mut File, line: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)?;
    Ok(file.sync_data()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn page(progress: &mut Progress, phone: &str, next: Option<&str>) {
        let numbers = vec![(phone.to_owned(), false)];
        progress.page(numbers, next.map(str::to_owned)).unwrap();
    }

    #[test]
    fn what_is_done_is_known_after_a_crash_and_a_line_cut_off_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let open = |now| Progress::in_file(&path, "table", "list", now);
        let mut progress = open(1_000).unwrap();
        assert_eq!((progress.next_page(), progress.is_read()), (None, false));
        page(&mut progress, "+1", Some("second"));
        drop(progress);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let cut = [std::fs::read(&path).unwrap(), br#"{"page":{"num"#.to_vec()].concat();
        std::fs::write(&path, cut).unwrap();

        let mut progress = open(2_000).unwrap();
        assert_eq!((progress.since(), progress.pages()), (1_000, 1));
        assert_eq!(progress.next_page().as_deref(), Some("second"));
        page(&mut progress, "+2", None);
        progress.put("+3").unwrap();
        progress.removed("+1").unwrap();
        drop(progress);

        let progress = open(3_000).unwrap();
        assert!(progress.is_read());
        let mut listed: Vec<&String> = progress.listed().keys().collect();
        listed.sort();
        assert_eq!(listed, ["+2", "+3"]);
        progress.finish().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_about_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        drop(Progress::in_file(&path, "table", "list", 1).unwrap());
        let error = Progress::in_file(&path, "table", "other", 1).unwrap_err();
        assert!(
            error.to_string().contains("not about table and other"),
            "{error}"
        );
        std::fs::write(&path, "a letter\n").unwrap();
        let error = Progress::in_file(&path, "table", "list", 1).unwrap_err();
        assert!(error.to_string().contains("is not a state"), "{error}");
    }
}
