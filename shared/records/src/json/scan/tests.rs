//! What the reader takes for JSON, and that this is what `serde_json` takes for it.

use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::*;

fn check(text: &str) {
    let mut scan = Scan::new(text.as_bytes());
    let is_accepted = scan.pass_value().is_ok() && scan.peek().is_none();
    let expected = serde_json::from_str::<IgnoredAny>(text).is_ok();
    assert_eq!(is_accepted, expected, "{text:?}");
}

#[test]
fn what_is_json_is_decided_as_serde_json_does() {
    for text in [
        "",
        " ",
        "null",
        "nul",
        "nullx",
        "true",
        "false",
        "truefalse",
        "0",
        "-0",
        "-",
        "01",
        "1.",
        "1.5",
        ".5",
        "1e5",
        "1E+5",
        "1e-05",
        "1e",
        "1e+",
        "1e999",
        "+1",
        "0x1",
        "NaN",
        "\"\"",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\\"\"",
        "\"\\u00e4\"",
        "\"\\ud800\"",
        "\"\\u00e\"",
        "\"\\u00g0\"",
        "\"\\x\"",
        "\"\\",
        "\"\u{1}\"",
        "\"\u{7f}\"",
        "\"ä€𝄞\"",
        "[]",
        "[ ]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\":1,}",
        "{\"a\" : 1 , \"b\":[]}",
        "{\"a\"}",
        "{a:1}",
        "{1:1}",
        "{\"a\",1}",
        "{\"a\":}",
        "{]",
        "[[],{}]",
        "1 1",
        " \r\n\t1 ",
        "\u{a0}1",
        "\u{feff}1",
        "\u{c}1",
        "\"12345678\u{1f}\"",
        "\"1234567\\n\"",
        "{\"\\u0061\":\"\\\\\"}",
        "]",
        "}",
        ",",
        ":",
    ] {
        check(text);
    }
    for depth in [1, 63, 64, 65, 127, 128, 129, 100_000] {
        check(&["[".repeat(depth), "]".repeat(depth)].concat());
        check(&["{\"a\":[".repeat(depth), "]}".repeat(depth)].concat());
        check(&["{\"a\":[".repeat(depth), "}]".repeat(depth)].concat());
        check(&"[".repeat(depth));
    }
}

proptest! {
    #[test]
    fn any_text_is_decided_as_serde_json_does(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn texts_that_are_nearly_json_too(tokens in proptest::collection::vec(
        prop_oneof![
            Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\"a\""), Just("\"a\":"), Just("{\"S\":"),
            Just("1"), Just("-"), Just(".5"), Just("e3"), Just("true"), Just("null"), Just(" "), Just("\""),
            Just("\\"), Just("\\n"), Just("\\u12aF"), Just("\n"), Just("0"), Just("äöü€"), Just("\u{1}"),
        ], 0..12)
    ) {
        check(&tokens.concat());
    }

    #[test]
    fn strings_of_any_length_end_where_they_end(
        lengths in proptest::collection::vec((0_usize..150, any::<bool>()), 1..8),
    ) {
        let strings = lengths.iter().map(|(length, escape)| {
            format!("\"{}{}\"", "x".repeat(*length), if *escape { "\\\"" } else { "" })
        });
        check(&format!("[{}]", strings.collect::<Vec<_>>().join(",")));
    }
}
