use std::time::Duration;

use super::*;
use crate::demo::sales::expected::WindowSums;
use crate::produce::sales::model::Sums;
use crate::runner::{MappingStatus, ShardStatus, WindowStatus};

/// The window that begins here ends 5 seconds later.
const START: i64 = 1_700_000_000_000;

fn watch() -> Watch {
    let rules = Rules {
        stream_window: Duration::from_secs(5),
        table_window: Duration::from_secs(5),
        each_id_once: true,
    };
    Watch::new(rules, "sales", "orders")
}

fn row(group: &str, count: u64, kind: RowKind) -> ResultRow {
    let start = Timestamp::from_micros(START * 1_000);
    let mut sums = Sums::of(&10.into());
    for _ in 1..count {
        sums.merge(&Sums::of(&10.into()));
    }
    ResultRow {
        source: "sales".to_owned(),
        start,
        end: start + Duration::from_secs(5),
        group: group.to_owned(),
        sums: WindowSums {
            sums,
            first: start,
            last: start,
        },
        kind,
    }
}

fn part(group: &str, shard: &str) -> ResultRow {
    let kind = RowKind::Part {
        shard: shard.to_owned(),
        part: "1".to_owned(),
    };
    row(group, 1, kind)
}

/// Two shards of the stream, with their windows' starts and the arrival of the oldest record that waits.
fn status(now: i64, shards: [(Option<i64>, Option<i64>); 2]) -> RunnerStatus {
    let shards = shards.map(|(window, oldest_arrival)| ShardStatus {
        window: window.map(|start| WindowStatus {
            start,
            end: start + 5_000,
        }),
        oldest_arrival,
        ..ShardStatus::default()
    });
    let mapping = MappingStatus {
        stream: "sales".to_owned(),
        shards: (0..)
            .zip(shards)
            .map(|(n, shard): (u8, _)| (n.to_string(), shard))
            .collect(),
        ..MappingStatus::default()
    };
    RunnerStatus {
        pid: 1,
        started_at: START,
        updated_at: now,
        mappings: [("Mapping".to_owned(), mapping)].into(),
    }
}

fn only(watch: &Watch) -> &Progress {
    let all: Vec<_> = watch.windows().collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].1
}

#[test]
fn a_window_is_there_before_its_rows_and_fills_shard_by_shard() {
    let mut watch = watch();
    let now = START + 1_000;
    watch.see(
        &[],
        Some(&status(now, [(Some(START), None), (None, None)])),
        now,
    );
    assert_eq!((only(&watch).count, only(&watch).is_open), (0, true));
    assert_eq!(watch.shards(Source::Stream), 2);

    let one = [row("a", 2, RowKind::Total { parts: 1 }), part("a", "0")];
    let now = START + 8_000;
    let later = status(now, [(Some(START + 5_000), None), (Some(START), None)]);
    let mut seen = watch.clone();
    seen.see(&one, Some(&later), now);
    let (_, first) = seen.windows().next().unwrap();
    assert_eq!((first.count, first.groups, first.shards), (2, 1, 1));
    assert!(first.is_open, "the other shard has it open");
    assert_eq!(first.sum, BigDecimal::from(20));

    let both = [
        row("a", 3, RowKind::Total { parts: 2 }),
        part("a", "0"),
        part("a", "1"),
    ];
    seen.see(
        &both,
        Some(&status(now + 300, [(None, None), (None, None)])),
        now + 300,
    );
    let (_, first) = seen.windows().next().unwrap();
    assert_eq!((first.count, first.shards, first.is_open), (3, 2, false));
    assert_eq!(first.since, now + 300);
}

#[test]
fn records_that_wait_keep_their_window_open() {
    let mut watch = watch();
    let now = START + 9_000;
    let rows = [row("a", 1, RowKind::Total { parts: 1 })];
    let waiting = status(now, [(None, Some(START + 4_999)), (None, None)]);
    watch.see(&rows, Some(&waiting), now);
    assert!(only(&watch).is_open);
    let next = status(now, [(None, Some(START + 5_000)), (None, None)]);
    watch.see(&rows, Some(&next), now);
    assert!(!only(&watch).is_open);
}

#[test]
fn a_window_that_has_just_ended_or_of_which_nothing_new_is_told_counts_as_open() {
    let rows = [row("a", 1, RowKind::Total { parts: 1 })];
    for (told, now) in [
        (START + 5_500, START + 5_500),
        (START + 5_500, START + 60_000),
    ] {
        let mut watch = watch();
        watch.see(
            &rows,
            Some(&status(told, [(None, None), (None, None)])),
            now,
        );
        assert!(only(&watch).is_open, "{told} {now}");
    }
    let mut watch = watch();
    watch.see(&rows, None, START + 60_000);
    assert!(only(&watch).is_open, "there is no runner");
}

#[test]
fn latency_is_from_the_end_to_the_last_change() {
    let mut watch = watch();
    let mut rows = vec![row("a", 1, RowKind::Total { parts: 1 }), part("a", "0")];
    watch.see(&rows, None, START + 5_200);
    watch.see(&rows, None, START + 5_500);
    assert_eq!(watch.latencies(), [200]);
    rows.push(part("a", "1"));
    watch.see(&rows, None, START + 6_000);
    watch.see(&rows, None, START + 7_000);
    assert_eq!(watch.latencies(), [1_000]);
}
