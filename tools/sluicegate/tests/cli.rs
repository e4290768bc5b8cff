//! The command line as a user or a script meets it: exit codes, messages, help.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output};

/// Runs `sluicegate` in `folder`, with an environment that names no account.
fn sluicegate(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluicegate"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap()
}

/// A project in which nothing is set up.
fn bare_project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "").unwrap();
    folder
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs `sluicegate` and makes sure that it refuses the arguments with this text.
fn assert_refused(arguments: &[&str], says: &str) {
    let project = bare_project();
    let output = sluicegate(project.path(), arguments);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(error.contains(says), "{arguments:?}: {error}");
    assert_eq!(stdout(&output), "", "{arguments:?}");
}

#[test]
fn wrong_arguments_say_what_would_be_right() {
    for (arguments, says) in [
        (
            &["produce", "sensors", "--poison", "150%"][..],
            "expected 0% to 100%",
        ),
        (&["produce", "sensors", "--poison", "1"], "for instance 1%"),
        (
            &["produce", "sensors", "--rate", "0"],
            "expected records a second, 1 or more, or max",
        ),
        (&["produce", "sensors", "--sensors", "0"], "1..=1000000"),
        (
            &["produce", "sensors", "--start", "soon"],
            "expected seconds since 1970, or now",
        ),
        (
            &["produce", "sensors", "--shards-by", "colour"],
            "possible values: sensor, record",
        ),
        (
            &[
                "produce",
                "sensors",
                "--poison",
                "60%",
                "--duplicates",
                "60%",
            ],
            "expected 100% at most together",
        ),
        (
            &[
                "produce",
                "sensors",
                "--shards-by",
                "record",
                "--duplicates",
                "1%",
            ],
            "--duplicates needs --shards-by sensor",
        ),
        (
            &["produce", "sensors"],
            "start one with `sluicegate local up`",
        ),
        (&["produce", "sensors", "--stream", "s"], "give --region"),
        (
            &["local", "up", "--parameter", "BatchSize"],
            "expected Name=Value",
        ),
        (&["local", "up", "--port", "0"], "0 is not in 1..=65535"),
        (&["demo", "--count", "0"], "0 is not in 1..=1000000"),
        (
            &["demo", "--poison", "99%", "--duplicates", "2%"],
            "expected 100% at most together",
        ),
        (&["demo", "--cuont", "5"], "'--count'"),
    ] {
        assert_refused(arguments, says);
    }
}

#[test]
fn wrong_arguments_of_sales_say_what_would_be_right() {
    for (arguments, says) in [
        (
            &["produce", "sales", "--changes", "1%"][..],
            "--changes needs --source table",
        ),
        (
            &["produce", "sales", "--table", "t", "--shards-by", "group"],
            "--shards-by needs --source stream",
        ),
        (
            &["produce", "sales", "--table", "t", "--source", "stream"],
            "--table does not go with --source stream",
        ),
        (
            &["produce", "sales", "--stream", "s", "--source", "table"],
            "--stream does not go with --source table",
        ),
        (
            &["produce", "sales", "--stream", "s", "--table", "t"],
            "cannot be used with",
        ),
        (
            &["produce", "sales", "--skew", "steep"],
            "possible values: none, zipf",
        ),
        (&["produce", "sales", "--groups", "0"], "1..=100000"),
        (
            &["produce", "sales", "--group-attribute", "sales"],
            "for instance store",
        ),
        (
            &[
                "produce",
                "sales",
                "--source",
                "table",
                "--poison",
                "50%",
                "--changes",
                "60%",
            ],
            "expected 100% at most together",
        ),
        (
            &["produce", "sales", "--source", "table"],
            "or name a table of your account with --table",
        ),
        (&["produce", "sales", "--stream", "s"], "give --region"),
        (
            &["demo", "sales", "--count", "1"],
            "1 is not in 2..=1000000",
        ),
        (
            &["demo", "sales", "--poison", "60%", "--changes", "60%"],
            "expected 100% at most together",
        ),
        (
            &[
                "demo",
                "sales",
                "--parameter",
                "SalesTumblingWindowInSeconds=0",
            ],
            "SalesTumblingWindowInSeconds=0: expected seconds, 1 or more",
        ),
        (
            &["demo", "sales", "--choice", "idle_window=5"],
            "idle_window_closes_after_ms",
        ),
        (&["demo", "--json", "sales"], "cannot be used with"),
    ] {
        assert_refused(arguments, says);
    }
}

#[test]
fn wrong_arguments_of_orders_and_products_say_what_would_be_right() {
    for (arguments, says) in [
        (
            &["produce", "orders", "--engine", "oracle"][..],
            "possible values: mysql, postgresql",
        ),
        (
            &["demo", "orders", "--engine", "oracle"],
            "possible values: mysql, postgresql",
        ),
        (
            &["demo", "orders", "--orders", "0"],
            "0 is not in 1..=1000000",
        ),
        (
            &["demo", "orders", "--choice", "idle_window=5"],
            "idle_window_closes_after_ms",
        ),
        (
            &["produce", "orders", "--before-image", "all"],
            "possible values: field, columns, none",
        ),
        (
            &["produce", "orders", "--partition-key", "constant"],
            "possible values: schema-table, primary-key",
        ),
        (
            &["produce", "orders", "--transaction-details", "off"],
            "possible values: true, false",
        ),
        (
            &["produce", "orders", "--items-per-order", "101"],
            "0..=100",
        ),
        (&["produce", "orders"], "or name a stream of your account"),
        (&["produce", "orders", "--stream", "s"], "give --region"),
        (&["produce", "products", "--count", "0"], "1..=1000000"),
        (
            &["produce", "products", "--file", "p", "--bucket", "b"],
            "cannot be used with",
        ),
        (
            &["produce", "products", "--file", "-", "--json"],
            "standard output has the products",
        ),
        (
            &["produce", "products"],
            "or name a bucket of your account with --bucket",
        ),
    ] {
        assert_refused(arguments, says);
    }
}

#[test]
fn products_go_to_a_file_or_to_standard_output() {
    let project = bare_project();
    let run = |arguments: &[&str]| {
        let arguments = [&["produce", "products", "--count", "5"], arguments].concat();
        let output = sluicegate(project.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output
    };
    let printed = stdout(&run(&["--file", "-"]));
    assert_eq!(printed.lines().count(), 5);
    assert!(
        printed.starts_with(r#"{"productId":999900001,"#),
        "{printed}"
    );

    let summary = stdout(&run(&["--file", "products.ndjson", "--json"]));
    let bytes = printed.len();
    let expected = format!(r#"{{"file":"products.ndjson","products":5,"bytes":{bytes},"seed":1}}"#);
    assert_eq!(summary.trim_end(), expected);
    let written = std::fs::read_to_string(project.path().join("products.ndjson")).unwrap();
    assert_eq!(written, printed);

    let arguments = ["produce", "products", "--file", "no/such/folder"];
    let output = sluicegate(project.path(), &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("file no/such/folder cannot be written"));
}

#[test]
fn what_is_missing_is_named() {
    let project = bare_project();
    for arguments in [
        &["local", "up"][..],
        &["demo"],
        &["demo", "sales"],
        &["demo", "orders"],
    ] {
        let output = sluicegate(project.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        let expected = "error: .tools/stack/bin/python is missing: run `make setup`";
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let output = sluicegate(elsewhere.path(), &["local", "status"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("run this inside the project"));
}

#[test]
fn without_a_stack_status_fails_and_down_does_not() {
    let project = bare_project();
    let status = sluicegate(project.path(), &["local", "status"]);
    assert_eq!(status.status.code(), Some(1));
    assert!(stdout(&status).contains("`sluicegate local up` starts one"));

    let status = sluicegate(project.path(), &["local", "status", "--json"]);
    assert_eq!(status.status.code(), Some(1));
    assert_eq!(stdout(&status), "{\"running\":false}\n");

    let run = sluicegate(project.path(), &["local", "run"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(stderr(&run).contains("no stack runs: `sluicegate local up` starts one"));

    let watch = sluicegate(project.path(), &["local", "status", "--watch"]);
    assert_eq!(watch.status.code(), Some(1), "there is nothing to wait for");

    let down = sluicegate(project.path(), &["local", "down", "--json"]);
    assert_eq!(down.status.code(), Some(0));
    assert_eq!(stdout(&down), "{\"running\":false,\"stopped\":false}\n");
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let project = bare_project();
    for (arguments, says) in [
        (&["--help"][..], "Exit codes: 0"),
        (&["demo", "--help"], "sluicegate demo --count 1000"),
        (
            &["demo", "sales", "--help"],
            "sluicegate demo sales --crash 3",
        ),
        (
            &["demo", "orders", "--help"],
            "sluicegate demo orders --crash 3",
        ),
        (
            &["produce", "sensors", "--help"],
            "--poison 1% --duplicates 2%",
        ),
        (
            &["produce", "sales", "--help"],
            "--source table --changes 5%",
        ),
        (
            &["produce", "orders", "--help"],
            "--engine postgresql --before-image columns",
        ),
        (&["produce", "products", "--help"], "--file products.ndjson"),
        (&["local", "up", "--help"], "--parameter SensorBatchSize=10"),
    ] {
        let output = sluicegate(project.path(), arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(
            stdout(&output).contains(says),
            "{arguments:?}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn what_cannot_be_reached_is_a_failure_with_a_reason() {
    let project = bare_project();
    for (what, says) in [
        (
            &["sensors", "--stream", "readings"],
            "PutRecords on stream readings",
        ),
        (
            &["sales", "--stream", "sales"],
            "PutRecords on stream sales",
        ),
        (
            &["sales", "--table", "orders"],
            "BatchWriteItem on table orders",
        ),
        (
            &["orders", "--stream", "changes"],
            "PutRecords on stream changes",
        ),
        (
            &["products", "--bucket", "reference"],
            "PutObject on bucket reference, key products.ndjson",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sluicegate"))
            .arg("produce")
            .args(what)
            .args(["--endpoint-url", "http://127.0.0.1:9"])
            .args(["--region", "eu-west-1", "--count", "1"])
            .current_dir(project.path())
            .env_clear()
            .env("HOME", project.path())
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}
