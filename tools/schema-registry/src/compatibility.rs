//! Whether a new version fits those before it.

use records::avro::{AvroReader, AvroSchema};
use records::glue::DataFormat;
use serde::{Deserialize, Serialize};

/// What versions of a schema promise each other (Glue developer guide, "Schema versioning and compatibility").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Compatibility {
    /// Nothing.
    None,
    /// There is one version.
    Disabled,
    /// The new version reads what the last one has written.
    #[default]
    Backward,
    /// The new version reads what all have written.
    BackwardAll,
    /// The last version reads what the new one writes.
    Forward,
    /// All versions read what the new one writes.
    ForwardAll,
    /// Both ways with the last version.
    Full,
    /// Both ways with all versions.
    FullAll,
}

impl Compatibility {
    /// Whether a new version fits those before it, the oldest first. Only Avro is checked.
    pub(crate) fn allows(self, format: DataFormat, before: &[&str], new: &str) -> bool {
        use Compatibility::{
            Backward, BackwardAll, Disabled, Forward, ForwardAll, Full, FullAll, None,
        };
        let checked = match self {
            None => return true,
            Disabled => return before.is_empty(),
            BackwardAll | ForwardAll | FullAll => before,
            Backward | Forward | Full => &before[before.len().saturating_sub(1)..],
        };
        if format != DataFormat::Avro {
            return true;
        }
        let backward = matches!(self, Backward | BackwardAll | Full | FullAll);
        let forward = matches!(self, Forward | ForwardAll | Full | FullAll);
        checked
            .iter()
            .all(|old| (!backward || reads_all(old, new)) && (!forward || reads_all(new, old)))
    }
}

/// Whether everything that can be written with one schema can be read with the other.
fn reads_all(writer: &str, reader: &str) -> bool {
    let (Ok(writer), Ok(reader)) = (AvroSchema::parse(writer), AvroSchema::parse(reader)) else {
        return false;
    };
    AvroReader::resolving(&writer, &reader).is_ok_and(|reader| reader.reads_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &str) -> String {
        format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
    }

    #[test]
    fn each_mode_allows_what_it_promises() {
        use Compatibility::{
            Backward, BackwardAll, Disabled, Forward, ForwardAll, Full, FullAll, None,
        };
        let a = record(r#"{"name":"a","type":"int"}"#);
        let a_and_b = record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#);
        let a_and_default =
            record(r#"{"name":"a","type":"int"},{"name":"b","type":"int","default":0}"#);
        let wide = record(r#"{"name":"a","type":"long"}"#);
        let text = record(r#"{"name":"a","type":"string"}"#);
        for (before, new, allowed) in [
            (&[&a][..], &a_and_b, &[None, Forward, ForwardAll][..]),
            (
                &[&a],
                &a_and_default,
                &[
                    None,
                    Backward,
                    BackwardAll,
                    Forward,
                    ForwardAll,
                    Full,
                    FullAll,
                ],
            ),
            (&[&a_and_b], &a, &[None, Backward, BackwardAll]),
            (&[&a], &wide, &[None, Backward, BackwardAll]),
            (&[&a], &text, &[None]),
            (&[&text, &a], &wide, &[None, Backward]),
        ] {
            let before: Vec<&str> = before.iter().map(|text| text.as_str()).collect();
            for mode in [
                None,
                Disabled,
                Backward,
                BackwardAll,
                Forward,
                ForwardAll,
                Full,
                FullAll,
            ] {
                let is_allowed = mode.allows(DataFormat::Avro, &before, new);
                assert_eq!(
                    is_allowed,
                    allowed.contains(&mode),
                    "{mode:?} {before:?} {new}"
                );
                assert!(mode.allows(DataFormat::Avro, &[], new));
            }
        }
    }

    #[test]
    fn symbols_and_branches_that_a_reader_does_not_have_are_not_read() {
        let of = |symbols: &str| format!(r#"{{"type":"enum","name":"E","symbols":[{symbols}]}}"#);
        let (one, two) = (of(r#""A""#), of(r#""A","B""#));
        let mode = Compatibility::Backward;
        assert!(mode.allows(DataFormat::Avro, &[&one], &two));
        assert!(!mode.allows(DataFormat::Avro, &[&two], &one));
        let union = r#"["null","int"]"#;
        assert!(mode.allows(DataFormat::Avro, &[r#""int""#], union));
        assert!(!mode.allows(DataFormat::Avro, &[union], r#""int""#));
    }
}
