//! A pattern in the form in which it is held against records.
//!
//! `EventBridge` flattens an event to paths and values: arrays vanish, an object or an empty array has no value of its
//! own, `a.b` and `b` inside `a` are one path. Conditions on the members of one object must all hold for the same
//! element where that object stands in an array. One thing is not followed: a name with a dot in the record is not
//! found by an object of that structure in the pattern.

use super::json::{Leaf, Node};
use super::rule::Rule;

/// What an object has to hold: all of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// The object of this name has to hold what the pattern says.
    Object { name: String, pattern: Pattern },
    /// A value of this name has to pass one of the rules.
    Value {
        name: String,
        rules: Vec<Rule>,
        /// `{"exists": false}`: the whole path that may instead have no value anywhere in the record.
        absent: Option<Vec<String>>,
    },
    /// `$or`: one of these has to hold.
    AnyOf(Vec<Pattern>),
}

impl Pattern {
    /// Whether a record matches.
    pub(super) fn matches<N: Node>(&self, record: N) -> bool {
        self.holds(Some(record), record)
    }

    /// Names of the outermost fields, and whether they are objects.
    pub(super) fn outermost(&self) -> Vec<(&str, bool)> {
        let conditions = self.conditions.iter();
        conditions
            .flat_map(|condition| match condition {
                Condition::Object { name, .. } => vec![(name.as_str(), true)],
                Condition::Value { name, .. } => vec![(name.as_str(), false)],
                Condition::AnyOf(patterns) => patterns.iter().flat_map(Self::outermost).collect(),
            })
            .collect()
    }

    /// `object` is `None` where the record has nothing that the pattern could be held against.
    fn holds<N: Node>(&self, object: Option<N>, record: N) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(object, record))
    }
}

impl Condition {
    fn holds<N: Node>(&self, object: Option<N>, record: N) -> bool {
        match self {
            Self::Object { name, pattern } => {
                let held = object.is_some_and(|object| {
                    any_member(object, name, &mut |member| {
                        any_element(member, &mut |element| pattern.holds(Some(element), record))
                    })
                });
                held || pattern.holds(None, record)
            }
            Self::Value {
                name,
                rules,
                absent,
            } => {
                let accepted = object.is_some_and(|object| {
                    any_member(object, name, &mut |member| {
                        any_leaf(member, &mut |leaf| {
                            rules.iter().any(|rule| rule.accepts(leaf))
                        })
                    })
                });
                let is_absent = |path: &Vec<String>| !has_value(record, path);
                accepted || absent.as_ref().is_some_and(is_absent)
            }
            Self::AnyOf(patterns) => patterns.iter().any(|pattern| pattern.holds(object, record)),
        }
    }
}

/// Whether `test` is true of a member of this name; `a.b` is also the member `b` of `a`.
fn any_member<N: Node>(object: N, name: &str, test: &mut dyn FnMut(N) -> bool) -> bool {
    object.members().any(|(key, member)| {
        if key == name {
            return test(member);
        }
        let rest = name
            .strip_prefix(key)
            .and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| any_element(member, &mut |element| any_member(element, rest, test)))
    })
}

/// Whether `test` is true of an element, however deep arrays are nested, or of the value itself if it is no array.
fn any_element<N: Node>(value: N, test: &mut dyn FnMut(N) -> bool) -> bool {
    match value.elements() {
        Some(mut elements) => elements.any(|element| any_element(element, test)),
        None => test(value),
    }
}

fn any_leaf<N: Node>(value: N, test: &mut dyn FnMut(&Leaf<'_>) -> bool) -> bool {
    any_element(value, &mut |element| {
        element.leaf().is_some_and(|leaf| test(&leaf))
    })
}

fn has_value<N: Node>(value: N, path: &[String]) -> bool {
    match path.split_first() {
        None => any_leaf(value, &mut |_| true),
        Some((name, rest)) => any_element(value, &mut |element| {
            any_member(element, name, &mut |member| has_value(member, rest))
        }),
    }
}
