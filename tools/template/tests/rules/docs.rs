//! docs/SEMANTICS.md names tests that exist.

use std::collections::BTreeSet;
use std::path::Path;

use crate::ROOT;

/// A test's name has at least so many words; shorter names in backticks are fields and settings.
const WORDS: usize = 4;

#[test]
fn every_test_that_semantics_names_exists() {
    let page = std::fs::read_to_string(format!("{ROOT}/docs/SEMANTICS.md")).unwrap();
    let mut sources = String::new();
    for folder in ["functions", "shared", "tools"] {
        read(&Path::new(ROOT).join(folder), &mut sources);
    }
    let missing: BTreeSet<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| is_test_name(name))
        .filter(|name| !sources.contains(&format!("fn {name}(")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let named = page.split('`').filter(|name| is_test_name(name)).count();
    assert!(named > 20, "{named} names of tests in the page");
}

fn is_test_name(text: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('_').count() >= WORDS && text.split('_').all(is_word)
}

/// All Rust sources below a folder, one after the other.
fn read(folder: &Path, sources: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
