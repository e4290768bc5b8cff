//! A payload as JSON shows it.

use serde::Serialize;
use serde_json::value::RawValue;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

/// A payload: JSON if it is, else text if it is UTF-8, else base64.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Payload<'a> {
    Json(Box<RawValue>),
    Text(&'a str),
    Base64(#[serde(serialize_with = "base64")] &'a [u8]),
}

impl<'a> Payload<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let Ok(text) = std::str::from_utf8(data) else {
            return Self::Base64(data);
        };
        json(text).map_or(Self::Text(text), Self::Json)
    }
}

/// The JSON on one line, in its own spelling: no number is read.
fn json(text: &str) -> Option<Box<RawValue>> {
    let value: &RawValue = serde_json::from_str(text).ok()?;
    RawValue::from_string(compact(value.get())).ok()
}

/// Without the white space between the tokens of `json`, which must be valid.
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut is_in_string, mut is_escaped) = (false, false);
    for part in json.split_inclusive([' ', '\t', '\n', '\r']) {
        for byte in part.bytes() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_in_string = !is_in_string,
                _ => {}
            }
        }
        // A string has no white space but the space, others are escaped.
        let part = if is_in_string {
            part
        } else {
            part.trim_ascii_end()
        };
        out.push_str(part);
    }
    out
}

fn base64<S: serde::Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn shown(data: &[u8]) -> String {
        serde_json::to_string(&Payload::new(data)).unwrap()
    }

    #[test]
    fn a_payload_is_shown_as_what_it_is() {
        for (data, expected) in [
            (&b"{}"[..], r#"{"json":{}}"#),
            (
                b" {\n\t\"a\" : 1.50,\r\n \"b\": [ 1E+2 , 123456789012345678901234567890.10 ] }\n",
                r#"{"json":{"a":1.50,"b":[1E+2,123456789012345678901234567890.10]}}"#,
            ),
            (
                br#"{ "a b": "c \" d \\", "e" : " " }"#,
                r#"{"json":{"a b":"c \" d \\","e":" "}}"#,
            ),
            (br#"{"a":1,"a":1.0}"#, r#"{"json":{"a":1,"a":1.0}}"#),
            (b"-0.0", r#"{"json":-0.0}"#),
            (b"null", r#"{"json":null}"#),
            (b"", r#"{"text":""}"#),
            (b"RECORD 22\n", r#"{"text":"RECORD 22\n"}"#),
            (b"{} {}", r#"{"text":"{} {}"}"#),
            (b"{\"a\":\"\n\"}", r#"{"text":"{\"a\":\"\n\"}"}"#),
            ("{\"ü\":\"ß\"}".as_bytes(), "{\"json\":{\"ü\":\"ß\"}}"),
            (b"\xf3\x89\x9a\xc2", r#"{"base64":"84mawg=="}"#),
        ] {
            assert_eq!(shown(data), expected);
        }
    }

    #[test]
    fn deep_json_is_shown() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(shown(deep.as_bytes()), format!("{{\"json\":{deep}}}"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|number| json!(number)),
            "[ \\\\\"\n\t,:a-c{}ü]{0,8}".prop_map(|text| json!(text)),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec(("[ \\\\\"a-c]{0,3}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn pretty_json_becomes_one_line_of_the_same(value in any_json()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(compact(&pretty), value.to_string());
        }
    }
}
