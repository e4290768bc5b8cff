//! What the sales of each group come to, added up by the harness, and the states of handlers compared with it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// Decimal places of an amount in units.
const PLACES: usize = 8;

/// A sale as an event tells it.
#[derive(Debug)]
pub(super) struct Sale<'a> {
    pub(super) group: &'a str,
    /// In plain decimal notation.
    pub(super) amount: &'a str,
    /// Microseconds since 1970.
    pub(super) arrival: u64,
}

/// What the sales of each group come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Groups(pub(super) BTreeMap<String, Aggregate>);

/// Amounts in units of 10^-8, times in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aggregate {
    pub(super) count: u64,
    pub(super) sum: i128,
    pub(super) min: i128,
    pub(super) max: i128,
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Groups {
    pub(super) fn count(&mut self, sale: &Sale<'_>) {
        let amount = units(sale.amount).unwrap_or_default();
        let aggregate = Aggregate {
            count: 1,
            sum: amount,
            min: amount,
            max: amount,
            first: sale.arrival,
            last: sale.arrival,
        };
        self.merge(sale.group, aggregate);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (group, aggregate) in &other.0 {
            self.merge(group, *aggregate);
        }
    }

    fn merge(&mut self, group: &str, other: Aggregate) {
        let Some(own) = self.0.get_mut(group) else {
            self.0.insert(group.to_owned(), other);
            return;
        };
        own.count += other.count;
        own.sum += other.sum;
        own.min = own.min.min(other.min);
        own.max = own.max.max(other.max);
        own.first = own.first.min(other.first);
        own.last = own.last.max(other.last);
    }
}

/// An amount in units of 10^-8; `None` if it is not in plain decimal notation or has more places.
pub(super) fn units(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let padding = PLACES.checked_sub(places.len())?;
    if whole.is_empty() || !is_plain(whole) || !is_plain(places) {
        return None;
    }
    let units: i128 = format!("{whole}{places}{}", "0".repeat(padding))
        .parse()
        .ok()?;
    Some(if text.starts_with('-') { -units } else { units })
}

/// A handler's state: this project's, which has parts, or a peer's, which has one part's fields.
#[derive(Deserialize)]
#[serde(untagged)]
enum State {
    Parts { parts: Vec<Part> },
    One(Part),
}

#[derive(Deserialize)]
struct Part {
    groups: BTreeMap<String, Stated>,
}

/// A group in a handler's state, as all of them write it.
#[derive(Deserialize)]
struct Stated {
    n: u64,
    sum: String,
    min: String,
    max: String,
    first: u64,
    last: u64,
}

/// Checks that a state knows these groups and no others, exactly.
pub(super) fn check_state(state: &str, expected: &Groups) -> Result<()> {
    let read = serde_json::from_str(state).with_context(|| format!("no state: {state}"))?;
    let groups = match read {
        State::One(part) => part.groups,
        State::Parts { mut parts } => {
            ensure!(parts.len() == 1, "{} parts, expected 1", parts.len());
            parts.remove(0).groups
        }
    };
    let amount = |text: &str| units(text).with_context(|| format!("no amount: {text:?}"));
    let groups = groups.into_iter().map(|(group, stated)| {
        let aggregate = Aggregate {
            count: stated.n,
            sum: amount(&stated.sum)?,
            min: amount(&stated.min)?,
            max: amount(&stated.max)?,
            first: stated.first,
            last: stated.last,
        };
        Ok((group, aggregate))
    });
    check_groups(&Groups(groups.collect::<Result<_>>()?), expected)
}

/// Checks group by group.
pub(super) fn check_groups(groups: &Groups, expected: &Groups) -> Result<()> {
    for (group, aggregate) in &expected.0 {
        let got = groups.0.get(group);
        let got = got.with_context(|| format!("the group {group:?} is missing"))?;
        ensure!(
            got == aggregate,
            "the group {group:?} is {got:?}, expected {aggregate:?}"
        );
    }
    let (count, expected) = (groups.0.len(), expected.0.len());
    ensure!(count == expected, "{count} groups, expected {expected}");
    Ok(())
}

#[cfg(test)]
impl Groups {
    /// As a peer's state.
    pub(super) fn to_state(&self) -> String {
        let groups: Vec<String> = self
            .0
            .iter()
            .map(|(group, aggregate)| {
                let [sum, min, max] =
                    [aggregate.sum, aggregate.min, aggregate.max].map(super::rows::text);
                format!(
                    r#""{group}":{{"n":{},"sum":"{sum}","min":"{min}","max":"{max}","first":{},"last":{}}}"#,
                    aggregate.count, aggregate.first, aggregate.last
                )
            })
            .collect();
        format!("{{\"groups\":{{{}}}}}", groups.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(sales: &[(&str, &str, u64)]) -> Groups {
        let mut groups = Groups::default();
        for (group, amount, arrival) in sales {
            groups.count(&Sale {
                group,
                amount,
                arrival: *arrival,
            });
        }
        groups
    }

    #[test]
    fn amounts_are_read_to_the_last_digit() {
        for (text, expected) in [
            ("1", Some(100_000_000)),
            ("-0.00000001", Some(-1)),
            ("0.10", Some(10_000_000)),
            (
                "90071992547409930.1",
                Some(9_007_199_254_740_993_010_000_000),
            ),
            ("1e2", None),
            ("", None),
            ("0.000000001", None),
        ] {
            assert_eq!(units(text), expected, "{text}");
        }
    }

    #[test]
    fn a_state_has_to_be_right_in_every_group_and_to_the_last_digit() {
        let expected = groups(&[("a", "0.1", 7), ("a", "0.2", 9), ("b", "-5", 8)]);
        let state = expected.to_state();
        check_state(&state, &expected).unwrap();
        check_state(&format!("{{\"v\":1,\"parts\":[{state}]}}"), &expected).unwrap();
        for (from, to, reason) in [
            (
                r#""sum":"0.3""#,
                r#""sum":"0.30000000000000004""#,
                "no amount",
            ),
            (
                r#""sum":"0.3""#,
                r#""sum":"0.30000001""#,
                "the group \"a\" is",
            ),
            (r#""sum":"0.3""#, r#""sum":0.3"#, "no state"),
            (r#""n":2"#, r#""n":1"#, "the group \"a\" is"),
            (r#""min":"0.1""#, r#""min":"0.2""#, "the group \"a\" is"),
            (r#""last":9"#, r#""last":7"#, "the group \"a\" is"),
            (r#""b":{"#, r#""c":{"#, "the group \"b\" is missing"),
        ] {
            let wrong = state.replacen(from, to, 1);
            assert_ne!(wrong, state, "{from}");
            let error = check_state(&wrong, &expected).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        let fewer = groups(&[("b", "-5", 8)]);
        let error = check_state(&state, &fewer).unwrap_err().to_string();
        assert_eq!(error, "2 groups, expected 1");
    }
}
