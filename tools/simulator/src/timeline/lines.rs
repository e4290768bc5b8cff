//! A timeline as JSON lines.

use mapping::{Condition, Verdict};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::entry::{Entry, Invoke, Outcome, What};
use super::seconds::Seconds;
use super::state::State;

/// A line of JSON for each entry, each with an end of line.
pub(super) fn lines<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = String::new();
    for line in entries.filter_map(Line::of) {
        // Numbers, texts and lists: writing them to memory cannot fail.
        text += &serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
    }
    text
}

#[derive(Serialize)]
struct Line<'a> {
    at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<&'a str>,
    #[serde(flatten)]
    what: LineOf<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum LineOf<'a> {
    Invoke(InvokeLine<'a>),
    Checkpoint {
        record: u64,
    },
    Destination {
        condition: Condition,
        records: &'a [u64],
        #[serde(skip_serializing_if = "Option::is_none")]
        window: Option<[Seconds; 2]>,
        invocations: u32,
    },
    Wait {
        until: Seconds,
    },
    Filtered {
        records: &'a [u64],
    },
    Note {
        text: &'a str,
    },
    Stopped {
        reason: &'a str,
    },
}

#[derive(Serialize)]
struct InvokeLine<'a> {
    records: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<[Seconds; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a State>,
    r#final: bool,
    terminated_early: bool,
    outcome: Option<OutcomeLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_as: Option<&'static str>,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Seconds>,
}

struct OutcomeLine<'a>(&'a Outcome);

impl<'a> Line<'a> {
    /// `None` for what only the table shows.
    fn of(entry: &'a Entry) -> Option<Self> {
        let what = match &entry.what {
            What::Invoke(invoke) => LineOf::Invoke(invoke_line(entry, invoke)),
            What::Checkpoint { record } => LineOf::Checkpoint { record: *record },
            What::Destination(destination) => LineOf::Destination {
                condition: destination.condition,
                records: &destination.records,
                window: destination
                    .lost_window
                    .map(|(start, end)| [Seconds(start), Seconds(end)]),
                invocations: destination.invocations,
            },
            What::Wait { until, .. } => LineOf::Wait {
                until: Seconds(*until),
            },
            What::Filtered { records } => LineOf::Filtered { records },
            What::Note(text) => LineOf::Note { text },
            What::Stopped(reason) => LineOf::Stopped { reason },
            What::ShardClosed => return None,
        };
        Some(Self {
            at: Seconds(entry.at),
            shard: entry.shard.as_deref(),
            what,
        })
    }
}

fn invoke_line<'a>(entry: &Entry, invoke: &'a Invoke) -> InvokeLine<'a> {
    let window = invoke.window.as_ref();
    let end = invoke.end.as_ref();
    InvokeLine {
        records: &invoke.records,
        window: window.map(|window| [Seconds(window.start), Seconds(window.end)]),
        state: window.map(|window| &window.state),
        r#final: window.is_some_and(|window| window.is_final),
        terminated_early: window.is_some_and(|window| window.terminated_early),
        outcome: end.map(|end| OutcomeLine(&end.outcome)),
        taken_as: end.and_then(|end| taken_as(&end.outcome, end.verdict)),
        attempt: invoke.attempt,
        ended: end
            .map(|end| end.at)
            .filter(|at| *at != entry.at)
            .map(Seconds),
    }
}

/// What the mapping made of an outcome, where the outcome itself does not say.
fn taken_as(outcome: &Outcome, verdict: Verdict) -> Option<&'static str> {
    match (outcome, verdict) {
        (Outcome::Report(_) | Outcome::Answer(_), Verdict::Succeeded) => Some("success"),
        (Outcome::Ok | Outcome::Report(_) | Outcome::Answer(_), Verdict::Failed) => Some("failure"),
        (Outcome::Answer(_), Verdict::FailedFrom(_)) => Some("partial_failure"),
        _ => None,
    }
}

/// `"ok"`, `"throw"`, `{"report": 6}`, `{"report": [6, 8]}`, `"throttle"`, `{"answer": …}`.
impl Serialize for OutcomeLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "lowercase")]
        enum Named<'a> {
            Report(&'a [u64]),
            #[serde(rename = "report")]
            ReportOne(u64),
            Answer(&'a str),
            #[serde(rename = "answer")]
            AnswerJson(&'a RawValue),
        }
        let named = match self.0 {
            Outcome::Ok => return serializer.serialize_str("ok"),
            Outcome::Throw => return serializer.serialize_str("throw"),
            Outcome::Throttle => return serializer.serialize_str("throttle"),
            Outcome::Report(records) => match records[..] {
                [record] => Named::ReportOne(record),
                _ => Named::Report(records),
            },
            Outcome::Answer(text) => match serde_json::from_str(text) {
                Ok(json) => Named::AnswerJson(json),
                Err(_) => Named::Answer(text),
            },
        };
        named.serialize(serializer)
    }
}
