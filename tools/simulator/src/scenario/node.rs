//! A value in a scenario file, with its place for messages.
//!
//! Read by hand rather than derived: a message has to name the place and what would be right, and numbers keep the text
//! in which they were written.

use std::fmt::{Display, Write as _};
use std::ops::RangeInclusive;

use records::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use super::fields::Fields;
use super::mistake::ScenarioError;

/// Least likeness of two names at which one is taken for a misspelling of the other; the measure of clap.
const LIKE: f64 = 0.7;

/// Longest simulated time, 30 days: more than the 7 days for which Kinesis keeps what a mapping can still read.
const LATEST_SECONDS: i64 = 30 * 24 * 3600;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    place: String,
    text: &'a str,
}

/// The names and values of an object.
pub(super) struct Object<'a> {
    place: String,
    fields: Vec<(String, Node<'a>)>,
}

impl<'a> Node<'a> {
    /// The whole file. Checks that it is JSON.
    pub(super) fn root(text: &'a str) -> Result<Self, ScenarioError> {
        let value: &RawValue = serde_json::from_str(text).map_err(|error| {
            // Reading in earnest says more clearly what is wrong than passing over.
            let clearer = serde_json::from_str::<Value>(text).err();
            ScenarioError::Syntax(clearer.unwrap_or(error))
        })?;
        Ok(Self {
            place: String::new(),
            text: value.get(),
        })
    }

    /// The JSON text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The message that this value is not what it should be.
    pub(super) fn wrong(&self, expected: impl Display) -> ScenarioError {
        let place = match self.place.as_str() {
            "" => "the scenario",
            place => place,
        };
        ScenarioError::wrong(place, self.text, expected)
    }

    /// Reads an object that may have these names.
    pub(super) fn object(&self, known: &[&str]) -> Result<Object<'a>, ScenarioError> {
        let object = self.any_object(|| format!("an object with {}", listed(known)))?;
        for (name, node) in &object.fields {
            if !known.contains(&name.as_str()) {
                return Err(ScenarioError::Unknown {
                    place: node.place.clone(),
                    hint: hint(name, known),
                });
            }
        }
        Ok(object)
    }

    /// Reads an object that may have any names, each once.
    pub(super) fn any_object(
        &self,
        expected: impl FnOnce() -> String,
    ) -> Result<Object<'a>, ScenarioError> {
        let Ok(Fields(fields)) = serde_json::from_str(self.text) else {
            return Err(self.wrong(expected()));
        };
        let mut named: Vec<(String, Node<'a>)> = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let place = joined(&self.place, &name);
            if named.iter().any(|(earlier, _)| *earlier == name) {
                return Err(ScenarioError::Twice { place });
            }
            let text = value.get();
            named.push((name, Node { place, text }));
        }
        Ok(Object {
            place: self.place.clone(),
            fields: named,
        })
    }

    /// Reads a list.
    pub(super) fn list(&self, expected: &str) -> Result<Vec<Self>, ScenarioError> {
        let values: Vec<&RawValue> =
            serde_json::from_str(self.text).map_err(|_| self.wrong(expected))?;
        let numbered = values.into_iter().enumerate();
        Ok(numbered
            .map(|(index, value)| Self {
                place: format!("{}[{index}]", self.place),
                text: value.get(),
            })
            .collect())
    }

    pub(super) fn is_list(&self) -> bool {
        self.text.starts_with('[')
    }

    pub(super) fn is_object(&self) -> bool {
        self.text.starts_with('{')
    }

    /// The text, if the value is one.
    pub(super) fn string(&self) -> Option<String> {
        serde_json::from_str(self.text).ok()
    }

    /// Reads `true` or `false`.
    pub(super) fn flag(&self) -> Result<bool, ScenarioError> {
        serde_json::from_str(self.text).map_err(|_| self.wrong("true or false"))
    }

    /// Reads a whole number; `what` names it in the message.
    pub(super) fn whole(
        &self,
        what: &str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, ScenarioError> {
        let number = serde_json::from_str(self.text).ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| self.wrong(format!("{what}, {} to {}", range.start(), range.end())))
    }

    /// Reads a time in seconds since the beginning, with a fraction if need be.
    pub(super) fn seconds(&self) -> Result<Timestamp, ScenarioError> {
        let time = Timestamp::from_seconds_text(self.text);
        let latest = Timestamp::from_micros(LATEST_SECONDS * 1_000_000);
        time.filter(|time| (Timestamp::from_micros(0)..=latest).contains(time))
            .ok_or_else(|| self.wrong(format!("seconds, 0 to {LATEST_SECONDS}")))
    }
}

impl<'a> Object<'a> {
    /// The value of a name, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&Node<'a>> {
        let mut fields = self.fields.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, node)| node)
    }

    /// The value of a name that has to be there.
    pub(super) fn need(&self, name: &str, expected: &str) -> Result<&Node<'a>, ScenarioError> {
        self.get(name).ok_or_else(|| ScenarioError::Missing {
            place: joined(&self.place, name),
            expected: expected.to_owned(),
        })
    }

    /// Names and values in the order of the file.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        self.fields.iter().map(|(name, node)| (name.as_str(), node))
    }
}

fn joined(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

/// The name that was probably meant, else all there are.
fn hint(name: &str, known: &[&str]) -> String {
    let alike = known
        .iter()
        .map(|candidate| (strsim::jaro(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > LIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0));
    match alike {
        Some((_, candidate)) => format!("did you mean {candidate}?"),
        None => format!("known here: {}", listed(known)),
    }
}

fn listed(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}{name}");
    }
    text
}
