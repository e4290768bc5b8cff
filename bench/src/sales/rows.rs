//! The rows that a handler writes when a window ends: a part and a total for each group, in transactions.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::TABLE;
use super::model::{Aggregate, Groups, units};
use crate::function::Call;

#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(borrow, rename = "TransactItems")]
    items: Vec<TransactItem<'a>>,
}

#[derive(Deserialize)]
struct TransactItem<'a> {
    #[serde(borrow, rename = "Put")]
    put: Put<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put<'a> {
    table_name: String,
    item: BTreeMap<String, Attribute>,
    #[serde(borrow)]
    condition_expression: Option<&'a RawValue>,
}

#[derive(Deserialize)]
enum Attribute {
    S(String),
    N(String),
}

/// Checks that the calls read both rows of each group and put them in transactions: the part and, as the table is
/// empty, a total of that one part.
pub(super) fn check(calls: &[Call], expected: &Groups) -> Result<()> {
    let (mut keys, mut parts, mut totals) = (0, BTreeMap::new(), BTreeMap::new());
    for Call { operation, body } in calls {
        let text = std::str::from_utf8(body).context("a body that is no text")?;
        if operation == "BatchGetItem" {
            keys += text.matches("\"WindowGroup\"").count();
            continue;
        }
        ensure!(operation == "TransactWriteItems", "a call of {operation}");
        let transaction: Transaction<'_> =
            serde_json::from_str(text).context("a transaction that cannot be read")?;
        let (parts_before, totals_before) = (parts.len(), totals.len());
        for TransactItem { put } in transaction.items {
            ensure!(
                put.table_name == TABLE,
                "a row went to {:?}",
                put.table_name
            );
            ensure!(
                put.condition_expression.is_some(),
                "a put without a condition"
            );
            let (group, aggregate, is_part) = read(&put.item)?;
            let rows = if is_part { &mut parts } else { &mut totals };
            let twice = rows.insert(group, aggregate);
            ensure!(twice.is_none(), "a row was written twice");
        }
        ensure!(
            parts.len() - parts_before == totals.len() - totals_before,
            "a transaction with parts and totals that do not belong together"
        );
    }
    let expected_keys = 2 * expected.0.len();
    ensure!(
        keys == expected_keys,
        "{keys} rows were read before the writes, expected {expected_keys}"
    );
    super::model::check_groups(&Groups(parts), expected).context("part rows")?;
    super::model::check_groups(&Groups(totals), expected).context("total rows")
}

/// The group of a row, what it says, and whether it is a part's.
fn read(item: &BTreeMap<String, Attribute>) -> Result<(String, Aggregate, bool)> {
    let text = |name: &'static str| match item.get(name) {
        Some(Attribute::S(text)) => Ok(text.as_str()),
        _ => Err(anyhow::anyhow!("a row without the text {name}")),
    };
    let number = |name: &'static str| match item.get(name) {
        Some(Attribute::N(number)) => Ok(number.as_str()),
        _ => Err(anyhow::anyhow!("a row without the number {name}")),
    };
    let amount = |name| units(number(name)?).with_context(|| format!("{name} is no amount"));
    let is_part = text("Series")?.starts_with("part#");
    if !is_part {
        ensure!(number("Parts")? == "1", "a total of other parts");
    }
    let aggregate = Aggregate {
        count: number("Count")?.parse().context("Count")?,
        sum: amount("Sum")?,
        min: amount("Min")?,
        max: amount("Max")?,
        first: micros(text("FirstArrival")?)?,
        last: micros(text("LastArrival")?)?,
    };
    Ok((text("Group")?.to_owned(), aggregate, is_part))
}

/// Microseconds since 1970 of a time in the events' minute.
fn micros(time: &str) -> Result<u64> {
    const MINUTE: u64 = 1_763_712_000_000_000;
    let seconds = time
        .strip_prefix("2025-11-21T08:00:")
        .and_then(|rest| units(rest.strip_suffix('Z')?))
        .with_context(|| format!("{time:?} is no time of the window"))?;
    Ok(MINUTE + u64::try_from(seconds / 100)?)
}

/// An amount in units of 10^-8 as text.
#[cfg(test)]
pub(super) fn text(units: i128) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let units = u64::try_from(units.unsigned_abs()).unwrap();
    format!("{sign}{}", crate::function::decimal(units, 8))
}

#[cfg(test)]
mod tests {
    use super::super::model::Sale;
    use super::*;

    fn groups() -> Groups {
        let mut groups = Groups::default();
        for (group, amount) in [("a", "0.1"), ("b", "7"), ("a", "-2.25")] {
            groups.count(&Sale {
                group,
                amount,
                arrival: 1_763_712_009_250_000,
            });
        }
        groups
    }

    /// What a handler writes that does all there is to do.
    fn calls(groups: &Groups) -> Vec<Call> {
        let put = |series: &str, group: &str, aggregate: &Aggregate, more: &str| {
            let [sum, min, max] = [aggregate.sum, aggregate.min, aggregate.max].map(text);
            format!(
                r#"{{"Put":{{"TableName":"{TABLE}","Item":{{"Series":{{"S":"{series}#sales"}},"Group":{{"S":"{group}"}},"Count":{{"N":"{}"}},"Sum":{{"N":"{sum}"}},"Min":{{"N":"{min}"}},"Max":{{"N":"{max}"}},"FirstArrival":{{"S":"2025-11-21T08:00:09.25Z"}},"LastArrival":{{"S":"2025-11-21T08:00:09.250Z"}}{more}}},"ConditionExpression":"attribute_not_exists(Series)"}}}}"#,
                aggregate.count
            )
        };
        let puts: Vec<String> = groups
            .0
            .iter()
            .flat_map(|(group, aggregate)| {
                [
                    put("part", group, aggregate, ""),
                    put("total", group, aggregate, r#","Parts":{"N":"1"}"#),
                ]
            })
            .collect();
        let keys = vec![r#"{"WindowGroup":{"S":"k"}}"#; puts.len()].join(",");
        let call = |operation: &str, body: String| Call {
            operation: operation.to_owned(),
            body: body.into_bytes(),
        };
        vec![
            call("BatchGetItem", format!("[{keys}]")),
            call(
                "TransactWriteItems",
                format!(r#"{{"TransactItems":[{}]}}"#, puts.join(",")),
            ),
        ]
    }

    #[test]
    fn a_handler_cannot_pass_by_writing_less_or_something_else() {
        let groups = groups();
        let all = calls(&groups);
        check(&all, &groups).unwrap();
        let changed = |from: &str, to: &str| {
            let body = String::from_utf8(all[1].body.clone()).unwrap();
            assert!(body.contains(from), "{from}");
            let mut changed = all.clone();
            changed[1].body = body.replacen(from, to, 1).into_bytes();
            changed
        };
        let twice = [&all[..], &all[1..]].concat();
        for (calls, reason) in [
            (all[..1].to_vec(), "part rows"),
            (all[1..].to_vec(), "0 rows were read"),
            (twice, "twice"),
            (changed("\"-2.15\"", "\"-2.14\""), "part rows"),
            (
                changed("part#sales", "total#sales"),
                "without the number Parts",
            ),
            (
                changed("ConditionExpression", "Expression"),
                "without a condition",
            ),
            (changed(TABLE, "Other"), "went to"),
            (
                changed("\"Parts\":{\"N\":\"1\"}", "\"Parts\":{\"N\":\"2\"}"),
                "other parts",
            ),
            (changed("TransactItems", "Items"), "cannot be read"),
        ] {
            let error = format!("{:#}", check(&calls, &groups).unwrap_err());
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
