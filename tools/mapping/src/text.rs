//! Values in messages.

/// Most characters of a value that a message repeats.
const LONGEST: usize = 80;

/// A value for a message: JSON on one line, cut where it is long.
pub(crate) fn shown(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_one_line_and_no_more_than_the_limit() {
        assert_eq!(shown(&"a\nb"), r#""a\nb""#);
        assert_eq!(shown(&"é".repeat(79)), format!("\"{}...", "é".repeat(79)));
    }
}
