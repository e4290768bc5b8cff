//! `sluicegate decode`: what is in a record of a stream, whatever is around it.
//!
//! A source (`input`) reads what there is and hands over records as they were given. A sink takes their layers off and prints
//! a JSON line for each user record (`session`), or says what they look like (`detect`).

mod command;
mod detect;
mod documents;
mod events;
mod input;
mod line;
mod lines;
mod output;
mod payload;
mod quarantine;
mod registry_schema;
mod schemas;
mod session;

pub use command::{DecodeArgs, run};

use anyhow::Result;

/// A record of the stream as the input has it.
#[derive(Debug)]
struct Given<'a> {
    sequence_number: Option<&'a str>,
    partition_key: Option<&'a str>,
    /// Its place in an aggregate, if the input says so: then the data is the user record's.
    sub: Option<u64>,
    /// The layers that are around the data, if the input says so.
    layers: Option<&'a str>,
    data: Result<&'a [u8], Refused>,
}

/// Why the input has no data of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused {
    stage: &'static str,
    reason: &'static str,
    detail: String,
}

/// What happens to records.
trait Sink {
    /// Takes the next record.
    fn record(&mut self, given: &Given<'_>) -> Result<()>;

    /// The next record may take a while: what was said so far is to be seen.
    fn idle(&mut self) -> Result<()>;
}

impl Refused {
    /// What is read is not what `--input` says.
    fn input(reason: &'static str, detail: impl Into<String>) -> Self {
        Self {
            stage: "input",
            reason,
            detail: detail.into(),
        }
    }
}

impl<'a> Given<'a> {
    /// A record of which nothing is known but its data.
    fn data(data: Result<&'a [u8], Refused>) -> Self {
        Self {
            sequence_number: None,
            partition_key: None,
            sub: None,
            layers: None,
            data,
        }
    }
}
