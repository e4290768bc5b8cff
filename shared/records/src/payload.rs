//! The bytes of a record to a typed JSON payload.

mod members;

pub use members::{JsonText, MemberError, Members, members_from_json};

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny};
use serde_json::error::Category;

/// Deepest nesting of arrays and objects that is read. Flat records need 1 or 2; the cap bounds the stack and
/// the time that hostile input can take.
pub const MAX_DEPTH: usize = 64;

/// Why the bytes of a record are not the payload that was expected. Always poison.
///
/// The text of an error may quote the payload: it belongs into the quarantine, not into a log.
///
/// ```
/// use records::payload::object_from_json;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Reading { sensor_id: String }
///
/// let error = object_from_json::<Reading>(br#"{"sensor_id":7}"#).unwrap_err();
/// assert_eq!(error.reason(), "wrong-shape");
/// assert_eq!(object_from_json::<Reading>(b"\xff").unwrap_err().to_string(), "not UTF-8 from byte 0 on");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// The bytes are not UTF-8 from this offset on.
    #[error("not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The text is not JSON.
    #[error("{0}")]
    NotJson(serde_json::Error),
    /// JSON, but not of the type that was expected.
    #[error("{0}")]
    WrongShape(serde_json::Error),
}

impl PayloadError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotUtf8(_) => "not-utf8",
            Self::TooDeep => "too-deep",
            Self::NotJson(_) => "not-json",
            Self::WrongShape(_) => "wrong-shape",
        }
    }
}

/// Reads one JSON object as a `T`, which may borrow from `bytes`; white space around it is allowed.
pub fn object_from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, PayloadError> {
    object_from_json_with(bytes, PhantomData)
}

/// Reads one JSON object with `seed`, for payloads whose fields are known at run time only.
pub fn object_from_json_with<'a, S: DeserializeSeed<'a>>(
    bytes: &'a [u8],
    seed: S,
) -> Result<S::Value, PayloadError> {
    let text = checked_text(bytes)?;
    if !text.trim_ascii_start().starts_with('{') {
        // Derived types would take an array for an object, field by field.
        serde_json::from_str::<IgnoredAny>(text).map_err(classify)?;
        return Err(PayloadError::WrongShape(not_an_object()));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer).map_err(classify)?;
    deserializer.end().map_err(classify)?;
    Ok(value)
}

/// The error of JSON that is anything but an object.
#[cold]
pub(crate) fn not_an_object() -> serde_json::Error {
    serde_json::Error::custom("expected a JSON object")
}

/// The text of a payload that does not nest too deep.
fn checked_text(bytes: &[u8]) -> Result<&str, PayloadError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| PayloadError::NotUtf8(error.valid_up_to()))?;
    if deeper_than(text, MAX_DEPTH) {
        return Err(PayloadError::TooDeep);
    }
    Ok(text)
}

fn classify(error: serde_json::Error) -> PayloadError {
    match error.classify() {
        Category::Data => PayloadError::WrongShape(error),
        Category::Syntax | Category::Eof | Category::Io => PayloadError::NotJson(error),
    }
}

/// Whether arrays and objects nest deeper than `limit`. Text that is not JSON may give either answer.
fn deeper_than(text: &str, limit: usize) -> bool {
    /// Bytes whose count fits a byte: so counted, 16 and more at a time are.
    const BLOCK: usize = 128;
    // Both brackets differ in the one bit that is set here.
    let is_opening = |byte: &u8| u8::from(byte | 0x20 == b'{');
    let count = |block: &[u8]| usize::from(block.iter().map(is_opening).sum::<u8>());
    // The common case in one plain pass: too few brackets to nest that deep.
    if text.as_bytes().chunks(BLOCK).map(count).sum::<usize>() <= limit {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Named<'a> {
        name: &'a str,
    }

    fn check(bytes: &[u8], expected: Result<&str, &str>) {
        let got = object_from_json::<Named<'_>>(bytes);
        assert_eq!(
            got.as_ref()
                .map(|named| named.name)
                .map_err(PayloadError::reason),
            expected
        );
    }

    #[test]
    fn each_way_to_be_wrong_has_its_own_reason() {
        check(br#"{"name":"a","more":[1,{"b":2}]}"#, Ok("a"));
        check(b" {\"name\":\"a\"}\r\n", Ok("a"));
        check(b"{\"name\":\"\xff\"}", Err("not-utf8"));
        check(b"", Err("not-json"));
        check(&b" ".repeat(1 << 20), Err("not-json"));
        check(b"{\"name\":\"a\"", Err("not-json"));
        check(b"{\"name\":\"a\"} x", Err("not-json"));
        check(b"[\"a\"]", Err("wrong-shape"));
        check(b"null", Err("wrong-shape"));
        check(b"[\"a\"", Err("not-json"));
        check(b"{\"name\":5}", Err("wrong-shape"));
        check(b"\"name\"", Err("wrong-shape"));
        check(
            &[b"[".repeat(10_000), b"]".repeat(10_000)].concat(),
            Err("too-deep"),
        );
        let buried = [
            br#"{"name":"a","x":"#.to_vec(),
            b"[".repeat(10_000),
            b"]".repeat(10_000),
            b"}".to_vec(),
        ];
        check(&buried.concat(), Err("too-deep"));
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        let text = format!(r#"{{"name":"{}","quote":"\"[{{"}}"#, "[{".repeat(500));
        check(text.as_bytes(), Ok(&"[{".repeat(500)));
    }

    #[test]
    fn depth_counts_open_brackets_only() {
        let flat = format!("[{}]", vec!["[]"; 1_000].join(","));
        assert!(!deeper_than(&flat, 2));
        assert!(deeper_than(&flat, 1));
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_payload_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = object_from_json::<Value>(&bytes);
        }
    }
}
