//! `sluicegate mapping simulate` as a user or a script meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const BISECT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../simulator/scenarios/bisect.json"
);

fn simulate(arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluicegate"))
        .args(["mapping", "simulate"])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = command.stdin.take().unwrap();
    // Closed already if the command does not read it.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    command.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn a_scenario_is_printed_as_a_table_with_its_sum() {
    let output = simulate(&[BISECT], "");
    assert_eq!(output.status.code(), Some(0));
    let table = text(&output.stdout);
    assert!(table.starts_with(" at  event        records  outcome\n0 s  invoke       1-10     threw; split into 1-5 and 6-10\n"), "{table}");
    let end = "\n\n10 records: 9 done, 1 given up; 9 invocations\n\
        the settings name no OnFailure destination: what is given up would be lost\n";
    assert!(table.ends_with(end), "{table}");
}

#[test]
fn with_json_there_are_lines_of_json_and_nothing_else() {
    let scenario = std::fs::read_to_string(BISECT).unwrap();
    let output = simulate(&["-", "--json"], &scenario);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
    let lines: Vec<serde_json::Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 15);
    assert_eq!(lines[0]["records"].as_array().unwrap().len(), 10);

    let nothing = simulate(&["-", "--json"], r#"{"records": 0}"#);
    assert_eq!(nothing.status.code(), Some(0));
    assert_eq!(text(&nothing.stdout), "");
}

#[test]
fn a_mistake_is_one_line_with_the_file_and_the_place() {
    let wrong = r#"{"records": 3, "function": {"fails": [{"record": 1, "how": "thorw"}]}}"#;
    for (arguments, stdin, says) in [
        (
            &["-"][..],
            wrong,
            r#"error: standard input: function.fails[0].how: "thorw"; expected "throw", "report", "throttle" or {"answer": any JSON}"#,
        ),
        (
            &["no-such.json"],
            "",
            "error: no-such.json: No such file or directory (os error 2)",
        ),
        (
            &["-"],
            r#"{"settings": {"BatchSize": 0}, "records": 1}"#,
            "error: standard input: settings.BatchSize is 0: must be a whole number from 1 to 10,000",
        ),
    ] {
        let output = simulate(arguments, stdin);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stdout), "");
        assert_eq!(text(&output.stderr), format!("{says}\n"));
    }
}

#[test]
fn help_has_an_example_and_says_where_more_is() {
    let output = simulate(&["--help"], "");
    let help = text(&output.stdout);
    assert!(help.contains("sluicegate mapping simulate -"), "{help}");
    assert!(help.contains("tools/simulator/scenarios"), "{help}");
    assert!(help.contains("above 1 KB"), "{help}");
}
