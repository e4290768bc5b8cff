//! Reading over JSON text without building anything of it.
//!
//! Events are mostly text that a function never looks at. This reader checks all of it against JSON's grammar
//! (RFC 8259) and hands out the places of the few values that are wanted. It accepts what `serde_json` accepts (a
//! property test holds the two together), takes any depth without recursion, and reads each byte once.

mod equal;
mod members;
mod nesting;
mod scan;
mod seek;
mod specials;
mod value;
pub(crate) mod write;

pub(crate) use value::Value;

use std::borrow::Cow;

use serde::de::{Error, IgnoredAny, Unexpected};

use scan::Scan;

/// Reads values one behind the other.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    /// Always between two tokens.
    scan: Scan<'a>,
}

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// It is not JSON.
    Syntax,
    /// It is JSON, but where `expected` should be is a value that starts with `found`.
    Unexpected { found: u8, expected: &'static str },
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            scan: Scan::new(text.as_bytes()),
        }
    }

    /// Reads one value to its end.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<Value<'a>, Malformed> {
        let start = self.position();
        let is_plain = self.scan.pass_any()?;
        Ok(self.passed(start, is_plain))
    }

    /// Passes a string if `take` accepts what is in it, up to the first quote: content that has neither escapes nor
    /// control characters, so that it need not be looked through for them.
    #[inline]
    pub(crate) fn pass_string_if(&mut self, take: impl FnOnce(&'a str) -> bool) -> bool {
        if self.scan.peek() != Some(b'"') {
            return false;
        }
        let start = self.place() + 1;
        let rest = self.text.get(start..).unwrap_or_default();
        let Some(length) = memchr::memchr(b'"', rest.as_bytes()) else {
            return false;
        };
        let is_taken = rest.get(..length).is_some_and(take);
        if is_taken {
            self.scan.pass_bytes(length + 2);
        }
        is_taken
    }

    /// Reads an object, calling `member` for each key that has something in `keys`; it has to read the key's value.
    /// Anything but an object is read to its end, which gives `false`.
    ///
    /// Objects that list their keys in the order of `keys` are read fastest; that is what keys with `None` are for.
    #[inline]
    pub(crate) fn object<K: Copy>(
        &mut self,
        keys: &[(&str, Option<K>)],
        mut member: impl FnMut(&mut Self, K) -> Result<(), Malformed>,
    ) -> Result<bool, Malformed> {
        if self.scan.peek() != Some(b'{') {
            self.value()?;
            return Ok(false);
        }
        let (mut first, mut expected) = (true, 0);
        while self.next_in(*b"{}", first)? {
            let known = match keys.get(expected) {
                Some((name, _)) if self.scan.pass_known_key(name) => Some(expected),
                _ => {
                    let name = self.key()?;
                    keys.iter().position(|(known, _)| *known == name)
                }
            };
            expected = known.map_or(expected, |index| index + 1);
            match known.and_then(|index| keys.get(index)?.1) {
                Some(key) => member(self, key)?,
                None => drop(self.scan.pass_any()?),
            }
            first = false;
        }
        Ok(true)
    }

    /// Reads an object up to the value of its first member called `name`, which gives `true`, or to its end.
    #[inline]
    pub(crate) fn seek(&mut self, name: &str) -> Result<bool, Malformed> {
        self.scan.pass_members_before(name)
    }

    /// Reads an object that has one member. Behind an error, the reader is anywhere.
    #[inline]
    pub(crate) fn only_member(&mut self) -> Result<(Cow<'a, str>, Value<'a>), Malformed> {
        let not_one = self.unexpected("an object with one member");
        let start = self.position();
        let key = if self.scan.pass_one_letter_key() {
            let letter = self.text.get(start + 2..start + 3);
            Cow::Borrowed(letter.unwrap_or_default())
        } else if self.scan.peek() == Some(b'{') {
            self.next_key(true)?.ok_or(not_one)?
        } else {
            return Err(not_one);
        };
        let value = self.value()?;
        if !self.scan.pass(b'}') {
            return Err(not_one);
        }
        Ok((key, value))
    }

    /// Moves to the value of an object's next member; `None` behind its last. `first` as long as none has come.
    #[inline]
    pub(crate) fn next_key(&mut self, first: bool) -> Result<Option<Cow<'a, str>>, Malformed> {
        if !self.next_in(*b"{}", first)? {
            return Ok(None);
        }
        self.key().map(Some)
    }

    #[inline]
    fn key(&mut self) -> Result<Cow<'a, str>, Malformed> {
        if self.scan.peek() != Some(b'"') {
            return Err(Malformed::Syntax);
        }
        let start = self.scan.place();
        let is_plain = self.scan.pass_string()?;
        let key = self.passed(start, is_plain);
        self.scan.pass_colon()?;
        Ok(key.name())
    }

    /// Reads an array, calling `element` before each; it has to read one value. `false` and nothing read if there
    /// is no array.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<bool, Malformed> {
        if self.scan.peek() != Some(b'[') {
            return Ok(false);
        }
        let mut first = true;
        while self.next_element(first)? {
            element(self)?;
            first = false;
        }
        Ok(true)
    }

    /// Moves to an array's next element; `false` behind its last. `first` as long as none has come.
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, Malformed> {
        self.next_in(*b"[]", first)
    }

    /// The place that has been read to, in bytes from the text's start.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        self.scan.place()
    }

    /// Passes the text at `again` without its last `but` bytes, if it comes next as it stands there. For text that was
    /// read before from the same state: what it says is known, and that it is JSON.
    #[inline]
    pub(crate) fn pass_again(&mut self, again: std::ops::Range<usize>, but: usize) -> bool {
        let here = self.text.get(self.place()..).unwrap_or_default();
        let length = match self.text.get(again) {
            Some(again) if again.len() > but && here.starts_with(again) => again.len() - but,
            _ => 0,
        };
        self.scan.pass_bytes(length);
        length > 0
    }

    /// Whether `range` of the text ends like that.
    pub(crate) fn ends_with(&self, range: std::ops::Range<usize>, end: &str) -> bool {
        self.text.get(range).is_some_and(|text| text.ends_with(end))
    }

    /// The place that has been read to, in bytes from the text's start, behind white space.
    #[inline]
    pub(crate) fn position(&mut self) -> usize {
        self.scan.peek();
        self.scan.place()
    }

    /// The text from where `value` starts to the end of all, for another reader.
    pub(crate) fn text_from(&self, value: Value<'a>) -> &'a str {
        self.text.get(value.start()..).unwrap_or_default()
    }

    /// The error of finding something else than `expected` at this place.
    pub(crate) fn unexpected(&mut self, expected: &'static str) -> Malformed {
        let found = self.scan.peek().unwrap_or_default();
        Malformed::Unexpected { found, expected }
    }

    /// Nothing but white space may be left.
    pub(crate) fn end(mut self) -> Result<(), Malformed> {
        match self.scan.peek() {
            None => Ok(()),
            Some(_) => Err(Malformed::Syntax),
        }
    }

    /// Passes what stands before a member or an element, or the closing bracket behind the last.
    #[inline]
    fn next_in(&mut self, [opening, closing]: [u8; 2], first: bool) -> Result<bool, Malformed> {
        if first && self.scan.pass(opening) {
            return Ok(!self.scan.pass(closing));
        }
        if !first && self.scan.pass(b',') {
            return Ok(true);
        }
        if !first && self.scan.pass(closing) {
            return Ok(false);
        }
        Err(Malformed::Syntax)
    }

    /// The value that has been passed from `start` on.
    #[inline]
    fn passed(&self, start: usize, is_plain: bool) -> Value<'a> {
        let text = self.text.get(start..self.scan.place());
        Value::new(text.unwrap_or_default(), start, is_plain)
    }
}

impl Malformed {
    /// The error of reading `text`: `serde_json` says where it stops to be JSON.
    #[cold]
    pub(crate) fn error(self, text: &str) -> serde_json::Error {
        match self {
            Self::Unexpected { found, expected } => {
                let found = match found {
                    b'{' => Unexpected::Map,
                    b'[' => Unexpected::Seq,
                    b'"' => Unexpected::Other("string"),
                    b'n' => Unexpected::Unit,
                    b't' | b'f' => Unexpected::Other("boolean"),
                    _ => Unexpected::Other("number"),
                };
                serde_json::Error::invalid_type(found, &expected)
            }
            Self::Syntax => serde_json::from_str::<IgnoredAny>(text)
                .err()
                .unwrap_or_else(|| serde_json::Error::custom("not JSON")),
        }
    }
}
