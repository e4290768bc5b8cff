//! What a single value is tested for.

use std::cmp::Ordering;

use records::Number;

use super::json::Leaf;

/// Largest magnitude that `numeric` compares (`EventBridge` user guide, "Comparison operators for use in event
/// patterns", numeric matching: -5.0e9 to +5.0e9, six digits after the point). A value beyond it never matches.
const LARGEST_COMPARED: &str = "5000000000";

/// A test of one value; a field passes if any of its values passes any of its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    TextInAnyCase(String),
    Prefix(String),
    PrefixInAnyCase(String),
    Suffix(String),
    SuffixInAnyCase(String),
    Numeric(Range),
    /// There is a value, whatever it is: null counts, an object or an empty array does not.
    Exists,
    NotText(Vec<String>),
    NotNumber(Vec<Decimal>),
}

impl Rule {
    pub(super) fn accepts(&self, leaf: &Leaf<'_>) -> bool {
        match (self, leaf) {
            (Self::Exists, _) | (Self::Null, Leaf::Null) => true,
            (Self::Bool(wanted), Leaf::Bool(value)) => wanted == value,
            (Self::Number(wanted), Leaf::Number(text)) => wanted.equals(text),
            (Self::Numeric(range), Leaf::Number(text)) => range.contains(text),
            (Self::Text(wanted), Leaf::Text(text)) => wanted == text,
            (Self::TextInAnyCase(wanted), Leaf::Text(text)) => folded(wanted).eq(folded(text)),
            (Self::Prefix(wanted), Leaf::Text(text)) => text.starts_with(wanted),
            (Self::Suffix(wanted), Leaf::Text(text)) => text.ends_with(wanted),
            (Self::PrefixInAnyCase(wanted), Leaf::Text(text)) => {
                begins_with(folded(text), folded(wanted))
            }
            (Self::SuffixInAnyCase(wanted), Leaf::Text(text)) => {
                begins_with(folded(text).rev(), folded(wanted).rev())
            }
            // Anything but these, of whatever type: a number is not a text, and null is neither.
            (Self::NotText(refused), leaf) => !refused
                .iter()
                .any(|refused| matches!(leaf, Leaf::Text(text) if refused == text)),
            (Self::NotNumber(refused), leaf) => !refused
                .iter()
                .any(|refused| matches!(leaf, Leaf::Number(text) if refused.equals(text))),
            _ => false,
        }
    }
}

/// A number of a pattern as canonical decimal text; as it was written if it is beyond what [`Number`] holds.
///
/// The Lambda guide says that 300 and 300.0 differ as texts do. On AWS they are equal, as `EventBridge`'s published
/// matcher has it, so they are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal(String);

impl Decimal {
    pub(super) fn new(text: &str) -> Self {
        Self(Number::parse(text).map_or_else(|_| text.to_owned(), |number| number.to_string()))
    }

    /// Whether `numeric` and `anything-but` take it: `EventBridge` refuses what it would not compare.
    pub(super) fn is_comparable(&self) -> bool {
        let digits_after_point = self.0.split_once('.').map_or(0, |(_, tail)| tail.len());
        // Canonical text has an exponent only where the number is far outside the range, or all digits are too far
        // behind the point.
        digits_after_point <= 6
            && !self.0.contains('E')
            && Number::parse(&self.0).is_ok_and(|number| is_compared(&number))
    }

    pub(super) fn is_below(&self, other: &Self) -> bool {
        Number::parse(&other.0).is_ok_and(|other| self.compare(&other) == Some(Ordering::Less))
    }

    fn equals(&self, text: &str) -> bool {
        match Number::parse(text) {
            Ok(number) => number.as_str() == self.0,
            Err(_) => text == self.0,
        }
    }

    fn compare(&self, number: &Number<'_>) -> Option<Ordering> {
        Some(Number::parse(&self.0).ok()?.cmp(number))
    }
}

/// A range of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) bottom: Option<Bound>,
    pub(super) top: Option<Bound>,
}

/// An end of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) number: Decimal,
    pub(super) included: bool,
}

impl Range {
    fn contains(&self, text: &str) -> bool {
        let Ok(number) = Number::parse(text) else {
            return false;
        };
        let keeps = |bound: &Option<Bound>, side: Ordering| {
            bound.as_ref().is_none_or(|bound| {
                let order = bound.number.compare(&number);
                order == Some(side) || (bound.included && order == Some(Ordering::Equal))
            })
        };
        is_compared(&number)
            && keeps(&self.bottom, Ordering::Less)
            && keeps(&self.top, Ordering::Greater)
    }
}

fn is_compared(number: &Number<'_>) -> bool {
    let text = number.as_str();
    Number::parse(text.strip_prefix('-').unwrap_or(text))
        .and_then(|magnitude| Ok(magnitude <= Number::parse(LARGEST_COMPARED)?))
        .unwrap_or(false)
}

fn folded(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn begins_with(
    mut text: impl Iterator<Item = char>,
    mut wanted: impl Iterator<Item = char>,
) -> bool {
    wanted.all(|wanted| text.next() == Some(wanted))
}
