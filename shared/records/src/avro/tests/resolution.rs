//! Datums read as those of another schema.

use super::check_resolved;

#[test]
fn a_reader_sees_its_own_fields() {
    let written = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":{"type":"array","items":"string"}},{"name":"c","type":"int"}]}"#;
    let wanted = r#"{"type":"record","name":"other.R","fields":[
        {"name":"z","aliases":["c"],"type":"double"},
        {"name":"a","type":["null","long"]},
        {"name":"d","type":["null","string"],"default":null},
        {"name":"e","type":{"type":"record","name":"E","fields":[{"name":"x","type":"int","default":7},{"name":"y","type":"bytes","default":"\u00ff"}]},"default":{"x":1}},
        {"name":"f","type":{"type":"map","values":{"type":"array","items":"int"}},"default":{"k": [1, 2]}}]}"#;
    check_resolved(
        written,
        wanted,
        r#"{"a":1,"b":["x","y"],"c":3}"#,
        Ok(r#"{"a":1,"z":3,"d":null,"e":{"x":1,"y":"/w=="},"f":{"k":[1,2]}}"#),
    );
    let strict = r#"{"type":"record","name":"R","fields":[{"name":"new","type":"int"}]}"#;
    check_resolved(written, strict, r#"{"a":1,"b":[],"c":3}"#, Err("refused"));
    let renamed = r#"{"type":"record","name":"S","fields":[]}"#;
    check_resolved(written, renamed, r#"{"a":1,"b":[],"c":3}"#, Err("refused"));
    let alias = r#"{"type":"record","name":"S","aliases":["R"],"fields":[]}"#;
    check_resolved(written, alias, r#"{"a":1,"b":[],"c":3}"#, Ok("{}"));
}

#[test]
fn types_are_promoted_and_branches_chosen() {
    for (written, wanted, json, expected) in [
        (r#""int""#, r#""long""#, "5", Ok("5")),
        (r#""int""#, r#""double""#, "5", Ok("5")),
        (r#""long""#, r#""int""#, "5", Err("refused")),
        (r#""float""#, r#""double""#, "0.1", Ok("0.1")),
        (r#""string""#, r#""bytes""#, r#""abc""#, Ok(r#""YWJj""#)),
        (r#""bytes""#, r#""string""#, r#""YWJj""#, Ok(r#""abc""#)),
        (r#""int""#, r#"["string","double","int"]"#, "5", Ok("5")),
        (r#""int""#, r#"["string","null"]"#, "5", Err("refused")),
        (r#"["int","string"]"#, r#""string""#, r#""a""#, Ok(r#""a""#)),
        (
            r#"["int","string"]"#,
            r#""string""#,
            "5",
            Err("schema-mismatch"),
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A","B"]}"#,
            r#"{"type":"enum","name":"E","symbols":["X","B"],"default":"X"}"#,
            r#""A""#,
            Ok(r#""X""#),
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A","B"]}"#,
            r#"{"type":"enum","name":"E","symbols":["B"]}"#,
            r#""A""#,
            Err("schema-mismatch"),
        ),
        (
            r#"{"type":"fixed","name":"F","size":2}"#,
            r#"{"type":"fixed","name":"F","size":3}"#,
            r#""AAE=""#,
            Err("refused"),
        ),
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#,
            r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}"#,
            "1.00",
            Err("refused"),
        ),
        (
            r#"{"type":"map","values":"int"}"#,
            r#"{"type":"map","values":"long"}"#,
            r#"{"a":1}"#,
            Ok(r#"{"a":1}"#),
        ),
    ] {
        check_resolved(written, wanted, json, expected);
    }
}
