//! A record of a DynamoDB stream inside the event.

use serde_json::Value;

use super::text::{push_string, push_value};

/// A DynamoDB stream as the event names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamoDbSource {
    /// ARN of the stream (not of the table).
    pub stream_arn: String,
    /// Region of the table, for instance `us-east-1`.
    pub region: String,
}

/// A record as the `GetRecords` of DynamoDB Streams answers it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamoDbRecord<'a> {
    /// The event's id, 32 hexadecimal digits.
    pub event_id: &'a str,
    /// `INSERT`, `MODIFY` or `REMOVE`.
    pub event_name: &'a str,
    /// The `StreamRecord` in the form of DynamoDB's JSON: keys, images, sequence number and so on, with
    /// `ApproximateCreationDateTime` in seconds since the epoch.
    pub dynamodb: &'a Value,
    /// Who deleted the item, if that was DynamoDB itself because of its time to live.
    pub user_identity: Option<&'a Value>,
}

impl DynamoDbSource {
    /// The element of `Records` for one record; what a filter's patterns are held against too.
    pub fn record_json(&self, record: &DynamoDbRecord<'_>) -> String {
        let mut json = String::with_capacity(1_024);
        json.push_str(r#"{"eventID":"#);
        push_string(&mut json, record.event_id);
        json.push_str(r#","eventName":"#);
        push_string(&mut json, record.event_name);
        json.push_str(r#","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"#);
        push_string(&mut json, &self.region);
        json.push_str(r#","dynamodb":"#);
        push_value(&mut json, record.dynamodb);
        json.push_str(r#","eventSourceARN":"#);
        push_string(&mut json, &self.stream_arn);
        if let Some(user_identity) = record.user_identity {
            json.push_str(r#","userIdentity":"#);
            push_value(&mut json, user_identity);
        }
        json.push('}');
        json
    }
}
