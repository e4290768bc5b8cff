//! Whether a definition is one, and when two are the same.

use records::avro::AvroSchema;
use records::glue::{DataFormat, Schema};
use serde_json::Value;

/// Most characters of a definition (Glue API reference, `CreateSchema`).
pub(crate) const MOST_CHARACTERS: usize = 170_000;

/// Why a definition is none of its format.
pub(crate) fn check(format: DataFormat, definition: &str) -> Result<(), String> {
    if definition.is_empty() || definition.chars().count() > MOST_CHARACTERS {
        return Err(format!("expected 1 to {MOST_CHARACTERS} characters"));
    }
    match format {
        DataFormat::Json => serde_json::from_str::<Value>(definition)
            .map(drop)
            .map_err(|error| format!("not JSON: {error}")),
        // A decimal of more digits than it can have is taken by the reader of schemas, as Avro wants it.
        DataFormat::Avro => AvroSchema::parse(definition)
            .map(drop)
            .map_err(|error| error.to_string()),
        DataFormat::Protobuf => Schema::new(format, definition, None)
            .map(drop)
            .map_err(|error| error.to_string()),
    }
}

/// What is the same for definitions that differ in white space and in the order of members only.
pub(crate) fn canonical(format: DataFormat, definition: &str) -> String {
    let of_words = || definition.split_whitespace().collect::<Vec<_>>().join(" ");
    match format {
        DataFormat::Protobuf => of_words(),
        DataFormat::Avro | DataFormat::Json => {
            // Members of an object are sorted by their names on the way.
            let value: Result<Value, _> = serde_json::from_str(definition);
            value.map_or_else(|_| of_words(), |value| value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_checked_by_their_format() {
        for (format, definition, is_valid) in [
            (DataFormat::Avro, r#""string""#, true),
            (DataFormat::Avro, r#"{"type":"record"}"#, false),
            (DataFormat::Avro, "", false),
            (DataFormat::Json, r#"{"type":"object"}"#, true),
            (DataFormat::Json, "{", false),
            (
                DataFormat::Protobuf,
                r#"syntax = "proto3"; message A { int32 a = 1; }"#,
                true,
            ),
            (DataFormat::Protobuf, "message {", false),
        ] {
            assert_eq!(check(format, definition).is_ok(), is_valid, "{definition}");
        }
        let long = format!(r#"{{"type":"string","doc":"{}"}}"#, "x".repeat(170_000));
        assert!(check(DataFormat::Avro, &long).is_err());
    }

    #[test]
    fn white_space_and_the_order_of_members_do_not_matter() {
        let same = |format, one, other| canonical(format, one) == canonical(format, other);
        let (one, other) = (
            r#"{"type": "map", "values": "int"}"#,
            r#"{"values":"int","type":"map"}"#,
        );
        assert!(same(DataFormat::Avro, one, other));
        assert!(!same(
            DataFormat::Avro,
            one,
            r#"{"type":"map","values":"long"}"#
        ));
        assert!(same(
            DataFormat::Protobuf,
            "message A {\n}",
            "message A { }"
        ));
    }
}
