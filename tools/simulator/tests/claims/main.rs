//! What the shipped scenarios show, written by hand from what AWS documents: a snapshot that is updated without thought
//! cannot hide a mistake here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batches;
mod failures;
mod windows;

use std::fmt::Write as _;

use serde_json::Value;
use simulator::Scenario;

/// Runs a shipped scenario and compares its JSON lines, each in short.
fn check(name: &str, expected: &[&str]) {
    let path = format!("{}/scenarios/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let run = Scenario::from_json(&text).unwrap().run();
    let lines: Vec<String> = run
        .timeline
        .to_json_lines()
        .lines()
        .map(|line| short(&serde_json::from_str(line).unwrap()))
        .collect();
    assert_eq!(lines, expected, "{name}");
}

/// A line in short: `0: 1-10 throw`, `0: done 4`, `0: RetryAttemptsExhausted 5`, `1: wait 3`, `0: filtered 2`.
fn short(line: &Value) -> String {
    let at = &line["at"];
    match line["event"].as_str().unwrap() {
        "invoke" => {
            let mut text = format!("{at}: {} {}", numbers(&line["records"]), outcome(line));
            if let Some([start, end]) = line["window"].as_array().map(Vec::as_slice) {
                write!(text, " in {start}-{end} with {}", line["state"]).unwrap();
            }
            if line["final"] == true {
                text += " final";
            }
            if line["terminated_early"] == true {
                text += " early";
            }
            text
        }
        "checkpoint" => format!("{at}: done {}", line["record"]),
        "destination" => format!(
            "{at}: {} {}",
            line["condition"].as_str().unwrap(),
            numbers(&line["records"])
        ),
        "wait" => format!("{at}: wait {}", line["until"]),
        "filtered" => format!("{at}: filtered {}", numbers(&line["records"])),
        "stopped" => format!("{at}: stopped"),
        other => panic!("{other}"),
    }
}

fn outcome(line: &Value) -> String {
    match &line["outcome"] {
        Value::String(text) => text.clone(),
        Value::Object(object) if object.contains_key("report") => {
            format!("report {}", object["report"])
        }
        other => other.to_string(),
    }
}

fn numbers(records: &Value) -> String {
    let numbers: Vec<u64> = serde_json::from_value(records.clone()).unwrap();
    match numbers[..] {
        [] => "none".to_owned(),
        [only] => only.to_string(),
        [first, .., last] if last - first + 1 == numbers.len() as u64 => format!("{first}-{last}"),
        _ => records.to_string(),
    }
}

#[test]
fn each_shipped_scenario_is_checked_here() {
    let claims = [
        include_str!("batches.rs"),
        include_str!("failures.rs"),
        include_str!("windows.rs"),
    ]
    .concat();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(claims.contains(&format!("\"{name}\"")), "{name}");
    }
}
