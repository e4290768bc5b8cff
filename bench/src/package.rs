//! How large a deployment package is: every file deflated by itself, as in a zip archive.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// What `pip install -r requirements.txt -t` brings for boto3, without metadata and compiled files.
pub(crate) const PYTHON_LIBRARIES: [&str; 7] = [
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six.py",
    "urllib3",
];

/// A zip archive's local header and directory entry of a file, without its name.
const HEADERS: u64 = 30 + 46;

/// Size in bytes of a zip archive of these files and folders.
pub(crate) fn zipped(paths: &[impl AsRef<Path>]) -> Result<u64> {
    paths.iter().try_fold(0, |sum, path| {
        let path = path.as_ref();
        Ok(sum
            + zipped_entry(path).with_context(|| format!("could not read {}", path.display()))?)
    })
}

fn zipped_entry(path: &Path) -> io::Result<u64> {
    if path.is_dir() {
        let mut sum = 0;
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_name() != "__pycache__" {
                sum += zipped_entry(&entry.path())?;
            }
        }
        return Ok(sum);
    }
    let mut encoder = DeflateEncoder::new(Counter(0), Compression::default());
    encoder.write_all(&fs::read(path)?)?;
    Ok(encoder.finish()?.0 + HEADERS)
}

/// Counts the bytes written to it.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_count_file_by_file_without_compiled_python() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.py");
        fs::write(&file, "x = 1\n".repeat(1000)).unwrap();
        let alone = zipped(&[&file]).unwrap();
        assert!((HEADERS..6000).contains(&alone), "{alone}");

        fs::create_dir(folder.path().join("__pycache__")).unwrap();
        fs::write(folder.path().join("__pycache__/a.pyc"), "compiled").unwrap();
        assert_eq!(zipped(&[folder.path()]).unwrap(), alone);
        assert!(zipped(&[folder.path().join("absent")]).is_err());
    }
}
