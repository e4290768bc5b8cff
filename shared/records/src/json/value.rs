//! One value: its text and its place.

use std::borrow::Cow;

/// The text of one JSON value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    text: &'a str,
    start: usize,
    /// A string without escapes.
    is_plain: bool,
}

impl<'a> Value<'a> {
    #[inline]
    pub(super) fn new(text: &'a str, start: usize, is_plain: bool) -> Self {
        Self {
            text,
            start,
            is_plain,
        }
    }

    /// The value as it is written, without white space around it.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Where [`Value::text`] starts in what is read, in bytes.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// The name that a key is: what [`Value::string`] gives, or the text itself if its escapes are no characters.
    #[inline]
    pub(crate) fn name(&self) -> Cow<'a, str> {
        self.string().unwrap_or(Cow::Borrowed(self.text))
    }

    pub(crate) fn is_object(&self) -> bool {
        self.text.starts_with('{')
    }

    pub(crate) fn is_array(&self) -> bool {
        self.text.starts_with('[')
    }

    pub(crate) fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// The content of a string, borrowed unless it has escapes; `None` for any other value, and for a string whose
    /// escapes are no characters (half a surrogate pair).
    #[inline]
    pub(crate) fn string(&self) -> Option<Cow<'a, str>> {
        if self.is_plain {
            let content = self.text.get(1..self.text.len() - 1)?;
            return Some(Cow::Borrowed(content));
        }
        if self.text.starts_with('"') {
            return unescaped(self.text).map(Cow::Owned);
        }
        None
    }
}

#[cold]
fn unescaped(quoted: &str) -> Option<String> {
    serde_json::from_str(quoted).ok()
}
