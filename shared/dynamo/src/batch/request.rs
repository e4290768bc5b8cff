//! The JSON of `BatchWriteItem`, both ways.

use std::collections::HashMap;

use bytes::Bytes;
use records::Number;
use serde::Deserialize;

use crate::item::{Item, Value, push_json_string};
use crate::key::KeySchema;
use crate::transport::CallError;

/// Most items of one call (DynamoDB API reference, `BatchWriteItem`).
pub(super) const MAX_ITEMS: usize = 25;
/// Most bytes of one call (same page: 16 MB).
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Builds requests for one table and reads what they left over.
#[derive(Debug)]
pub(super) struct Requests {
    table: String,
    /// `{"RequestItems":{"SensorData":[`
    head: Vec<u8>,
}

/// `]}}`
const TAIL: &[u8] = b"]}}";
const BEFORE_ITEM: &[u8] = br#"{"PutRequest":{"Item":"#;
const AFTER_ITEM: &[u8] = b"}}";

impl Requests {
    pub(super) fn new(table: &str) -> Self {
        let mut head = br#"{"RequestItems":{"#.to_vec();
        push_json_string(&mut head, table);
        head.extend_from_slice(b":[");
        Self {
            table: table.to_owned(),
            head,
        }
    }

    /// Splits the items at the places `round` into calls of at most 25 items and 16 MB.
    pub(super) fn pack(&self, items: &[Item<'_>], round: &[usize]) -> Vec<Vec<usize>> {
        let mut chunks: Vec<Vec<usize>> = Vec::with_capacity(round.len().div_ceil(MAX_ITEMS));
        let mut bytes = 0;
        for &index in round {
            let item_bytes = BEFORE_ITEM.len() + items[index].longest_json() + AFTER_ITEM.len() + 1;
            match chunks.last_mut() {
                Some(chunk) if chunk.len() < MAX_ITEMS && bytes + item_bytes <= MAX_BODY_BYTES => {
                    chunk.push(index);
                    bytes += item_bytes;
                }
                _ => {
                    let mut chunk = Vec::with_capacity(MAX_ITEMS);
                    chunk.push(index);
                    chunks.push(chunk);
                    bytes = self.head.len() + TAIL.len() + item_bytes;
                }
            }
        }
        chunks
    }

    /// The body of a call that puts the items at the places of `chunk`.
    pub(super) fn body(&self, items: &[Item<'_>], chunk: &[usize]) -> Bytes {
        let mut body = Vec::with_capacity(self.head.len() + chunk.len() * 256);
        body.extend_from_slice(&self.head);
        for (place, &index) in chunk.iter().enumerate() {
            if place > 0 {
                body.push(b',');
            }
            body.extend_from_slice(BEFORE_ITEM);
            items[index].write_json(&mut body);
            body.extend_from_slice(AFTER_ITEM);
        }
        body.extend_from_slice(TAIL);
        body.into()
    }

    /// The places of `chunk` whose items the answer lists as unprocessed. An answer that cannot be read, or that
    /// lists what was not sent, leaves all of them in doubt: putting them again is harmless.
    pub(super) fn left_over(
        &self,
        answer: &[u8],
        items: &[Item<'_>],
        chunk: &[usize],
        schema: KeySchema,
    ) -> Result<Vec<usize>, CallError> {
        let unreadable =
            |what: &str| CallError::Transient(format!("the answer cannot be read: {what}"));
        if !answer.trim_ascii_start().starts_with(b"{") {
            // A derived type would take an array for an object.
            return Err(unreadable("it is not a JSON object"));
        }
        let answer: Answer =
            serde_json::from_slice(answer).map_err(|error| unreadable(&error.to_string()))?;
        let unprocessed = answer
            .unprocessed
            .unwrap_or_default()
            .remove(&self.table)
            .unwrap_or_default();
        let places = unprocessed.iter().map(|request| {
            let is_same = |index: &&usize| request.put.has_key_of(&items[**index], schema);
            chunk.iter().find(is_same).copied()
        });
        places
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| unreadable("an unprocessed item was never sent"))
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "UnprocessedItems")]
    unprocessed: Option<HashMap<String, Vec<Unprocessed>>>,
}

#[derive(Deserialize)]
struct Unprocessed {
    #[serde(rename = "PutRequest")]
    put: Put,
}

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "Item")]
    item: HashMap<String, serde_json::Value>,
}

impl Put {
    fn has_key_of(&self, item: &Item<'_>, schema: KeySchema) -> bool {
        let same = |name: &str| match (item.get(name), self.item.get(name)) {
            (Some(Value::Text(text)), Some(wire)) => wire["S"].as_str() == Some(text),
            (Some(Value::Number(number)), Some(wire)) => {
                wire["N"]
                    .as_str()
                    .and_then(|text| Number::parse(text).ok())
                    .as_ref()
                    == Some(number)
            }
            _ => false,
        };
        same(schema.hash) && schema.range.is_none_or(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: KeySchema = KeySchema {
        hash: "Id",
        range: Some("At"),
    };

    fn item(id: usize) -> Item<'static> {
        Item::new()
            .text("Id", format!("sensor-{id}"))
            .number("At", Number::parse("1.50").unwrap())
    }

    #[test]
    fn the_body_is_a_batch_write_item_request() {
        let body = Requests::new("Ta\"ble").body(&[item(0), item(1), item(2)], &[0, 2]);
        let put = |id: &str| serde_json::json!({"PutRequest": {"Item": {"Id": {"S": id}, "At": {"N": "1.5"}}}});
        let expected =
            serde_json::json!({"RequestItems": {"Ta\"ble": [put("sensor-0"), put("sensor-2")]}});
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            expected
        );
    }

    #[test]
    fn calls_hold_at_most_25_items_and_16_megabytes() {
        let requests = Requests::new("T");
        let small: Vec<_> = (0..60).map(item).collect();
        let sizes: Vec<_> = requests
            .pack(&small, &(0..60).collect::<Vec<_>>())
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, [25, 25, 10]);
        let large: Vec<_> = (0..30)
            .map(|id| item(id).text("Blob", "\u{1}".repeat(390_000)))
            .collect();
        let round: Vec<_> = (0..30).collect();
        let chunks = requests.pack(&large, &round);
        assert_eq!(chunks.concat(), round);
        for chunk in chunks {
            assert!(requests.body(&large, &chunk).len() <= MAX_BODY_BYTES);
        }
    }

    #[test]
    fn unprocessed_items_are_found_again_by_key_whatever_the_digits() {
        let (requests, items) = (Requests::new("T"), [item(0), item(1), item(2)]);
        let left = |answer: &str| requests.left_over(answer.as_bytes(), &items, &[0, 2], SCHEMA);
        for nothing in [
            "{}",
            r#"{"UnprocessedItems":{}}"#,
            r#"{"UnprocessedItems":null}"#,
        ] {
            assert_eq!(left(nothing).unwrap(), Vec::<usize>::new());
        }
        let one = r#"{"UnprocessedItems":{"T":[{"PutRequest":{"Item":{"At":{"N":"15E-1"},"Id":{"S":"sensor-2"}}}}]}}"#;
        assert_eq!(left(one).unwrap(), [2]);
        for doubtful in [&one.replace("sensor-2", "sensor-1"), "", "<html>", "[]"] {
            assert!(
                matches!(left(doubtful), Err(CallError::Transient(_))),
                "{doubtful}"
            );
        }
    }
}
