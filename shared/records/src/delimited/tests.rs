use proptest::prelude::*;

use super::*;

fn check(format: &str, line: &[u8], expected: Result<&str, &str>) {
    let delimited: Delimited = format.parse().unwrap();
    assert_eq!(delimited.to_string(), format);
    let mut out = b"before".to_vec();
    let got = delimited
        .read(line, &mut out)
        .map_err(DelimitedError::reason);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("before").unwrap();
    assert_eq!(got.map(|()| text), expected, "{line:?}");
    assert!(got.is_ok() || text.is_empty());
}

#[test]
fn a_line_is_an_object() {
    let two = "csv(a b:number)";
    check(two, b"x,1", Ok(r#"{"a":"x","b":1}"#));
    check(two, b"x, -01.50e5 \n", Ok(r#"{"a":"x","b":-1.50e5}"#));
    check(two, b",\r\n", Ok(r#"{"a":"","b":null}"#));
    check(
        two,
        b"\"x,\"\"y\n\",\"+07\"",
        Ok(r#"{"a":"x,\"y\n","b":7}"#),
    );
    check(two, b"x", Err("column-count"));
    check(two, b"x,1,2", Err("column-count"));
    check(two, b"x,1,\"", Err("open-quote"));
    check(two, b"\"x,1", Err("open-quote"));
    check(two, b"\"x\"y,1", Err("open-quote"));
    check(two, b"x,one", Err("not-a-number"));
    check(two, b"x,1\ny,2", Err("several-lines"));
    check(two, b"\xff,1", Err("not-utf8"));
    check(two, b"", Err("column-count"));
    check("tsv(a b)", b"x,1\ty", Ok(r#"{"a":"x,1","b":"y"}"#));
    check("psv(a)", b"x", Ok(r#"{"a":"x"}"#));
    check("ssv(a)", b"", Ok(r#"{"a":""}"#));
}

#[test]
fn a_description_that_is_none_is_refused() {
    for bad in [
        "",
        "csv",
        "csv()",
        "csv(a",
        "xsv(a)",
        "csv(a a)",
        "csv(a:text)",
        "csv(:number)",
    ] {
        assert_eq!(bad.parse::<Delimited>(), Err(DelimitedFormatError), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_line_gives_json_or_an_error(line in "[ab,\"\n\r0-9.e+-]{0,20}") {
        let mut out = Vec::new();
        let delimited: Delimited = "csv(a b:number)".parse().unwrap();
        if delimited.read(line.as_bytes(), &mut out).is_ok() {
            serde_json::from_slice::<serde::de::IgnoredAny>(&out).unwrap();
        }
    }
}
