//! The runner's status as people read it.

use records::Timestamp;

use super::status::{MappingStatus, Phase, RunnerStatus, ShardStatus};

/// Characters of a sequence number's end that are shown: it begins like all others.
const POSITION_END: usize = 10;
/// A status that is older than this, in milliseconds, is of a runner that hangs.
const STALE: i64 = 5_000;

const COLUMNS: [&str; 9] = [
    "shard",
    "done up to",
    "age",
    "waiting",
    "records",
    "batches",
    "failures",
    "given up",
    "window",
];

/// All mappings and shards, at the time `now` in milliseconds since 1970.
pub(crate) fn table(status: &RunnerStatus, now: i64) -> String {
    let mut parts = Vec::new();
    if now - status.updated_at > STALE {
        let old = span(now - status.updated_at);
        parts.push(format!("The runner has not told anything for {old}."));
    }
    if status.mappings.is_empty() {
        parts.push("The stack has no mapping of a stream.".to_owned());
    }
    for (name, mapping) in &status.mappings {
        parts.push(mapping_table(name, mapping, now));
    }
    parts.join("\n\n")
}

fn mapping_table(name: &str, mapping: &MappingStatus, now: i64) -> String {
    let state = if mapping.enabled { "" } else { ", disabled" };
    let MappingStatus {
        stream, function, ..
    } = mapping;
    let mut lines = vec![format!("{stream} -> {function} ({name}{state})")];
    lines.extend(
        mapping
            .problem
            .iter()
            .map(|problem| format!("  PROBLEM: {problem}")),
    );
    let rows: Vec<[String; 9]> = mapping
        .shards
        .iter()
        .map(|(id, shard)| row(id, shard, now))
        .collect();
    if !rows.is_empty() {
        lines.extend(aligned(&rows));
    }
    for (id, shard) in &mapping.shards {
        let problem = shard.problem.iter();
        lines.extend(problem.map(|problem| format!("  PROBLEM: {id}: {problem}")));
    }
    lines.join("\n")
}

/// Texts to the left, numbers to the right.
fn aligned(rows: &[[String; 9]]) -> Vec<String> {
    let header = COLUMNS.map(str::to_owned);
    let all: Vec<&[String; 9]> = std::iter::once(&header).chain(rows).collect();
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| {
            let lengths = all.iter().map(|row| row[column].chars().count());
            lengths.max().unwrap_or(0)
        })
        .collect();
    all.into_iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate();
            let line: Vec<String> = cells
                .map(|(column, (cell, width))| match column {
                    2..=7 => format!("{cell:>width$}"),
                    _ => format!("{cell:width$}"),
                })
                .collect();
            format!("  {}", line.join("  ")).trim_end().to_owned()
        })
        .collect()
}

fn row(id: &str, shard: &ShardStatus, now: i64) -> [String; 9] {
    let counts = &shard.counts;
    let failures = counts.function_errors + counts.reported_failures + counts.not_invoked;
    [
        id.to_owned(),
        match (shard.phase, &shard.position) {
            (Phase::Finished, _) => "finished".to_owned(),
            (Phase::Waiting, _) => "waits for parents".to_owned(),
            (_, Some(position)) => shortened(position),
            (_, None) => "-".to_owned(),
        },
        shard
            .oldest_arrival
            .map_or_else(|| "-".to_owned(), |arrival| span(now - arrival)),
        shard.buffered.to_string(),
        counts.records_done.to_string(),
        counts.batches_done.to_string(),
        failures.to_string(),
        match counts.dropped {
            0 => counts.delivered.to_string(),
            lost => format!("{} +{lost} lost", counts.delivered),
        },
        shard.window.map_or_else(String::new, |window| {
            let time = |ms: i64| {
                let text = Timestamp::from_micros(ms.saturating_mul(1_000)).to_string();
                text.get(11..19).map_or(text.clone(), str::to_owned)
            };
            format!("{} - {}", time(window.start), time(window.end))
        }),
    ]
}

/// A line for each shard, for logs.
pub(crate) fn lines(status: &RunnerStatus, now: i64) -> Vec<String> {
    let time = Timestamp::from_micros(now.saturating_mul(1_000));
    let mut lines = Vec::new();
    for (name, mapping) in &status.mappings {
        for (id, shard) in &mapping.shards {
            let cells = row(id, shard, now);
            let rest = COLUMNS[1..].iter().zip(&cells[1..]);
            let rest: Vec<String> = rest
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(column, cell)| format!("{column} {cell}"))
                .collect();
            lines.push(format!("{time} {name} {id}: {}", rest.join(", ")));
        }
    }
    lines
}

fn shortened(position: &str) -> String {
    let length = position.chars().count();
    if length <= POSITION_END {
        return position.to_owned();
    }
    let end: String = position.chars().skip(length - POSITION_END).collect();
    format!("...{end}")
}

/// Milliseconds as people say them.
fn span(ms: i64) -> String {
    match ms.max(0) {
        ms @ ..1_000 => format!("{ms} ms"),
        ms @ ..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        ms @ ..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        ms => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::status::{Counts, WindowStatus};
    use super::*;

    /// 2023-11-14T22:13:20Z
    const NOW: i64 = 1_700_000_000_000;

    fn status() -> RunnerStatus {
        let reading = ShardStatus {
            phase: Phase::Reading,
            position: Some("49601189658422359378836298521827638475320189012309704722".to_owned()),
            oldest_arrival: Some(NOW - 1_250),
            buffered: 7,
            in_flight: 1,
            counts: Counts {
                records_done: 12_000,
                batches_done: 30,
                function_errors: 1,
                reported_failures: 2,
                delivered: 4,
                dropped: 1,
                ..Counts::default()
            },
            window: Some(WindowStatus {
                start: NOW - 20_000,
                end: NOW + 10_000,
            }),
            problem: Some("the role may not read".to_owned()),
        };
        let waiting = ShardStatus::default();
        let finished = ShardStatus {
            phase: Phase::Finished,
            ..ShardStatus::default()
        };
        let mapping = MappingStatus {
            id: "uuid".to_owned(),
            function: "ingest".to_owned(),
            stream: "readings".to_owned(),
            enabled: true,
            batching_window_seconds: 1,
            problem: None,
            shards: [
                ("shardId-0", finished),
                ("shardId-1", reading),
                ("shardId-2", waiting),
            ]
            .map(|(id, shard)| (id.to_owned(), shard))
            .into(),
        };
        RunnerStatus {
            pid: 1,
            started_at: NOW,
            updated_at: NOW,
            mappings: BTreeMap::from([("Mapping".to_owned(), mapping)]),
        }
    }

    #[test]
    fn a_table_tells_where_each_shard_is() {
        let expected = "\
readings -> ingest (Mapping)
  shard      done up to           age  waiting  records  batches  failures   given up  window
  shardId-0  finished               -        0        0        0         0          0
  shardId-1  ...2309704722      1.2 s        7    12000       30         3  4 +1 lost  22:13:00 - 22:13:30
  shardId-2  waits for parents      -        0        0        0         0          0
  PROBLEM: shardId-1: the role may not read";
        assert_eq!(table(&status(), NOW), expected);
    }

    #[test]
    fn a_runner_that_hangs_is_told() {
        let table = table(&status(), NOW + 90_000);
        assert!(
            table.starts_with("The runner has not told anything for 1 min 30 s."),
            "{table}"
        );
    }

    #[test]
    fn a_log_gets_a_line_for_each_shard() {
        let lines = lines(&status(), NOW);
        assert_eq!(lines.len(), 3);
        assert_eq!(
            lines[1],
            "2023-11-14T22:13:20Z Mapping shardId-1: done up to ...2309704722, age 1.2 s, waiting 7, records 12000, \
             batches 30, failures 3, given up 4 +1 lost, window 22:13:00 - 22:13:30"
        );
    }

    #[test]
    fn a_status_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let dir = crate::project::StackDir::new(folder.path().to_owned());
        assert_eq!(RunnerStatus::read(&dir).unwrap(), None);
        status().write(&dir).unwrap();
        assert_eq!(RunnerStatus::read(&dir).unwrap(), Some(status()));
        std::fs::write(dir.runner_status(), "{").unwrap();
        let error = RunnerStatus::read(&dir).unwrap_err().to_string();
        assert!(
            error.ends_with("runner.json is not a runner's status"),
            "{error}"
        );
    }
}
