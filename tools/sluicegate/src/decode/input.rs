//! What the input is: said by the user, or found by looking.

use std::fs::File;
use std::io::{BufReader, Cursor, IsTerminal, Read, stdin};
use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::documents::{self, Kind};
use super::{Given, Sink, lines, quarantine};
use crate::UsageError;
use crate::console::Console;

/// What can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InputKind {
    /// One record a line: digits with or without 0x, spaces and colons
    Hex,
    /// One record a line: the standard or the URL alphabet, with or without padding
    Base64,
    /// All of the input is one record
    Raw,
    /// A Lambda event of Kinesis, with a window or without, or what Lambda writes to S3 of an event that failed
    Event,
    /// What `aws kinesis get-records` answers
    GetRecords,
    /// Lines of a quarantine object, compressed or not
    Quarantine,
}

/// The input, not yet read.
pub(super) struct Input {
    /// For people.
    pub(super) name: String,
    reader: BufReader<Box<dyn Read>>,
}

impl Input {
    /// The file, or standard input if there is none or it is `-`.
    pub(super) fn open(path: Option<&Path>, console: Console) -> Result<Self, UsageError> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            if stdin().is_terminal() {
                console.note("reading from the terminal, end with Ctrl-D");
            }
            return Ok(Self {
                name: "standard input".to_owned(),
                reader: BufReader::new(Box::new(stdin())),
            });
        };
        let name = path.display().to_string();
        let file = File::open(path).and_then(|file| {
            // A folder can be opened, but not read.
            if file.metadata()?.is_dir() {
                return Err(std::io::ErrorKind::IsADirectory.into());
            }
            Ok(file)
        });
        let file = file.map_err(|error| UsageError(format!("{name}: {error}")))?;
        Ok(Self {
            name,
            reader: BufReader::new(Box::new(file)),
        })
    }

    /// Hands all records to `sink`. Lines are handed over one by one, everything else is read before.
    pub(super) fn read(
        self,
        kind: Option<InputKind>,
        console: Console,
        sink: &mut impl Sink,
    ) -> Result<()> {
        let Self { name, mut reader } = self;
        let kind = if let Some(kind) = kind {
            kind
        } else {
            let all = read_all(&mut reader, &name)?;
            let Some(kind) = look(&all) else {
                console.note(&format!("{name} is empty: there are no records"));
                return Ok(());
            };
            console.note(&format!("reading {name} as {}", kind.description()));
            reader = BufReader::new(Box::new(Cursor::new(all)));
            kind
        };
        match kind {
            InputKind::Hex => lines::read(&mut reader, &name, lines::hex, sink),
            InputKind::Base64 => lines::read(&mut reader, &name, lines::base64, sink),
            InputKind::Quarantine => quarantine::read(reader, &name, sink),
            InputKind::Raw => sink.record(&Given::data(Ok(&read_all(&mut reader, &name)?))),
            InputKind::Event => {
                documents::read(&read_all(&mut reader, &name)?, false, sink).context(name)
            }
            InputKind::GetRecords => {
                documents::read(&read_all(&mut reader, &name)?, true, sink).context(name)
            }
        }
    }
}

fn read_all(reader: &mut impl Read, name: &str) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let read = reader.read_to_end(&mut all);
    read.with_context(|| format!("{name} cannot be read"))?;
    Ok(all)
}

impl InputKind {
    fn description(self) -> &'static str {
        match self {
            Self::Hex => "hex: one record a line",
            Self::Base64 => "base64: one record a line",
            Self::Raw => "raw: all of it is one record",
            Self::Event => "event: a Lambda event",
            Self::GetRecords => "get-records: an answer of `aws kinesis get-records`",
            Self::Quarantine => "quarantine: lines of a quarantine object",
        }
    }
}

/// What all of the input looks like; `None` if there is nothing.
fn look(all: &[u8]) -> Option<InputKind> {
    if all.trim_ascii().is_empty() {
        return None;
    }
    let kind = match documents::look(all) {
        Some(Kind::Records(kind)) => Some(kind),
        Some(Kind::QuarantineLine) => Some(InputKind::Quarantine),
        None if quarantine::is_compressed(all) => Some(InputKind::Quarantine),
        None if lines::are_all(all, lines::hex) => Some(InputKind::Hex),
        None if lines::are_all(all, lines::base64) => Some(InputKind::Base64),
        Some(Kind::Other) | None => None,
    };
    Some(kind.unwrap_or(InputKind::Raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_what_it_looks_like() {
        use InputKind::{Base64, Event, GetRecords, Hex, Quarantine, Raw};
        for (input, expected) in [
            ("", None),
            (" \n\n", None),
            ("f3899ac2\n\n0xF3 89:9a c2\n", Some(Hex)),
            ("f3899ac2\n84mawg==\n", Some(Base64)),
            ("84mawg\r\n\"_-8\"\r\n", Some(Base64)),
            ("84mawg\nwhat is that?\n", Some(Raw)),
            (r#"{"Records":[]}"#, Some(Event)),
            (r#" {"Records":[{"kinesis":{}}]} "#, Some(Event)),
            (r#"{"Records":[null,{"dynamodb":{}}]}"#, Some(Event)),
            (
                r#"{"Records":[],"NextShardIterator":"AAA"}"#,
                Some(GetRecords),
            ),
            (
                r#"{"Records":[{"SequenceNumber":"1","Data":""}]}"#,
                Some(GetRecords),
            ),
            (
                r#"{"KinesisBatchInfo":{},"payload":"{\"Records\":[]}"}"#,
                Some(Event),
            ),
            (
                r#"{"sequence_number":"1","stage":"kpl","data":""}"#,
                Some(Quarantine),
            ),
            (r#"{"sensor_id":"s-1"}"#, Some(Raw)),
            (r#"{"Records":[{"kinesis":"#, Some(Raw)),
        ] {
            assert_eq!(look(input.as_bytes()), expected, "{input}");
        }
        assert_eq!(look(b"\xf3\x89\x9a\xc2"), Some(Raw));
    }
}
