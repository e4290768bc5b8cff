//! Tables with their state: what `PutItem` with a condition and `Query` of a partition do, as DynamoDB would.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

/// A table's name and the names of its key's attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) table: &'static str,
    pub(crate) hash: &'static str,
    pub(crate) range: &'static str,
}

/// An item by its attributes.
pub(crate) type Item = BTreeMap<String, Attribute>;

/// A value of one of the two types that are used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Attribute {
    S(String),
    N(String),
}

/// The items of a table: by hash key, then in the order of the range key's text.
type Partitions = HashMap<Attribute, BTreeMap<Attribute, Arc<Item>>>;

/// All tables. Cloning shares the items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables(Vec<(Schema, Partitions)>);

/// What a call is answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Ok(String),
    /// The condition does not hold.
    Refused(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutItem {
    table_name: String,
    item: Item,
    condition_expression: Option<String>,
    return_values_on_condition_check_failure: Option<String>,
    #[serde(flatten)]
    placeholders: Placeholders,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Query {
    table_name: String,
    key_condition_expression: String,
    #[serde(flatten)]
    placeholders: Placeholders,
}

#[derive(Deserialize)]
struct Placeholders {
    #[serde(default, rename = "ExpressionAttributeNames")]
    names: HashMap<String, String>,
    #[serde(default, rename = "ExpressionAttributeValues")]
    values: HashMap<String, Attribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    count: usize,
    items: Vec<&'a Item>,
    scanned_count: usize,
}

#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(rename = "__type")]
    kind: &'static str,
    message: &'static str,
    #[serde(rename = "Item", skip_serializing_if = "Option::is_none")]
    item: Option<&'a Item>,
}

impl Tables {
    pub(crate) fn new(schemas: &[Schema]) -> Self {
        let empty = |schema: &Schema| (*schema, Partitions::new());
        Self(schemas.iter().map(empty).collect())
    }

    /// Takes all items out.
    pub(crate) fn clear(&mut self) {
        for (_, partitions) in &mut self.0 {
            partitions.clear();
        }
    }

    /// All items of a table.
    pub(crate) fn items(&self, table: &str) -> impl Iterator<Item = &Item> {
        let partitions = self
            .0
            .iter()
            .filter(move |(schema, _)| schema.table == table);
        partitions
            .flat_map(|(_, partitions)| partitions.values().flat_map(BTreeMap::values))
            .map(|item| &**item)
    }

    /// Puts the item of a `PutItem` call if its condition holds.
    pub(crate) fn put(&mut self, body: &[u8]) -> Result<Answer> {
        let put: PutItem = serde_json::from_slice(body).context("a put that cannot be read")?;
        let (schema, partitions) = self.table(&put.table_name)?;
        let key = |name: &str| put.item.get(name).cloned().context("an item without a key");
        let (hash, range) = (key(schema.hash)?, key(schema.range)?);
        let partition = partitions.entry(hash).or_default();
        let there = partition.get(&range);
        let condition = put.condition_expression.as_deref();
        let may_put = condition.map_or(Ok(true), |text| put.placeholders.hold(text, there))?;
        if may_put {
            partition.insert(range, Arc::new(put.item));
            return Ok(Answer::Ok("{}".to_owned()));
        }
        let wants_item = put.return_values_on_condition_check_failure.as_deref() == Some("ALL_OLD");
        Ok(Answer::Refused(serde_json::to_string(&Refusal {
            kind: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            message: "The conditional request failed",
            item: there.map(|item| &**item).filter(|_| wants_item),
        })?))
    }

    /// Answers a `Query` for all items of one partition.
    pub(crate) fn query(&mut self, body: &[u8]) -> Result<Answer> {
        let query: Query = serde_json::from_slice(body).context("a query that cannot be read")?;
        let (schema, partitions) = self.table(&query.table_name)?;
        let condition = &query.key_condition_expression;
        let (name, value) = condition
            .split_once(" = ")
            .with_context(|| format!("a key condition that is not known here: {condition:?}"))?;
        let name = query.placeholders.name(name);
        ensure!(name == schema.hash, "a query by {name:?}");
        let partition = partitions.get(query.placeholders.value(value)?);
        let items: Vec<&Item> = partition
            .into_iter()
            .flat_map(BTreeMap::values)
            .map(|item| &**item)
            .collect();
        Ok(Answer::Ok(serde_json::to_string(&Page {
            count: items.len(),
            scanned_count: items.len(),
            items,
        })?))
    }

    fn table(&mut self, name: &str) -> Result<(Schema, &mut Partitions)> {
        let mut tables = self.0.iter_mut();
        let found = tables.find(|(schema, _)| schema.table == name);
        let (schema, partitions) = found.with_context(|| format!("no table {name:?}"))?;
        Ok((*schema, partitions))
    }
}

impl Placeholders {
    /// Whether a condition holds of the item that is there: `AND` binds closer than `OR`, no brackets.
    fn hold(&self, condition: &str, there: Option<&Arc<Item>>) -> Result<bool> {
        for alternative in condition.split(" OR ") {
            let mut all = true;
            for term in alternative.split(" AND ") {
                all &= self.holds(term, there)?;
            }
            if all {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn holds(&self, term: &str, there: Option<&Arc<Item>>) -> Result<bool> {
        let attribute = |name: &str| there.and_then(|item| item.get(self.name(name)));
        let absent = term.trim().strip_prefix("attribute_not_exists(");
        if let Some(name) = absent.and_then(|rest| rest.strip_suffix(')')) {
            return Ok(attribute(name).is_none());
        }
        let words: Vec<&str> = term.split_ascii_whitespace().collect();
        let [name, operator, value] = words.as_slice() else {
            bail!("a condition that is not known here: {term:?}");
        };
        let (Some(there), value) = (attribute(name), self.value(value)?) else {
            return Ok(false);
        };
        // Numbers would have to be compared as numbers.
        let (Attribute::S(there), Attribute::S(value)) = (there, value) else {
            bail!("values of this kind are not compared here: {term:?}");
        };
        Ok(match *operator {
            "<" => there < value,
            "<=" => there <= value,
            "=" => there == value,
            _ => bail!("an operator that is not known here: {term:?}"),
        })
    }

    fn name<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.get(name).map_or(name, String::as_str)
    }

    fn value(&self, name: &str) -> Result<&Attribute> {
        let value = self.values.get(name);
        value.with_context(|| format!("no value {name:?}"))
    }
}

#[cfg(test)]
mod tests;
