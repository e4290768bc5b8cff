//! Conditional puts that happen together or not at all, and the consistent reads they depend on.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::item::{Item, Value, push_json_string};
use crate::row::Row;
use crate::transport::{CallError, Transport};
use records::Number;

/// Most puts of one transaction (DynamoDB API reference, `TransactWriteItems`).
pub const MAX_PUTS: usize = 100;
/// Most keys of one read (DynamoDB API reference, `BatchGetItem`).
pub const MAX_KEYS: usize = 100;
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
        self.transport
            .call_by(deadline, "TransactWriteItems", body)
            .await?;
        Ok(())
    }

    /// Reads the items with these keys, [`MAX_KEYS`] at most, as of now and in no order. Missing ones are left out.
    pub async fn get(&self, keys: &[Item<'_>], deadline: Instant) -> Result<Vec<Row>, CallError> {
        let mut rows = Vec::with_capacity(keys.len());
        let mut body = self.get_body(keys);
        let mut backoff = Backoff::new(fastrand::Rng::new());
        loop {
            let answer = self
                .transport
                .call_by(deadline, "BatchGetItem", body)
                .await?;
            let answer: Answer<'_> = serde_json::from_slice(&answer).map_err(|error| {
                CallError::Transient(format!("the answer cannot be read: {error}"))
            })?;
            for found in answer.responses.into_values() {
                rows.extend(found);
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
    responses: HashMap<String, Vec<Row>>,
    #[serde(borrow, default, rename = "UnprocessedKeys")]
    unprocessed: Option<&'a RawValue>,
}
