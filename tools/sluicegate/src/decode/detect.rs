//! `--detect`: what records look like.

use std::collections::BTreeMap;

use anyhow::Result;
use records::glue::{Header, NoSchemas};
use records::kpl::{self, Reading, Tables};
use records::layers::{Decoder, detect};

use super::line::{DetectedLine, Shown};
use super::output::Output;
use super::payload::Payload;
use super::session::Tally;
use super::{Given, Sink};

/// Prints a line for each record of the stream.
pub(super) struct Detecting {
    output: Output,
    tally: Tally,
    /// How many records have these layers.
    layers: BTreeMap<String, Seen>,
}

/// Records that look alike.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    count: u64,
    first: u64,
}

impl Detecting {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            tally: Tally::default(),
            layers: BTreeMap::new(),
        }
    }

    /// What was printed so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// The layers to be configured, for people. Nothing if there was no record.
    pub(super) fn proposal(&self) -> Option<String> {
        if self.layers.is_empty() {
            return None;
        }
        let Some(layers) = agreed(&self.layers) else {
            return Some(format!("the records differ: {}", differences(&self.layers)));
        };
        let all = self.layers.values().map(|seen| seen.count).sum();
        let (who, looks) = match all {
            1 => ("the record".to_owned(), "looks"),
            count => (format!("all {count} records"), "look"),
        };
        Some(if layers.is_empty() {
            format!("{who} {looks} plain: no layers are to be named")
        } else {
            format!(
                "{who} {looks} like {layers}: --layers {layers} here, RECORD_LAYERS={layers} in a function"
            )
        })
    }
}

impl Sink for Detecting {
    fn record(&mut self, given: &Given<'_>) -> Result<()> {
        self.tally.records += 1;
        let data = match &given.data {
            Ok(data) => *data,
            Err(refused) => return self.tally.refused(&mut self.output, given, refused),
        };
        self.tally.lines += 1;
        let detected = detect(data);
        let layers = detected.layers.to_string();
        // The registry's header stays: what is behind it takes a schema.
        let opened = layers.strip_suffix("glue");
        let has_header = opened.is_some();
        let opened = opened.unwrap_or(&layers).trim_end_matches(',');
        let mut decoder = Decoder::new(opened.parse().unwrap_or_default());
        let users = decoder.decode(data, &NoSchemas);
        let first = users.records().next();
        let payload = first.and_then(|first| first.data.ok());
        let header = payload.filter(|_| has_header).map(Header::read);
        self.output.print(&DetectedLine {
            record: self.tally.records,
            sub: given.sub,
            sequence_number: given.sequence_number,
            partition_key: first
                .and_then(|first| first.partition_key)
                .or(given.partition_key),
            layers: names(&layers),
            kind: detected.kind.name(),
            user_records: users.records().count(),
            schema_version_id: header
                .and_then(Result::ok)
                .map(|(header, _)| Shown(header.schema_version_id)),
            doubt: payload.and_then(doubt),
            payload: payload.map(Payload::new),
        })?;
        let first = self.tally.records;
        let seen = self
            .layers
            .entry(layers)
            .or_insert(Seen { count: 0, first });
        seen.count += 1;
        Ok(())
    }

    fn idle(&mut self) -> Result<()> {
        self.output.flush()
    }
}

/// Why it is no aggregate although it begins like one.
fn doubt(data: &[u8]) -> Option<&'static str> {
    match kpl::read(data, &mut Tables::default()) {
        Reading::Doubtful(doubt) => Some(doubt.reason()),
        Reading::Plain | Reading::Aggregate(_) => None,
    }
}

fn names(layers: &str) -> Vec<&str> {
    layers.split(',').filter(|name| !name.is_empty()).collect()
}

/// The layers that all records can be read with. Those of `kpl` may be aggregated or not.
fn agreed(layers: &BTreeMap<String, Seen>) -> Option<&str> {
    let without_kpl = |layers: &str| {
        let names: Vec<_> = names(layers)
            .into_iter()
            .filter(|name| *name != "kpl")
            .collect();
        names.join(",")
    };
    let mut all = layers.keys().map(String::as_str);
    match (all.next(), all.next(), all.next()) {
        (Some(one), None, None) => Some(one),
        (Some(one), Some(other), None) if without_kpl(one) == *other => Some(one),
        (Some(one), Some(other), None) if without_kpl(other) == *one => Some(other),
        _ => None,
    }
}

fn differences(layers: &BTreeMap<String, Seen>) -> String {
    let mut by_first: Vec<_> = layers.iter().collect();
    by_first.sort_by_key(|(_, seen)| seen.first);
    let parts = by_first.into_iter().map(|(layers, Seen { count, first })| {
        let layers = if layers.is_empty() {
            "no layers"
        } else {
            layers
        };
        match count {
            1 => format!("record {first} looks like {layers}"),
            count => format!("{count} look like {layers}, record {first} is the first"),
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(layers: &[&str]) -> BTreeMap<String, Seen> {
        let mut all = BTreeMap::<String, Seen>::new();
        for (first, layers) in (1..).zip(layers) {
            let seen = all
                .entry((*layers).to_owned())
                .or_insert(Seen { count: 0, first });
            seen.count += 1;
        }
        all
    }

    #[test]
    fn records_agree_whether_they_are_aggregated_or_not() {
        for (layers, expected) in [
            (&["kpl"][..], Some("kpl")),
            (&["kpl", "kpl"], Some("kpl")),
            (&["", "kpl"], Some("kpl")),
            (&["gzip,kpl", "gzip"], Some("gzip,kpl")),
            (&["glue", "kpl,glue"], Some("kpl,glue")),
            (&["gzip,kpl", "kpl,gzip"], None),
            (&["gzip", ""], None),
            (&["kpl", "gzip", ""], None),
        ] {
            assert_eq!(agreed(&seen(layers)), expected, "{layers:?}");
        }
    }

    #[test]
    fn records_that_differ_are_counted() {
        let text = differences(&seen(&["gzip", "", "gzip"]));
        let expected = "2 look like gzip, record 1 is the first; record 2 looks like no layers";
        assert_eq!(text, expected);
    }
}
