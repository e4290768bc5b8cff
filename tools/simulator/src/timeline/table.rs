//! A timeline as a table for people.

use std::fmt::Write as _;

use mapping::{Condition, Verdict};

use super::entry::{Destination, Entry, Invoke, Outcome, WaitReason, What, Window};
use super::seconds::Seconds;
use super::sequel::{Sequel, left, sequel};
use super::spans::Spans;
use super::state::State;

/// Longest text of a column before the last one, in characters.
const WIDEST: usize = 40;
/// Spaces between two columns.
const GAP: &str = "  ";

const HEADERS: [&str; COLUMNS] = [
    "at", "shard", "event", "records", "window", "state", "outcome",
];
const COLUMNS: usize = 7;

type Row = [String; COLUMNS];

/// The entries below headers; columns in which nothing stands are left out.
pub(super) fn table(entries: &[&Entry]) -> String {
    let mut rows = vec![HEADERS.map(str::to_owned)];
    for (index, entry) in entries.iter().enumerate() {
        rows.push(row(entry, entries.get(index + 1..).unwrap_or_default()));
    }
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let texts = rows.iter().map(|row| row[column].chars().count());
        let used = rows.iter().skip(1).any(|row| !row[column].is_empty());
        if used { texts.max().unwrap_or(0) } else { 0 }
    });
    let mut text = String::new();
    for row in &rows {
        let _ = writeln!(text, "{}", line(row, &widths).trim_end());
    }
    text
}

fn line(row: &Row, widths: &[usize; COLUMNS]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        if width == 0 {
            continue;
        }
        // Times stand below each other by their unit.
        let padded = match column {
            0 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        };
        line += &padded;
        line += GAP;
    }
    line
}

fn row(entry: &Entry, later: &[&Entry]) -> Row {
    let (event, records, outcome) = match &entry.what {
        What::Invoke(invoke) => (
            event_of(invoke),
            Spans(&invoke.records).to_string(),
            outcome(entry, invoke, later),
        ),
        What::Checkpoint { record } => ("checkpoint", record.to_string(), String::new()),
        What::Destination(destination) => (
            "destination",
            Spans(&destination.records).to_string(),
            given_up(destination),
        ),
        What::Wait { until, reason } => {
            let what_for = reason.map_or("", |reason| match reason {
                WaitReason::Backoff => ", to try again",
                WaitReason::BatchingWindow => ", for more records",
                WaitReason::IdleWindow => ", for a newer record",
            });
            let outcome = format!("until {} s{what_for}", Seconds(*until));
            ("wait", String::new(), outcome)
        }
        What::Filtered { records } => ("filtered", Spans(records).to_string(), String::new()),
        What::ShardClosed => ("shard closed", String::new(), String::new()),
        What::Note(text) => ("note", String::new(), text.clone()),
        What::Stopped(reason) => ("stopped", String::new(), reason.clone()),
    };
    let window = match &entry.what {
        What::Invoke(invoke) => invoke.window.as_ref(),
        _ => None,
    };
    let extent = match &entry.what {
        What::Destination(destination) => destination.lost_window,
        _ => window.map(|window| (window.start, window.end)),
    };
    [
        format!("{} s", Seconds(entry.at)),
        entry.shard.clone().unwrap_or_default(),
        event.to_owned(),
        short(&records),
        extent.map_or_else(String::new, |(start, end)| {
            format!("{}-{} s", Seconds(start), Seconds(end))
        }),
        window.map_or_else(String::new, state),
        outcome,
    ]
}

fn event_of(invoke: &Invoke) -> &'static str {
    match invoke.window.as_ref() {
        Some(window) if window.is_final && window.terminated_early => "invoke, final, ended early",
        Some(window) if window.is_final => "invoke, final",
        Some(window) if window.terminated_early => "invoke, ended early",
        _ => "invoke",
    }
}

fn state(window: &Window) -> String {
    match &window.state {
        State::Full(json) => short(json),
        size @ State::Bytes(_) => size.to_string(),
    }
}

/// What the function did, and what the mapping made of it.
fn outcome(entry: &Entry, invoke: &Invoke, later: &[&Entry]) -> String {
    let Some(end) = &invoke.end else {
        return "has not ended".to_owned();
    };
    let mut text = String::new();
    if invoke.attempt > 1 {
        let _ = write!(text, "try {}: ", invoke.attempt);
    }
    match &end.outcome {
        Outcome::Ok => text += "ok",
        Outcome::Throw => text += "threw",
        Outcome::Report(records) => {
            let _ = write!(text, "reported {}", Spans(records));
        }
        Outcome::Throttle => text += "throttled",
        Outcome::Answer(answer) => {
            let _ = write!(text, "answered {}", short(answer));
        }
    }
    if end.at != entry.at {
        let _ = write!(text, " at {} s", Seconds(end.at));
    }
    let judged = match (&end.outcome, end.verdict) {
        (Outcome::Ok | Outcome::Throw, Verdict::Succeeded) => "",
        (Outcome::Ok | Outcome::Report(_) | Outcome::Answer(_), Verdict::Failed) => {
            ", taken as failure of the batch"
        }
        (_, Verdict::Succeeded) => ", taken as success",
        _ => "",
    };
    text += judged;
    let sequel = sequel(entry.shard.as_deref(), invoke, later);
    if sequel == Some(Sequel::GivenUp(end.at)) {
        text += "; given up";
    } else if let Some(sequel) = sequel {
        let _ = match done(invoke) {
            [] => write!(text, "; {sequel}"),
            done => write!(text, "; {} done; {sequel}", Spans(done)),
        };
    }
    text
}

/// The records that a partial failure has done.
fn done(invoke: &Invoke) -> &[u64] {
    let left = left(invoke).map_or(0, <[u64]>::len);
    let done = invoke.records.len().saturating_sub(left);
    invoke.records.get(..done).unwrap_or_default()
}

fn given_up(destination: &Destination) -> String {
    let condition = match destination.condition {
        Condition::RetryAttemptsExhausted => "RetryAttemptsExhausted",
        Condition::RecordAgeExceeded => "RecordAgeExceeded",
    };
    let lost = match destination.lost_window {
        Some(_) => ", state lost",
        None => "",
    };
    match destination.invocations {
        0 => format!("{condition}, never sent{lost}"),
        1 => format!("{condition} after 1 invocation{lost}"),
        count => format!("{condition} after {count} invocations{lost}"),
    }
}

/// A text cut to what a column holds.
fn short(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(WIDEST - 1).collect();
    format!("{start}…")
}
