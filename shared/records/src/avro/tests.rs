use proptest::prelude::*;

use super::*;

const USER: &str = r#"{"namespace":"example.avro","type":"record","name":"User","fields":[
    {"name":"name","type":"string"},
    {"name":"favorite_number","type":["int","null"]},
    {"name":"favorite_color","type":["string","null"]}]}"#;

fn schema(json: &str) -> AvroSchema {
    AvroSchema::parse(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn read(reader: &AvroReader, datum: &[u8]) -> Result<String, &'static str> {
    let mut out = b"before".to_vec();
    let result = reader.read(datum, 10_000, &mut out);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("before").unwrap();
    match result {
        Ok(()) => {
            serde_json::from_str::<serde::de::IgnoredAny>(text).expect(text);
            Ok(text.to_owned())
        }
        Err(error) => {
            assert_eq!(text, "", "{error}");
            Err(error.reason())
        }
    }
}

/// Checks what a datum reads as.
fn check(written: &str, datum: &[u8], expected: Result<&str, &str>) {
    let reader = AvroReader::new(&schema(written)).unwrap();
    assert_eq!(
        read(&reader, datum),
        expected.map(str::to_owned),
        "{written} {datum:?}"
    );
}

/// Checks that a value is read as it was written.
fn check_there_and_back(of: &str, json: &str) {
    let mut datum = Vec::new();
    schema(of).write(json, &mut datum).unwrap();
    check(of, &datum, Ok(json));
}

/// Checks what a value that was written with one schema reads as with another one.
fn check_resolved(written: &str, wanted: &str, json: &str, expected: Result<&str, &str>) {
    let (written, wanted) = (schema(written), schema(wanted));
    let mut datum = Vec::new();
    written.write(json, &mut datum).unwrap();
    let got = match AvroReader::resolving(&written, &wanted) {
        Ok(reader) => read(&reader, &datum),
        Err(_) => Err("refused"),
    };
    assert_eq!(got, expected.map(str::to_owned), "{written:?} {wanted:?}");
}

#[test]
fn a_record_of_the_registrys_tests_is_read() {
    let sansa = b"\x0asansa\x00\xc6\x01\x00\x06red";
    let text = r#"{"name":"sansa","favorite_number":99,"favorite_color":"red"}"#;
    check(USER, sansa, Ok(text));
    check_there_and_back(USER, text);
    check_there_and_back(
        USER,
        r#"{"name":"","favorite_number":null,"favorite_color":null}"#,
    );
    for length in 0..sansa.len() {
        check(USER, &sansa[..length], Err("truncated"));
    }
    check(
        USER,
        b"\x0asansa\x00\xc6\x01\x00\x06redx",
        Err("trailing-bytes"),
    );
}

#[test]
fn values_keep_their_digits() {
    for (of, json) in [
        (r#""null""#, "null"),
        (r#""boolean""#, "true"),
        (r#"{"type":"boolean"}"#, "false"),
        (r#""int""#, "-2147483648"),
        (r#""long""#, "-9223372036854775808"),
        (r#""long""#, "9223372036854775807"),
        (
            r#"{"type":"long","logicalType":"timestamp-millis"}"#,
            "1700000000000",
        ),
        (r#""float""#, "0.1"),
        (r#""float""#, "3.4028235e38"),
        (r#""double""#, "0.1"),
        (r#""double""#, "5e-324"),
        (r#""double""#, "-0.0"),
        (r#""double""#, r#""NaN""#),
        (r#""double""#, r#""-Infinity""#),
        (r#""float""#, r#""Infinity""#),
        (r#""string""#, r#""a\"\\\n\r\t\u0001é💧""#),
        (r#""bytes""#, r#""/wD+""#),
        (r#"{"type":"fixed","name":"F","size":3}"#, r#""AAEC""#),
        (
            r#"{"type":"fixed","name":"F","size":16,"logicalType":"uuid"}"#,
            r#""b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63""#,
        ),
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":38,"scale":2}"#,
            "-1234567890123456789012345678901234.56",
        ),
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":4}"#,
            "0.0001",
        ),
        (
            r#"{"type":"bytes","logicalType":"decimal","precision":4}"#,
            "-128",
        ),
        (
            r#"{"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":4,"scale":1}"#,
            "-12.8",
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A","B"]}"#,
            r#""B""#,
        ),
        (r#"{"type":"array","items":"int"}"#, "[1,-2,300000]"),
        (r#"{"type":"array","items":"null"}"#, "[]"),
        (
            r#"{"type":"map","values":["null","string"]}"#,
            r#"{"a":null,"b\n":"x"}"#,
        ),
        (r#"{"type":"map","values":"int"}"#, "{}"),
        (r#"{"type":"record","name":"R","fields":[]}"#, "{}"),
        (
            r#"{"type":"record","name":"a.List","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","List"]}]}"#,
            r#"{"v":1,"next":{"v":2,"next":null}}"#,
        ),
    ] {
        check_there_and_back(of, json);
    }
}

#[test]
fn decimals_of_any_length_are_exact() {
    let of = r#"{"type":"bytes","logicalType":"decimal","precision":80,"scale":3}"#;
    check(of, b"\x00", Ok("0.000"));
    // 2^136, -2^135, -1 in 17 bytes.
    let mut datum = vec![36, 1];
    datum.extend([0; 17]);
    check(of, &datum, Ok("87112285931760246646623899502532662132.736"));
    let mut datum = vec![34, 0x80];
    datum.extend([0; 16]);
    check(
        of,
        &datum,
        Ok("-43556142965880123323311949751266331066.368"),
    );
    let mut datum = vec![34];
    datum.extend([0xff; 17]);
    check(of, &datum, Ok("-0.001"));
    let mut datum = vec![0x82, 2];
    datum.extend([0xff; 129]);
    check(of, &datum, Err("out-of-range"));
    let far = r#"{"type":"bytes","logicalType":"decimal","precision":900,"scale":900}"#;
    check(far, b"\x02\x07", Ok("7e-900"));
}

#[test]
fn a_datum_that_is_none_has_a_reason() {
    check(r#""boolean""#, b"\x02", Err("out-of-range"));
    check(r#""int""#, b"\x80\x80\x80\x80\x10", Err("out-of-range"));
    check(r#""long""#, &[0xff; 11], Err("out-of-range"));
    check(r#""string""#, b"\x01", Err("out-of-range"));
    check(r#""string""#, b"\x02\xff", Err("not-utf8"));
    check(r#"["null"]"#, b"\x02", Err("no-such-branch"));
    check("[]", b"\x00", Err("no-such-branch"));
    check(
        r#"{"type":"enum","name":"E","symbols":["A"]}"#,
        b"\x01",
        Err("no-such-branch"),
    );
    let list =
        r#"{"type":"record","name":"List","fields":[{"name":"next","type":["null","List"]}]}"#;
    check(list, &[2; 1_000], Err("too-deep"));
    let endless = r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#;
    check(endless, b"", Err("too-deep"));
}

#[test]
fn values_without_bytes_do_not_run_forever() {
    let many = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let array = r#"{"type":"array","items":"null"}"#;
    check(array, many, Err("too-large"));
    let field =
        format!(r#"{{"type":"record","name":"R","fields":[{{"name":"a","type":{array}}}]}}"#);
    let reader = AvroReader::resolving(
        &schema(&field),
        &schema(r#"{"type":"record","name":"R","fields":[]}"#),
    );
    assert_eq!(read(&reader.unwrap(), many), Err("too-large"));
    let long = format!(
        r#"{{"type":"enum","name":"E","symbols":["{}"]}}"#,
        "A".repeat(9_000)
    );
    let many = format!(r#"{{"type":"array","items":{long}}}"#);
    check(&many, b"\x04\x00\x00\x00", Err("too-large"));
}

#[test]
fn blocks_may_tell_their_length() {
    let of = r#"{"type":"array","items":"int"}"#;
    check(of, b"\x01\x02\x02\x03\x04\x04\x06\x00", Ok("[1,2,3]"));
}

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

#[test]
fn a_schema_that_is_none_is_refused() {
    for bad in [
        "",
        "{}",
        "5",
        r#""no""#,
        r#"{"type":"no"}"#,
        r#"{"type":"record","name":"R"}"#,
        r#"{"type":"record","fields":[]}"#,
        r#"{"type":"fixed","name":"F","size":-1}"#,
        r#"{"type":"enum","name":"E"}"#,
        r#"{"type":"array"}"#,
        r#"{"type":"map"}"#,
        r#"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":2}]"#,
        &"[".repeat(100_000),
        &format!("{}\"int\"{}", "[".repeat(100), "]".repeat(100)),
        &format!("\"{}\"", "x".repeat(700_000)),
    ] {
        let error = AvroSchema::parse(bad).unwrap_err().to_string();
        assert!(
            error.starts_with("the Avro schema ") && error.len() < 300,
            "{error}"
        );
    }
}

#[test]
fn a_chain_of_types_may_be_long() {
    let mut fields = vec![r#"{"type":"record","name":"R0","fields":[]}"#.to_owned()];
    for index in 1..2_000 {
        let inner = index - 1;
        fields.push(format!(
            r#"{{"type":"record","name":"R{index}","fields":[{{"name":"f","type":"R{inner}"}}]}}"#
        ));
    }
    let of = format!("[{}]", fields.join(","));
    check(&of, b"\x06", Ok(r#"{"f":{"f":{"f":{}}}}"#));
    check(&of, b"\xfe\x07", Err("too-deep"));
}

fn any_schema() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(r#""null""#),
        Just(r#""boolean""#),
        Just(r#""int""#),
        Just(r#""long""#),
        Just(r#""float""#),
        Just(r#""double""#),
        Just(r#""bytes""#),
        Just(r#""string""#),
        Just(r#"{"type":"bytes","logicalType":"decimal","scale":2}"#),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|items| format!(r#"{{"type":"array","items":{items}}}"#)),
            inner
                .clone()
                .prop_map(|values| format!(r#"{{"type":"map","values":{values}}}"#)),
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[{}]", all.join(","))),
            (proptest::collection::vec(inner, 0..4), any::<u64>()).prop_map(|(all, name)| {
                let field = |(index, of)| format!(r#"{{"name":"f{index}","type":{of}}}"#);
                let fields: Vec<_> = all.iter().enumerate().map(field).collect();
                format!(
                    r#"{{"type":"record","name":"R{name}","fields":[{}]}}"#,
                    fields.join(",")
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_give_json_or_an_error(
        written in any_schema(), wanted in any_schema(), bytes in proptest::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..60)
    ) {
        let (written, wanted) = (schema(&written), schema(&wanted));
        let _ = read(&AvroReader::new(&written).unwrap(), &bytes);
        if let Ok(reader) = AvroReader::resolving(&written, &wanted) {
            let _ = read(&reader, &bytes);
        }
    }

    #[test]
    fn what_is_read_can_be_written_and_read_again(
        written in any_schema(), bytes in proptest::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..60)
    ) {
        let schema = schema(&written);
        let reader = AvroReader::new(&schema).unwrap();
        // Members that come twice are two members to a reader, but one value to a writer; so are strings for bytes.
        if let Ok(text) = read(&reader, &bytes)
            && !written.contains("map")
            && !written.contains('[')
        {
            let mut datum = Vec::new();
            schema.write(&text, &mut datum).unwrap();
            prop_assert_eq!(read(&reader, &datum).unwrap(), text);
        }
    }

    #[test]
    fn integers_are_written_in_full(value in prop_oneof![any::<i64>(), -100_i64..100]) {
        let mut out = Vec::new();
        crate::json::write::push_integer(&mut out, value);
        prop_assert_eq!(out, value.to_string().into_bytes());
    }

    #[test]
    fn strings_are_escaped_as_json_wants(text in "\\PC{0,20}[\u{0}-\u{40}\"\\\\]{0,20}") {
        prop_assert_eq!(serde_json::from_str::<String>(&crate::json::write::quoted(&text)).unwrap(), text);
    }
}
