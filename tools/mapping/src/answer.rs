//! What a function's answer says about its batch.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::choices::UnknownAnswer;

/// An answer as the mapping reads it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    /// `state`, as JSON text; `None` if it is missing or null.
    pub(crate) state: Option<&'a str>,
    /// `batchItemFailures`.
    pub(crate) failures: Failures<'a>,
}

/// Which records have failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failures<'a> {
    None,
    /// The records with these sequence numbers.
    Items(HashSet<Cow<'a, str>>),
    /// The list is there and cannot be read: the whole batch has failed.
    Unreadable,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow, rename = "batchItemFailures")]
    failures: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "itemIdentifier")]
    identifier: Cow<'a, str>,
}

impl<'a> Answer<'a> {
    /// Reads the body of an answer.
    ///
    /// Source of what is a success and what a failure: Lambda developer guide, "Configuring partial batch response
    /// with Kinesis and Lambda": an empty list, no list and no answer at all are successes; an identifier that is
    /// empty, null or under another name fails the whole batch.
    pub(crate) fn read(body: &'a [u8], unknown: UnknownAnswer) -> Self {
        let without_state = |failures| Self {
            state: None,
            failures,
        };
        let body = body.trim_ascii();
        if matches!(body, b"" | b"null" | b"\"\"" | b"[]") {
            return without_state(Failures::None);
        }
        match serde_json::from_slice::<Object<'a>>(body) {
            Ok(object) if body.first() == Some(&b'{') => Self {
                state: object
                    .state
                    .map(RawValue::get)
                    .filter(|text| *text != "null"),
                failures: failures(object.failures),
            },
            _ => without_state(match unknown {
                UnknownAnswer::Success => Failures::None,
                UnknownAnswer::Failure => Failures::Unreadable,
            }),
        }
    }
}

fn failures(list: Option<&RawValue>) -> Failures<'_> {
    let Some(list) = list else {
        return Failures::None;
    };
    if list.get() == "null" {
        return Failures::None;
    }
    match serde_json::from_str::<Vec<Item<'_>>>(list.get()) {
        Ok(items) if items.is_empty() => Failures::None,
        Ok(items) if items.iter().all(|item| !item.identifier.is_empty()) => {
            Failures::Items(items.into_iter().map(|item| item.identifier).collect())
        }
        _ => Failures::Unreadable,
    }
}

impl Failures<'_> {
    /// Index of the first record that has failed among those of the batch; `None` if none has. An identifier that is
    /// no record's fails the whole batch.
    pub(crate) fn first<'r>(
        &self,
        sequence_numbers: impl Iterator<Item = &'r str>,
    ) -> Result<Option<usize>, WholeBatch> {
        match self {
            Failures::None => Ok(None),
            Failures::Unreadable => Err(WholeBatch),
            Failures::Items(items) => {
                let mut found = 0;
                let mut first = None;
                for (index, number) in sequence_numbers.enumerate() {
                    if items.contains(number) {
                        found += 1;
                        first.get_or_insert(index);
                    }
                }
                if found == items.len() {
                    Ok(first)
                } else {
                    Err(WholeBatch)
                }
            }
        }
    }
}

/// The answer fails the whole batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WholeBatch;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether records 1, 2 and 3 are done by this answer, or from which index they come again.
    fn verdict(body: &str, unknown: UnknownAnswer) -> Result<Option<usize>, WholeBatch> {
        Answer::read(body.as_bytes(), unknown)
            .failures
            .first(["1", "2", "3"].into_iter())
    }

    #[test]
    fn every_documented_shape_is_read_as_documented() {
        for (body, expected) in [
            (r#"{"batchItemFailures":[]}"#, Ok(None)),
            (r#"{"batchItemFailures":null}"#, Ok(None)),
            ("{}", Ok(None)),
            ("null", Ok(None)),
            ("", Ok(None)),
            ("  \n", Ok(None)),
            (r#""""#, Ok(None)),
            ("[]", Ok(None)),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"2"}]}"#,
                Ok(Some(1)),
            ),
            (
                r#" {"batchItemFailures" : [ {"itemIdentifier" : "2"} ] } "#,
                Ok(Some(1)),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"\u0032"}]}"#,
                Ok(Some(1)),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"1"},{"itemIdentifier":"3"}]}"#,
                Ok(Some(0)),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
                Err(WholeBatch),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
                Err(WholeBatch),
            ),
            (r#"{"batchItemFailures":[{"foo":"2"}]}"#, Err(WholeBatch)),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"4"}]}"#,
                Err(WholeBatch),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"4"}]}"#,
                Err(WholeBatch),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":2}]}"#,
                Err(WholeBatch),
            ),
            (r#"{"batchItemFailures":["2"]}"#, Err(WholeBatch)),
            (r#"{"batchItemFailures":"2"}"#, Err(WholeBatch)),
        ] {
            for unknown in [UnknownAnswer::Success, UnknownAnswer::Failure] {
                assert_eq!(verdict(body, unknown), expected, "{body}");
            }
        }
    }

    #[test]
    fn an_undocumented_shape_is_what_was_chosen() {
        for body in ["\"done\"", "200", "[1]", "true", "not JSON", r#"{"a":1"#] {
            assert_eq!(verdict(body, UnknownAnswer::Success), Ok(None), "{body}");
            assert_eq!(
                verdict(body, UnknownAnswer::Failure),
                Err(WholeBatch),
                "{body}"
            );
        }
    }

    #[test]
    fn the_state_is_kept_letter_for_letter() {
        for (body, expected) in [
            (
                r#"{"state":{"1":282,"2":7.10}}"#,
                Some(r#"{"1":282,"2":7.10}"#),
            ),
            (
                r#"{"state": [1 , 2] ,"batchItemFailures":[]}"#,
                Some("[1 , 2]"),
            ),
            (r#"{"state":""}"#, Some(r#""""#)),
            (r#"{"state":null}"#, None),
            ("{}", None),
            ("null", None),
        ] {
            let answer = Answer::read(body.as_bytes(), UnknownAnswer::Success);
            assert_eq!(answer.state, expected, "{body}");
        }
    }
}
