//! Whether memory stays flat.

use std::fs;
use std::time::Instant;

use super::RECORDS;
use super::stream::Stream;

/// Records that pass through the machine.
const TOTAL: usize = 10_000_000;
/// Records after which everything has reached its size.
const WARM: usize = 100_000;
/// What peak memory may grow by after that. A leak of a byte for each record were 9,700 KB.
const MOST_GROWTH_KB: u64 = 1_000;

/// Sends ten million records through the machine; fails if peak memory grows or records are held back.
pub(crate) fn check(name: &str, mut stream: Stream) {
    advance(&mut stream, WARM);
    let before = peak_kb();
    let start = Instant::now();
    advance(&mut stream, TOTAL - WARM);
    let seconds = start.elapsed().as_millis().max(1);
    let rate = (TOTAL - WARM) as u128 * 1_000 / seconds;
    let most = stream.most_buffered;
    print!("{name}: {TOTAL} records, {rate} a second, at most {most} held");
    assert!(
        most <= RECORDS,
        "{name}: {most} records are held, {RECORDS} are under way"
    );
    match before.zip(peak_kb()) {
        Some((before, after)) => {
            let growth = after - before;
            println!(", peak memory {after} KB, {growth} KB more than after {WARM}");
            assert!(growth <= MOST_GROWTH_KB, "{name}: memory grows");
        }
        None => println!(", memory not measured: this system has no /proc"),
    }
}

fn advance(stream: &mut Stream, records: usize) {
    for _ in 0..records / RECORDS {
        stream.advance(RECORDS);
    }
}

/// The most memory that this process has had resident so far.
fn peak_kb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
