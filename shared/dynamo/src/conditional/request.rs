//! The JSON of `PutItem`, both ways.

use bytes::Bytes;

use super::{Guard, GuardedPut};
use crate::item::{Item, Value, push_json_string};
use crate::key::{KeySchema, Unfit};
use crate::transport::CallError;

/// Builds requests for one table.
#[derive(Debug)]
pub(super) struct Requests {
    /// `{"TableName":"OrderSource","ReturnValuesOnConditionCheckFailure":"ALL_OLD","Item":`
    head: Vec<u8>,
    hash: &'static str,
}

impl Requests {
    pub(super) fn new(table: &str, key: KeySchema) -> Self {
        let mut head = br#"{"TableName":"#.to_vec();
        push_json_string(&mut head, table);
        head.extend_from_slice(br#","ReturnValuesOnConditionCheckFailure":"ALL_OLD","Item":"#);
        Self {
            head,
            hash: key.hash,
        }
    }

    /// The body of a call that puts the item if the guard lets it.
    pub(super) fn body(&self, put: &GuardedPut<'_>) -> Bytes {
        let mut body = Vec::with_capacity(self.head.len() + 1024);
        body.extend_from_slice(&self.head);
        put.item.write_json(&mut body);
        put.guard.write_json(self.hash, &put.item, &mut body);
        body.push(b'}');
        body.into()
    }
}

impl Guard {
    /// Whether `item` has what the guard compares.
    pub(super) fn check(self, item: &Item<'_>) -> Result<(), Unfit> {
        for name in self.attributes() {
            if !matches!(item.get(name), Some(Value::Text(_))) {
                return Err(Unfit {
                    reason: "rejected",
                    detail: format!("the guard's attribute {name} is missing or not text"),
                });
            }
        }
        Ok(())
    }

    fn attributes(&self) -> &[&'static str] {
        match self {
            Self::Newer(name) => std::slice::from_ref(name),
            Self::NotOlder(names) => names,
        }
    }

    /// Appends the condition: `attribute_not_exists(#h) OR #a0 <= :a0 AND #a1 <= :a1` and what its names stand for.
    /// `AND` binds closer than `OR` (DynamoDB developer guide, "Condition and filter expressions").
    fn write_json(self, hash: &str, item: &Item<'_>, body: &mut Vec<u8>) {
        let comparison: &[u8] = match self {
            Self::Newer(_) => b" < ",
            Self::NotOlder(_) => b" <= ",
        };
        let attributes = self.attributes();
        body.extend_from_slice(br#","ConditionExpression":"attribute_not_exists(#h)"#);
        for index in 0..attributes.len() {
            body.extend_from_slice(if index == 0 { b" OR " } else { b" AND " });
            push_placeholder(body, b'#', index);
            body.extend_from_slice(comparison);
            push_placeholder(body, b':', index);
        }
        body.extend_from_slice(br##"","ExpressionAttributeNames":{"#h":"##);
        push_json_string(body, hash);
        for (index, name) in attributes.iter().enumerate() {
            body.extend_from_slice(br#",""#);
            push_placeholder(body, b'#', index);
            body.extend_from_slice(br#"":"#);
            push_json_string(body, name);
        }
        body.push(b'}');
        let values = attributes.iter().filter_map(|name| item.get(name));
        for (index, value) in values.enumerate() {
            body.extend_from_slice(if index == 0 {
                br#","ExpressionAttributeValues":{""#
            } else {
                br#",""#
            });
            push_placeholder(body, b':', index);
            body.extend_from_slice(br#"":"#);
            value.write_json(body);
        }
        if !attributes.is_empty() {
            body.push(b'}');
        }
    }
}

/// Appends `#a0` or `:a0`.
fn push_placeholder(body: &mut Vec<u8>, sign: u8, index: usize) {
    body.extend_from_slice(&[sign, b'a']);
    body.extend_from_slice(index.to_string().as_bytes());
}

/// Whether an answer is DynamoDB's. What else says 200, such as a proxy, leaves it in doubt whether the item was put.
pub(super) fn is_read(answer: &[u8]) -> Result<(), CallError> {
    let is_read = answer == b"{}"
        || answer.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<serde::de::IgnoredAny>(answer).is_ok();
    if is_read {
        return Ok(());
    }
    Err(CallError::Transient(
        "the answer cannot be read: it is not a JSON object".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use records::Number;
    use serde_json::json;

    use super::*;

    const KEY: KeySchema = KeySchema {
        hash: "or\"der",
        range: None,
    };

    fn body(guard: Guard) -> serde_json::Value {
        let item = Item::new()
            .number("or\"der", Number::from(1))
            .text("v", "1")
            .text("w", "\"2");
        let body = Requests::new("Ta\"ble", KEY).body(&GuardedPut { item, guard });
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn the_body_is_a_conditional_put_item_request() {
        let expected = |condition: &str, names: serde_json::Value, values: serde_json::Value| {
            json!({
                "TableName": "Ta\"ble",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                "Item": {"or\"der": {"N": "1"}, "v": {"S": "1"}, "w": {"S": "\"2"}},
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            })
        };
        assert_eq!(
            body(Guard::Newer("v")),
            expected(
                "attribute_not_exists(#h) OR #a0 < :a0",
                json!({"#h": "or\"der", "#a0": "v"}),
                json!({":a0": {"S": "1"}})
            )
        );
        assert_eq!(
            body(Guard::NotOlder(&["v", "w"])),
            expected(
                "attribute_not_exists(#h) OR #a0 <= :a0 AND #a1 <= :a1",
                json!({"#h": "or\"der", "#a0": "v", "#a1": "w"}),
                json!({":a0": {"S": "1"}, ":a1": {"S": "\"2"}})
            )
        );
    }

    #[test]
    fn only_a_json_object_is_an_answer() {
        for answer in ["{}", " {}\n", r#"{"ConsumedCapacity":{"TableName":"T"}}"#] {
            assert_eq!(is_read(answer.as_bytes()), Ok(()), "{answer}");
        }
        for answer in ["", "[]", "null", "{", "{}{}", "<html>"] {
            let error = is_read(answer.as_bytes());
            assert!(matches!(error, Err(CallError::Transient(_))), "{answer}");
        }
    }
}
