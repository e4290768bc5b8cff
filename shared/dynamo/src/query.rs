//! The reader: partitions as they are now, and pages of an index.

use std::sync::OnceLock;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::item::{Value, push_json_string};
use crate::row::Row;
use crate::transport::{CallError, Transport};

/// Reads one table, several calls in flight.
#[derive(Debug)]
pub struct Reader {
    transport: Transport,
    table: String,
    in_flight: usize,
}

/// Where the next page begins, as DynamoDB said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageStart(String);

/// Why no more calls are made, once a call has found that none would do.
type Halt = OnceLock<CallError>;

impl Reader {
    /// A reader of `table`, with up to `in_flight` calls at a time.
    pub fn new(transport: Transport, table: &str, in_flight: usize) -> Self {
        Self {
            transport,
            table: table.to_owned(),
            in_flight: in_flight.max(1),
        }
    }

    /// All items of each of the partitions whose key attribute `hash` is one of `keys`, as of now, sorted by the range
    /// key; results in the order of `keys`. A partition without items is an empty list.
    ///
    /// What may pass is tried again with full jitter until `deadline`: no call goes out after it, and none is waited
    /// for beyond it. What does not pass soon (no permission, no table) ends the calls: the partitions that are left
    /// have the same error.
    pub async fn partitions(
        &self,
        hash: &'static str,
        keys: &[Value<'_>],
        deadline: Instant,
    ) -> Vec<Result<Vec<Row>, CallError>> {
        let halt = &Halt::new();
        let mut partitions: Vec<_> = keys.iter().map(|_| Ok(Vec::new())).collect();
        let mut finished =
            // By their places: futures over references would not be `Send` for all lifetimes, as functions need them.
            stream::iter(0..keys.len())
                .map(|index| async move {
                    (index, self.partition(hash, &keys[index], deadline, halt).await)
                })
                .buffer_unordered(self.in_flight);
        while let Some((index, partition)) = finished.next().await {
            partitions[index] = partition;
        }
        partitions
    }

    /// One page, 1 MB at most, of an index's partition after `start`: the rows, which may be none, and where the next
    /// page begins unless this was the last. Indexes lag behind the table.
    ///
    /// Tried again as in [`partitions`](Self::partitions).
    pub async fn index_page(
        &self,
        index: &str,
        hash: &'static str,
        key: &Value<'_>,
        start: Option<&PageStart>,
        deadline: Instant,
    ) -> Result<(Vec<Row>, Option<PageStart>), CallError> {
        let query = query(&self.table, Some(index), hash, key);
        let mut rows = Vec::new();
        let next = self
            .page(&query, start, &mut rows, deadline, &Halt::new())
            .await?;
        Ok((rows, next))
    }

    async fn partition(
        &self,
        hash: &str,
        key: &Value<'_>,
        deadline: Instant,
        halt: &Halt,
    ) -> Result<Vec<Row>, CallError> {
        let query = query(&self.table, None, hash, key);
        let (mut rows, mut start) = (Vec::new(), None);
        loop {
            start = self
                .page(&query, start.as_ref(), &mut rows, deadline, halt)
                .await?;
            if start.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Appends a page to `rows`; gives where the next one begins.
    async fn page(
        &self,
        query: &[u8],
        start: Option<&PageStart>,
        rows: &mut Vec<Row>,
        deadline: Instant,
        halt: &Halt,
    ) -> Result<Option<PageStart>, CallError> {
        let body = page_body(query, start);
        let mut backoff = Backoff::new(fastrand::Rng::new());
        loop {
            if let Some(error) = halt.get() {
                return Err(error.clone());
            }
            let call = self.transport.call_by(deadline, "Query", body.clone());
            let page = call.await.map_err(CallError::from);
            let error = match page.and_then(|answer| read(&answer, rows)) {
                Ok(next) => return Ok(next),
                Err(error) => error,
            };
            match &error {
                CallError::Transient(_) if backoff.wait(deadline).await => {}
                CallError::Unavailable(_) => return Err(halt.get_or_init(|| error).clone()),
                CallError::Transient(_) | CallError::Refused(_) => return Err(error),
            }
        }
    }
}

/// A `Query` of the table or an index as JSON, without the brace that ends it.
fn query(table: &str, index: Option<&str>, hash: &str, key: &Value<'_>) -> Vec<u8> {
    let mut query = Vec::with_capacity(256);
    query.extend_from_slice(br#"{"TableName":"#);
    push_json_string(&mut query, table);
    match index {
        // Global indexes cannot be read consistently.
        Some(index) => {
            query.extend_from_slice(br#","IndexName":"#);
            push_json_string(&mut query, index);
        }
        None => query.extend_from_slice(br#","ConsistentRead":true"#),
    }
    query.extend_from_slice(
        br##","KeyConditionExpression":"#h = :h","ExpressionAttributeNames":{"#h":"##,
    );
    push_json_string(&mut query, hash);
    query.extend_from_slice(br#"},"ExpressionAttributeValues":{":h":"#);
    key.write_json(&mut query);
    query.push(b'}');
    query
}

fn page_body(query: &[u8], start: Option<&PageStart>) -> Bytes {
    let mut body = query.to_vec();
    if let Some(PageStart(key)) = start {
        body.extend_from_slice(br#","ExclusiveStartKey":"#);
        body.extend_from_slice(key.as_bytes());
    }
    body.push(b'}');
    body.into()
}

/// Appends the rows of an answer; gives where the next page begins.
fn read(answer: &[u8], rows: &mut Vec<Row>) -> Result<Option<PageStart>, CallError> {
    let unreadable =
        |what: &str| CallError::Transient(format!("the answer cannot be read: {what}"));
    if !answer.trim_ascii_start().starts_with(b"{") {
        // A derived type would take an array for an object.
        return Err(unreadable("it is not a JSON object"));
    }
    let page: Page<'_> =
        serde_json::from_slice(answer).map_err(|error| unreadable(&error.to_string()))?;
    if rows.is_empty() {
        *rows = page.items;
    } else {
        rows.extend(page.items);
    }
    let next = page.last.map(RawValue::get);
    Ok(next
        .filter(|key| !matches!(*key, "{}" | "null"))
        .map(|key| PageStart(key.to_owned())))
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(rename = "Items")]
    items: Vec<Row>,
    #[serde(borrow, default, rename = "LastEvaluatedKey")]
    last: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tables_are_read_as_of_now_and_indexes_as_they_are() {
        let body = |index, start| -> serde_json::Value {
            let query = query(
                "Ta\"ble",
                index,
                "missing",
                &Value::Text("pro\"duct".into()),
            );
            serde_json::from_slice(&page_body(&query, start)).unwrap()
        };
        let mut expected = json!({
            "TableName": "Ta\"ble",
            "ConsistentRead": true,
            "KeyConditionExpression": "#h = :h",
            "ExpressionAttributeNames": {"#h": "missing"},
            "ExpressionAttributeValues": {":h": {"S": "pro\"duct"}},
        });
        assert_eq!(body(None, None), expected);
        let start = PageStart(r#"{"id":{"N":"1"}}"#.to_owned());
        expected["ExclusiveStartKey"] = json!({"id": {"N": "1"}});
        assert_eq!(body(None, Some(&start)), expected);
        expected["ConsistentRead"].take();
        expected.as_object_mut().unwrap().remove("ConsistentRead");
        expected["IndexName"] = json!("MissingIndex");
        assert_eq!(body(Some("MissingIndex"), Some(&start)), expected);
    }

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let row = r#"{"id":{"S":"a"}}"#;
        let page = |answer: &str, rows: &mut Vec<Row>| read(answer.as_bytes(), rows);
        let mut rows = Vec::new();
        for (answer, next, count) in [
            (
                format!(r#"{{"Items":[{row}],"Count":1,"ScannedCount":1}}"#),
                None,
                1,
            ),
            (
                format!(r#"{{"Items":[],"LastEvaluatedKey":{row}}}"#),
                Some(row),
                1,
            ),
            (
                format!(r#"{{"LastEvaluatedKey":null,"Items":[{row},{row}]}}"#),
                None,
                3,
            ),
        ] {
            let expected = next.map(|key| PageStart(key.to_owned()));
            assert_eq!(page(&answer, &mut rows), Ok(expected), "{answer}");
            assert_eq!(rows.len(), count, "{answer}");
        }
        let doubtful = format!(r#"{{"Items":[{row},1]}}"#);
        for answer in [
            "",
            "<html>",
            "[[],null]",
            "{}",
            r#"{"Items":null}"#,
            &doubtful,
        ] {
            let error = page(answer, &mut rows);
            assert!(matches!(error, Err(CallError::Transient(_))), "{answer}");
            assert_eq!(rows.len(), 3, "{answer}");
        }
    }
}
