//! Events to user records, beside the AWS crate, Python and Node in the same run: one table at the end.
//!
//! `make bench-records` runs it. All do the same work: from the event's text to each payload's bytes, without its layers;
//! for Avro to a value, with the sensor's name read. Checksums of aggregates are checked by all.
#![allow(clippy::print_stdout)]

#[path = "peers/aws.rs"]
mod aws;
mod common;
#[path = "peers/other.rs"]
mod other;
#[path = "peers/ours.rs"]
mod ours;
#[path = "peers/work.rs"]
mod work;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use other::Other;
use work::{Case, Sum, Work, cases};

/// Milliseconds that the rounds of one measurement take together, at least.
const MEASURED: Duration = Duration::from_millis(500);

/// The best of several rounds, in seconds, after some that do not count.
fn best<T>(mut round: impl FnMut() -> T) -> f64 {
    for _ in 0..3 {
        black_box(round());
    }
    let (started, mut best, mut rounds) = (Instant::now(), Duration::MAX, 0);
    while rounds < 5 || started.elapsed() < MEASURED {
        let before = Instant::now();
        black_box(round());
        best = best.min(before.elapsed());
        rounds += 1;
    }
    best.as_secs_f64()
}

/// Seconds for the event, if they read what we have read.
fn checked(who: &str, case: &Case, expected: Sum, got: Option<(f64, Sum)>) -> Option<f64> {
    let (seconds, sum) = got?;
    assert_eq!(sum, expected, "{who} reads {case:?} in another way");
    Some(seconds)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    std::fs::create_dir_all(&folder)?;
    let mut python = Other::start("python3", "python.py");
    let mut node = Other::start("node", "node.mjs");
    println!(
        "{:<14} {:>7} {:>6}  {:>14}  {:>21}  {:>21}  {:>21}",
        "work", "records", "MB", "records", "AWS crate", "Python", "Node"
    );
    println!(
        "{:<14} {:>7} {:>6}  {:>7} {:>6}  {:>7} {:>6} {:>6}  {:>7} {:>6} {:>6}  {:>7} {:>6} {:>6}",
        "", "", "", "MB/s", "ns", "MB/s", "ns", "x", "MB/s", "ns", "x", "MB/s", "ns", "x"
    );
    let mut shares = Vec::new();
    for case in cases() {
        let file = folder.join(case.file_name());
        std::fs::write(&file, &case.text)?;
        let mut ours = ours::Ours::new(case.work);
        let expected = ours.run(&case.text).ok_or("an event cannot be read")?;
        assert_eq!(expected.records, case.records);
        let own = best(|| ours.run(black_box(&case.text)));
        let aws = aws::run(case.work, &case.text);
        let aws = aws.map(|sum| (best(|| aws::run(case.work, black_box(&case.text))), sum));
        let peers = [
            checked("the AWS crate", &case, expected, aws),
            checked(
                "Python",
                &case,
                expected,
                python.run(case.work.name(), &file),
            ),
            checked("Node", &case, expected, node.run(case.work.name(), &file)),
        ];
        print!(
            "{:<14} {:>7} {:>6.2}  {}",
            case.name,
            case.records,
            case.megabytes(),
            case.speed(own)
        );
        for peer in peers {
            match peer {
                Some(seconds) => print!("  {} {:>6.1}", case.speed(seconds), seconds / own),
                None => print!("  {:>21}", "-"),
            }
        }
        println!();
        if case.work == Work::Kpl && case.records == 10_000 {
            let others = [
                ("Python", peers[1], &mut python),
                ("Node", peers[2], &mut node),
            ];
            shares.push(share(
                "records",
                &case,
                own,
                best(|| ours::digests(&case)),
                own,
            ));
            for (who, all, peer) in others {
                let digests = peer.run("md5", &file).map(|(seconds, _)| seconds);
                if let (Some(all), Some(digests)) = (all, digests) {
                    shares.push(share(who, &case, all, digests, own));
                }
            }
        }
    }
    println!("\nMB: of the event's text. x: how many times as long as records takes.");
    println!("The checksums (MD5) of aggregates alone:");
    for line in shares {
        println!("  {line}");
    }
    Ok(())
}

fn share(who: &str, case: &Case, all: f64, digests: f64, own: f64) -> String {
    format!(
        "{:<14} {who:<8} {:>6.0} ns a record of {:>6.0}: {:>3.0} %; without all else it would be {:.1} times as fast, {:.1} times of what records is",
        case.name,
        case.nanoseconds(digests),
        case.nanoseconds(all),
        100.0 * digests / all,
        all / digests,
        own / digests,
    )
}
