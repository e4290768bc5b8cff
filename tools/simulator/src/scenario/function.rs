//! What the function of a scenario does.

use std::time::Duration;

use records::Timestamp;

use super::mistake::ScenarioError;
use super::node::{Node, Object};

/// Most bytes that a record can add to the state.
const MOST_STATE: u64 = 6 * 1024 * 1024;
/// Longest run of a Lambda function, in seconds (AWS Lambda Developer Guide, "Lambda quotas": function timeout).
const LONGEST: u64 = 900;

/// What the function does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// When it fails, and how.
    pub fails: Vec<Fail>,
    /// Whether it adds up the data of its records as the window's state.
    pub sum: bool,
    /// How long an invocation takes.
    pub duration: Duration,
    /// How many bytes each record adds to the window's state.
    pub state_bytes: usize,
}

/// A failure of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    /// In which invocations.
    pub which: Which,
    /// What happens in them.
    pub how: How,
    /// In how many of them; `None` in all.
    pub times: Option<u64>,
}

/// The invocations in which the function fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those with the record of this number.
    Record(u64),
    /// Those with so many records, or more.
    Position(usize),
    /// The final ones of windows.
    Final,
}

/// How the function fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It throws.
    Throw,
    /// It reports the record.
    Report,
    /// It is not reached.
    Throttle,
    /// It answers this text.
    Answer(String),
}

/// Reads the function of a scenario with so many records.
pub(super) fn function(node: &Node<'_>, records: usize) -> Result<Function, ScenarioError> {
    let object = node.object(&["fails", "sum", "duration", "state_bytes"])?;
    let mut function = Function::default();
    if let Some(fails) = object.get("fails") {
        let fails = fails.list("a list of failures")?;
        function.fails = fails
            .iter()
            .map(|fail| read_fail(fail, records))
            .collect::<Result<_, _>>()?;
    }
    if let Some(sum) = object.get("sum") {
        function.sum = sum.flag()?;
    }
    if let Some(duration) = object.get("duration") {
        let limit = Timestamp::from_micros(0) + Duration::from_secs(LONGEST);
        let end = duration.seconds()?;
        if end > limit {
            return Err(duration.wrong(format!("seconds, 0 to {LONGEST}")));
        }
        function.duration = end.saturating_since(Timestamp::from_micros(0));
    }
    if let Some(bytes) = object.get("state_bytes") {
        let count = bytes.whole("bytes that each record adds to the state", 0..=MOST_STATE)?;
        function.state_bytes = usize::try_from(count).unwrap_or(usize::MAX);
    }
    Ok(function)
}

fn read_fail(node: &Node<'_>, records: usize) -> Result<Fail, ScenarioError> {
    let object = node.object(&["record", "position", "final", "how", "times"])?;
    let which = which(node, &object, records)?;
    let how = object.need("how", HOWS)?;
    let fail = Fail {
        which,
        how: read_how(how)?,
        times: match object.get("times") {
            Some(times) => read_times(times)?,
            None => None,
        },
    };
    if fail.which == Which::Final && fail.how == How::Report {
        return Err(how.wrong(format!(
            "{HOWS_OF_FINAL}: a final invocation may have no records"
        )));
    }
    Ok(fail)
}

const HOWS_OF_FINAL: &str = r#""throw", "throttle" or {"answer": any JSON}"#;
const HOWS: &str = r#""throw", "report", "throttle" or {"answer": any JSON}"#;

fn which(node: &Node<'_>, object: &Object<'_>, records: usize) -> Result<Which, ScenarioError> {
    let one = r#"one of "record": number, "position": number, "final": true"#;
    let given = ["record", "position", "final"].map(|name| object.get(name));
    match given {
        [Some(record), None, None] => {
            let last = (records as u64).max(1);
            let number = record.whole("the number of a record", 1..=last)?;
            Ok(Which::Record(number))
        }
        [None, Some(position), None] => {
            let number = position.whole("a position in a batch", 1..=10_000)?;
            Ok(Which::Position(
                usize::try_from(number).unwrap_or(usize::MAX),
            ))
        }
        [None, None, Some(last)] if last.text() == "true" => Ok(Which::Final),
        [None, None, Some(last)] => Err(last.wrong("true")),
        _ => Err(node.wrong(one)),
    }
}

fn read_how(node: &Node<'_>) -> Result<How, ScenarioError> {
    if node.is_object() {
        let object = node.object(&["answer"])?;
        let answer = object.need("answer", "any JSON")?;
        return Ok(How::Answer(answer.text().to_owned()));
    }
    match node.string().as_deref() {
        Some("throw") => Ok(How::Throw),
        Some("report") => Ok(How::Report),
        Some("throttle") => Ok(How::Throttle),
        _ => Err(node.wrong(HOWS)),
    }
}

fn read_times(node: &Node<'_>) -> Result<Option<u64>, ScenarioError> {
    if node.string().as_deref() == Some("always") {
        return Ok(None);
    }
    node.whole(r#""always" or a number of times"#, 1..=1_000_000)
        .map(Some)
}
