//! Beside other programs.

use std::io::{BufRead, BufReader, Read, Write};

use rustix::process::{Pid, Signal, kill_process};

use super::spawn;

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut child = spawn(&["--input", "hex", "--layers", "kpl"]);
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        // More than fits into the pipes, until nobody reads any longer.
        while stdin.write_all(&b"7b7d\n".repeat(10_000)).is_ok() {}
    });
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    assert!(line.starts_with(r#"{"record":1,"#), "{line}");
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(stderr, "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    feeder.join().unwrap();
}

#[test]
fn lines_are_seen_as_they_come_and_a_signal_ends_the_wait_for_more() {
    let mut child = spawn(&["--input", "base64"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for number in 1..=3 {
        stdin.write_all(b"e30=\n").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(
            line.starts_with(&format!(r#"{{"record":{number},"#)),
            "{line}"
        );
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}
