mod any;
mod resolution;

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
