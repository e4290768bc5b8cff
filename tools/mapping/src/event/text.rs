//! JSON text, piece by piece.

use std::fmt::Write as _;

use serde_json::Value;

/// Appends a string, quoted and escaped.
pub(super) fn push_string(json: &mut String, text: &str) {
    push_value(json, &Value::from(text));
}

/// Appends any value. Unlike `serde_json::to_string`, the `Display` of a value has no error to deal with.
pub(super) fn push_value(json: &mut String, value: &Value) {
    let _ = write!(json, "{value}");
}
