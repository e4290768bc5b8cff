//! Conditional puts that happen together or not at all, and the consistent reads they depend on.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use crate::backoff::Backoff;
use crate::item::{Item, Value, push_json_string};
use crate::transport::{CallError, Transport};
use records::Number;

/// Most puts of one transaction (DynamoDB API reference, `TransactWriteItems`).
pub const MAX_PUTS: usize = 100;
/// Most keys of one read (DynamoDB API reference, `BatchGetItem`).
pub const MAX_KEYS: usize = 100;
/// Longest time for one call; a transaction takes some tens of milliseconds.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);

/// An item to be put if its condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionalPut<'a> {
    /// The whole item.
    pub item: Item<'a>,
    /// What has to be true of the item that is there.
    pub condition: Condition,
}

/// What has to be true of the item that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is none; the attribute is one of the key.
    Absent(&'static str),
    /// It has this number in this attribute.
    Equals(&'static str, Number<'static>),
}

/// Reads and transactions on one table.
#[derive(Debug)]
pub struct Transactions {
    transport: Transport,
    table: String,
}

/// An item as it was read; attributes of other types than text and number are left out.
#[derive(Clone, Debug, Default)]
pub struct Row(HashMap<String, Attribute>);

#[derive(Clone, Debug, Deserialize)]
enum Attribute {
    S(String),
    N(String),
    #[serde(untagged)]
    Other(serde::de::IgnoredAny),
}

impl Row {
    /// A text attribute.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Attribute::S(text) => Some(text),
            _ => None,
        }
    }

    /// A number attribute, as text.
    pub fn number(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Attribute::N(text) => Some(text),
            _ => None,
        }
    }
}

impl Transactions {
    /// Transactions on `table`.
    pub fn new(transport: Transport, table: &str) -> Self {
        Self {
            transport,
            table: table.to_owned(),
        }
    }

    /// Puts all of `puts`, [`MAX_PUTS`] at most, or none of them.
    ///
    /// [`CallError::Transient`] also if a condition does not hold or another transaction is in the way, and if the
    /// answer was lost: what was written is known only after another read.
    pub async fn put(
        &self,
        puts: &[ConditionalPut<'_>],
        deadline: Instant,
    ) -> Result<(), CallError> {
        let body = self.put_body(puts);
        self.call("TransactWriteItems", body, deadline)
            .await
            .map(drop)
    }

    /// Reads the items with these keys, [`MAX_KEYS`] at most, as of now and in no order. Missing ones are left out.
    pub async fn get(&self, keys: &[Item<'_>], deadline: Instant) -> Result<Vec<Row>, CallError> {
        let mut rows = Vec::with_capacity(keys.len());
        let mut body = self.get_body(keys);
        let mut backoff = Backoff::new(fastrand::Rng::new());
        loop {
            let answer = self.call("BatchGetItem", body, deadline).await?;
            let answer: Answer<'_> = serde_json::from_slice(&answer).map_err(|error| {
                CallError::Transient(format!("the answer cannot be read: {error}"))
            })?;
            for found in answer.responses.into_values() {
                rows.extend(found.into_iter().map(Row));
            }
            match answer.unprocessed.map(RawValue::get) {
                None | Some("{}" | "null") => return Ok(rows),
                Some(left) => body = format!(r#"{{"RequestItems":{left}}}"#).into(),
            }
            // AWS asks for a wait: the keys are left because the table is throttled.
            if !backoff.wait(deadline).await {
                return Err(CallError::Transient("left in UnprocessedKeys".to_owned()));
            }
        }
    }

    async fn call(
        &self,
        operation: &str,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Bytes, CallError> {
        let now = Instant::now();
        if now >= deadline {
            return Err(CallError::Unavailable("no time left".to_owned()));
        }
        let call = self.transport.call(operation, body);
        let answer = timeout_at(deadline.min(now + CALL_TIMEOUT), call).await;
        answer.map_err(|_| CallError::Transient("no answer in time".to_owned()))?
    }

    fn put_body(&self, puts: &[ConditionalPut<'_>]) -> Bytes {
        let mut body = br#"{"TransactItems":["#.to_vec();
        for (index, put) in puts.iter().enumerate() {
            body.extend_from_slice(if index > 0 { b",{" } else { b"{" });
            body.extend_from_slice(br#""Put":{"TableName":"#);
            push_json_string(&mut body, &self.table);
            body.extend_from_slice(br#","Item":"#);
            put.item.write_json(&mut body);
            put.condition.write_json(&mut body);
            body.extend_from_slice(b"}}");
        }
        body.extend_from_slice(b"]}");
        body.into()
    }

    fn get_body(&self, keys: &[Item<'_>]) -> Bytes {
        let mut body = br#"{"RequestItems":{"#.to_vec();
        push_json_string(&mut body, &self.table);
        body.extend_from_slice(br#":{"ConsistentRead":true,"Keys":["#);
        for (index, key) in keys.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            key.write_json(&mut body);
        }
        body.extend_from_slice(b"]}}}");
        body.into()
    }
}

impl Condition {
    fn write_json(&self, body: &mut Vec<u8>) {
        let (expression, attribute) = match self {
            Self::Absent(attribute) => ("attribute_not_exists(#a)", attribute),
            Self::Equals(attribute, _) => ("#a = :a", attribute),
        };
        body.extend_from_slice(br#","ConditionExpression":""#);
        body.extend_from_slice(expression.as_bytes());
        body.extend_from_slice(br##"","ExpressionAttributeNames":{"#a":"##);
        push_json_string(body, attribute);
        body.push(b'}');
        if let Self::Equals(_, number) = self {
            body.extend_from_slice(br#","ExpressionAttributeValues":{":a":"#);
            Value::Number(number.clone()).write_json(body);
            body.push(b'}');
        }
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(default, rename = "Responses")]
    responses: HashMap<String, Vec<HashMap<String, Attribute>>>,
    #[serde(borrow, default, rename = "UnprocessedKeys")]
    unprocessed: Option<&'a RawValue>,
}
