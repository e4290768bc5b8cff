//! A payload read member by member: for the few fields that are wanted, without building a type of them all.

use std::borrow::Cow;

use serde::de::{Error as _, IgnoredAny};

use super::{PayloadError, checked_text, classify};
use crate::json::{Malformed, Reader, Value};

/// The members of a JSON object, one behind the other.
///
/// ```
/// let mut id = None;
/// let read = records::payload::members_from_json(br#"{"Item":{"ID":"a"}}"#, &[("Item", Some(()))], |members, ()| {
///     members.object(&[("ID", Some(()))], |members, ()| {
///         id = members.value()?.string();
///         Ok(())
///     })
/// });
/// assert!(read.is_ok() && id.as_deref() == Some("a"));
/// ```
#[derive(Debug)]
pub struct Members<'r, 'a>(&'r mut Reader<'a>);

/// A JSON value as it is written.
///
/// ```
/// let mut text = None;
/// records::payload::members_from_json(br#"{"price":"4.20"}"#, &[("price", Some(()))], |members, ()| {
///     text = Some(members.value()?);
///     Ok(())
/// })?;
/// let text = text.ok_or("no price")?;
/// assert_eq!((text.as_str(), text.string().as_deref()), (r#""4.20""#, Some("4.20")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JsonText<'a>(Value<'a>);

/// Why members cannot be read.
///
/// ```
/// use records::payload::{MemberError, members_from_json};
///
/// let error = members_from_json(br#"{"id":7}"#, &[("id", Some(()))], |members, ()| {
///     let id = members.value()?.string();
///     id.map(drop).ok_or_else(|| MemberError::expected("a string"))
/// }).unwrap_err();
/// assert_eq!(error.reason(), "wrong-shape");
/// ```
#[derive(Debug)]
pub struct MemberError(Kind);

#[derive(Debug)]
enum Kind {
    Malformed(Malformed),
    Expected(&'static str),
}

/// Reads one JSON object, calling `member` for each member whose name has something in `keys`; it has to read the
/// value. Errors are those of [`object_from_json`](super::object_from_json).
///
/// Objects that list their members in the order of `keys` are read fastest; that is what keys with `None` are for.
///
/// ```
/// use records::payload::members_from_json;
///
/// let mut price = None;
/// members_from_json(br#"{"name":"tea","price":4.20}"#, &[("price", Some(()))], |members, ()| {
///     price = Some(members.value()?);
///     Ok(())
/// })?;
/// assert_eq!(price.map(|price| price.as_str()), Some("4.20"));
/// # Ok::<(), records::PayloadError>(())
/// ```
#[inline]
pub fn members_from_json<'a, K: Copy>(
    bytes: &'a [u8],
    keys: &[(&str, Option<K>)],
    member: impl FnMut(&mut Members<'_, 'a>, K) -> Result<(), MemberError>,
) -> Result<(), PayloadError> {
    let text = checked_text(bytes)?;
    let mut reader = Reader::new(text);
    let read = Members(&mut reader).object(keys, member);
    let at_end = || reader.end().map_err(MemberError::from);
    read.and_then(|()| at_end()).map_err(|error| error.of(text))
}

impl<'a> Members<'_, 'a> {
    /// Reads the value of this member.
    #[inline]
    pub fn value(&mut self) -> Result<JsonText<'a>, MemberError> {
        Ok(JsonText(self.0.value()?))
    }

    /// Reads the value of this member, which has to be an object, as [`members_from_json`] does.
    #[inline]
    pub fn object<K: Copy>(
        &mut self,
        keys: &[(&str, Option<K>)],
        mut member: impl FnMut(&mut Members<'_, 'a>, K) -> Result<(), MemberError>,
    ) -> Result<(), MemberError> {
        // The reader knows errors of JSON only: another one is kept beside it, and ends the reading as well.
        let mut expected = None;
        let read = self.0.object(keys, |reader, key| {
            member(&mut Members(reader), key).map_err(|error| match error.0 {
                Kind::Malformed(malformed) => malformed,
                Kind::Expected(what) => {
                    expected = Some(what);
                    Malformed::Syntax
                }
            })
        });
        match (expected, read) {
            (Some(what), _) => Err(MemberError::expected(what)),
            (None, Ok(true)) => Ok(()),
            (None, Ok(false)) => Err(MemberError::expected("a JSON object")),
            (None, Err(malformed)) => Err(malformed.into()),
        }
    }
}

impl<'a> JsonText<'a> {
    /// The text, without white space around it.
    #[inline]
    pub fn as_str(self) -> &'a str {
        self.0.text()
    }

    /// The content of a string, borrowed unless it has escapes; `None` for any other value, and for a string whose
    /// escapes are no characters (half a surrogate pair).
    #[inline]
    pub fn string(self) -> Option<Cow<'a, str>> {
        self.0.string()
    }
}

impl MemberError {
    /// The value is JSON, but not what was expected: [`PayloadError::WrongShape`].
    pub fn expected(what: &'static str) -> Self {
        Self(Kind::Expected(what))
    }

    #[cold]
    fn of(self, text: &str) -> PayloadError {
        match self.0 {
            Kind::Malformed(malformed) => classify(malformed.error(text)),
            Kind::Expected(what) => {
                // What is behind the value has not been read.
                if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
                    return classify(error);
                }
                let message = format!("expected {what}");
                PayloadError::WrongShape(serde_json::Error::custom(message))
            }
        }
    }
}

impl From<Malformed> for MemberError {
    fn from(malformed: Malformed) -> Self {
        Self(Kind::Malformed(malformed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::object_from_json;
    use super::*;

    /// The text of `a`, and of `a` in `in`.
    fn read(bytes: &[u8]) -> Result<Vec<String>, PayloadError> {
        let mut texts = Vec::new();
        members_from_json(
            bytes,
            &[("in", Some(true)), ("a", Some(false))],
            |members, inside| {
                if inside {
                    return members.object(&[("a", Some(()))], |members, ()| {
                        texts.push(members.value()?.as_str().to_owned());
                        Ok(())
                    });
                }
                texts.push(
                    members
                        .value()?
                        .string()
                        .ok_or(MemberError::expected("text"))?
                        .into(),
                );
                Ok(())
            },
        )?;
        Ok(texts)
    }

    #[test]
    fn members_are_found_by_name_and_errors_are_those_of_payloads() {
        for (json, expected) in [
            (r#"{"a":"x","in":{"b":[1],"a":4.20}}"#, Ok("x 4.20")),
            (" {\"b\":{\"a\":1},\"\\u0061\":\"\\u0078\"}\n", Ok("x")),
            ("{}", Ok("")),
            (r#"{"a":1}"#, Err("wrong-shape")),
            (r#"{"a":"\ud800"}"#, Err("wrong-shape")),
            (r#"{"in":[]}"#, Err("wrong-shape")),
            (r#"{"in":{"a":1}"#, Err("not-json")),
            (r#"{"a":1"#, Err("not-json")),
            (r#"{"a":"x"} {}"#, Err("not-json")),
            ("[]", Err("wrong-shape")),
            ("", Err("not-json")),
        ] {
            let texts = read(json.as_bytes()).map(|texts| texts.join(" "));
            let texts = texts.map_err(|error| error.reason());
            assert_eq!(
                texts.as_deref().map_err(|reason| *reason),
                expected,
                "{json}"
            );
        }
        assert_eq!(
            read(b"\xff").map_err(|error| error.reason()),
            Err("not-utf8")
        );
        let deep = format!("{{\"b\":{}{}}}", "[".repeat(100), "]".repeat(100));
        assert_eq!(
            read(deep.as_bytes()).map_err(|error| error.reason()),
            Err("too-deep")
        );
    }

    proptest! {
        #[test]
        fn what_is_an_object_to_serde_is_one_here(text in r#"[{}\[\]",:a1\\ ]{0,24}"#) {
            let none: &[(&str, Option<()>)] = &[];
            let got = members_from_json(text.as_bytes(), none, |_, ()| Ok(()));
            let expected = object_from_json::<Json>(text.as_bytes());
            prop_assert_eq!(got.map_err(|error| error.reason()), expected.map(drop).map_err(|error| error.reason()));
        }
    }
}
