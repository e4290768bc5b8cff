//! What is no change of a database, and the reason that is given.

use records::cdc::{CdcFormat, CdcRecord, ControlKind};

fn check(format: &CdcFormat, bytes: &[u8], reason: &str, message: &str) {
    let error = format.read(bytes).unwrap_err();
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(error.reason(), reason, "{text}: {error}");
    assert!(error.to_string().contains(message), "{text}: {error}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn dms_records_that_cannot_be_read_have_a_reason() {
    let long = "x".repeat(1_000);
    let metadata = r#""metadata":{"record-type":"data","operation":"insert","schema-name":"s","table-name":"t"}"#;
    let with = |from: &str, to: &str| {
        format!(r#"{{"data":{{"a":1}},{}}}"#, metadata.replacen(from, to, 1))
    };
    for (record, reason, message) in [
        (String::new(), "not-json", "EOF"),
        ("{".into(), "not-json", "EOF"),
        ("null".into(), "wrong-shape", "expected a JSON object"),
        ("[]".into(), "wrong-shape", "expected a JSON object"),
        (
            format!("{} x", with("", "")),
            "not-json",
            "trailing characters",
        ),
        (with("", "").repeat(2), "not-json", "trailing characters"),
        ("{}".into(), "missing-field", "`metadata`"),
        // What the user guide shows without an envelope.
        (
            r#"{"FirstName":"Ada","Age":"36"}"#.into(),
            "missing-field",
            "`metadata`",
        ),
        (
            r#"{"metadata":null}"#.into(),
            "wrong-shape",
            "`metadata` is not an object",
        ),
        (
            r#"{"metadata":[]}"#.into(),
            "wrong-shape",
            "`metadata` is not an object",
        ),
        (
            r#"{"metadata":{}}"#.into(),
            "missing-field",
            "`metadata.record-type`",
        ),
        (
            with("record-type", "kind"),
            "missing-field",
            "`metadata.record-type`",
        ),
        (
            with("\"data\"", "\"date\""),
            "unknown-record-type",
            "`date`",
        ),
        (
            with("\"data\"", "5"),
            "wrong-shape",
            "`metadata.record-type` is not a string",
        ),
        (
            with("operation", "op"),
            "missing-field",
            "`metadata.operation`",
        ),
        (with("insert", "merge"), "unknown-operation", "`merge`"),
        (with("insert", "Insert"), "unknown-operation", "`Insert`"),
        (
            with("\"insert\"", "null"),
            "missing-field",
            "`metadata.operation`",
        ),
        (
            with("schema-name", "schema"),
            "missing-field",
            "`metadata.schema-name`",
        ),
        (
            with("table-name", "table"),
            "missing-field",
            "`metadata.table-name`",
        ),
        (
            with("\"t\"", "7"),
            "wrong-shape",
            "`metadata.table-name` is not a string",
        ),
        (with("insert", &long), "unknown-operation", "xxx"),
        (format!("{{{metadata}}}"), "missing-field", "`data`"),
        (
            format!(r#"{{"data":null,{metadata}}}"#),
            "wrong-shape",
            "`data` is not an object",
        ),
        (
            format!(r#"{{"data":[1],{metadata}}}"#),
            "wrong-shape",
            "`data` is not an object",
        ),
        (
            format!(r#"{{"data":{{}},"data":{{}},{metadata}}}"#),
            "duplicate-field",
            "`data`",
        ),
        (
            format!(r#"{{"data":{{}},{metadata},{metadata}}}"#),
            "duplicate-field",
            "`metadata`",
        ),
        (
            with("{", r#"{"operation":"delete","#),
            "duplicate-field",
            "`operation`",
        ),
        (
            format!(r#"{{"data":{{"a":1,"b":2,"a":1}},{metadata}}}"#),
            "duplicate-field",
            "`a`",
        ),
        (
            format!(r#"{{"data":{{"a":1,"\u0061":1}},{metadata}}}"#),
            "duplicate-field",
            "`a`",
        ),
        (
            format!(r#"{{"data":{{"_doc":{{"a":1,"a":1}}}},{metadata}}}"#),
            "duplicate-field",
            "`a`",
        ),
        (
            format!(r#"{{"data":{{}},"before-image":5,{metadata}}}"#),
            "wrong-shape",
            "`before-image`",
        ),
        (
            format!(r#"{{"data":{{}},"before-image":{{"a":1,"a":2}},{metadata}}}"#),
            "duplicate-field",
            "`a`",
        ),
    ] {
        check(&CdcFormat::default(), record.as_bytes(), reason, message);
        let error = CdcFormat::default().read(record.as_bytes()).unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
    }
    check(&CdcFormat::default(), b"{\"\xff\":1}", "not-utf8", "byte 2");
}

#[test]
fn debezium_records_that_cannot_be_read_have_a_reason() {
    let source = r#""source":{"db":"d","table":"t"}"#;
    for (record, reason, message) in [
        ("{".into(), "not-json", "EOF"),
        ("[]".into(), "wrong-shape", "expected a JSON object"),
        ("\n".into(), "not-json", "EOF"),
        ("{}".into(), "missing-field", "`op`"),
        (
            r#"{"id":6,"email":"flattened"}"#.into(),
            "missing-field",
            "`op`",
        ),
        (r#"{"op":"c"}"#.into(), "missing-field", "`source`"),
        (r#"{"op":5}"#.into(), "wrong-shape", "`op` is not a string"),
        (
            r#"{"op":"c","source":5}"#.into(),
            "wrong-shape",
            "`source` is not an object",
        ),
        (
            r#"{"op":"c","source":{}}"#.into(),
            "missing-field",
            "`source.db`",
        ),
        (
            r#"{"op":"c","source":{"db":"d"}}"#.into(),
            "missing-field",
            "`source.table`",
        ),
        (
            r#"{"payload":5}"#.into(),
            "wrong-shape",
            "`payload` is not an object",
        ),
        (
            r#"{"payload":{"payload":{}}}"#.into(),
            "missing-field",
            "`op`",
        ),
        (
            format!(r#"{{"op":"x",{source}}}"#),
            "unknown-operation",
            "`x`",
        ),
        (
            format!(r#"{{"op":"c",{source}}}"#),
            "missing-field",
            "`after`",
        ),
        (
            format!(r#"{{"op":"u","after":null,{source}}}"#),
            "missing-field",
            "`after`",
        ),
        (
            format!(r#"{{"op":"d","before":null,{source}}}"#),
            "missing-field",
            "`before`",
        ),
        (
            format!(r#"{{"op":"c","after":[],{source}}}"#),
            "wrong-shape",
            "`after` is not an object",
        ),
        (
            format!(r#"{{"op":"c","op":"d","after":{{}},{source}}}"#),
            "duplicate-field",
            "`op`",
        ),
        (
            format!(r#"{{"op":"c","after":{{"a":1,"a":1}},{source}}}"#),
            "duplicate-field",
            "`a`",
        ),
        (
            r#"{"op":"c","after":{},"source":{"db":"d","db":"d","table":"t"}}"#.into(),
            "duplicate-field",
            "`db`",
        ),
    ] {
        let record: String = record;
        check(&CdcFormat::Debezium, record.as_bytes(), reason, message);
    }
}

#[test]
fn duplicates_are_found_among_any_number_of_columns() {
    let metadata = r#""metadata":{"record-type":"data","operation":"insert","schema-name":"s","table-name":"t"}"#;
    for count in [2, 16, 63, 64, 65, 20_000] {
        let columns: Vec<_> = (0..count)
            .map(|index| format!(r#""c{index}":{index}"#))
            .collect();
        let columns = columns.join(",");
        let record = format!(r#"{{"data":{{{columns}}},{metadata}}}"#);
        let Ok(CdcRecord::Row(change)) = CdcFormat::default().read(record.as_bytes()) else {
            panic!("{count} columns")
        };
        assert_eq!(change.row.columns().len(), count);
        let record = format!(r#"{{"data":{{{columns},"c1":0}},{metadata}}}"#);
        check(
            &CdcFormat::default(),
            record.as_bytes(),
            "duplicate-field",
            "`c1`",
        );
    }
}

#[test]
fn any_depth_is_read_or_refused_without_a_deep_stack() {
    let deep = ["[".repeat(200_000), "]".repeat(200_000)].concat();
    let metadata = r#""metadata":{"record-type":"data","operation":"insert","schema-name":"s","table-name":"t"}"#;
    let record = format!(r#"{{"data":{{"a":{deep}}},{metadata}}}"#);
    assert!(CdcFormat::default().read(record.as_bytes()).is_ok());
    assert!(CdcFormat::default().read(deep.as_bytes()).is_err());
    assert!(CdcFormat::Debezium.read(&deep.as_bytes()[1..]).is_err());
}

#[test]
fn messages_in_a_log_are_control_records() {
    let record = br#"{"op":"m","source":{"db":"d"},"message":{"prefix":"p"}}"#;
    let Ok(CdcRecord::Control(control)) = CdcFormat::Debezium.read(record) else {
        panic!("a control record")
    };
    assert_eq!(control.kind, ControlKind::Other);
}
