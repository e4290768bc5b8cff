//! Which kind of stream an event is of.

/// The kinds of streams that Lambda reads in shards.
///
/// ```
/// use records::StreamKind;
///
/// let event = br#"{"Records":[{"eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s"}]}"#;
/// assert_eq!(StreamKind::of_event(event), Some(StreamKind::Kinesis));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// Kinesis Data Streams.
    Kinesis,
    /// DynamoDB Streams.
    DynamoDb,
}

impl StreamKind {
    /// The kind by the first `eventSourceARN` of an event, be it of a record or, where there are no records, of the
    /// window. For functions that serve both; nothing else of the event is read.
    ///
    /// The name with its quotes cannot stand inside a JSON string, where quotes are escaped: what is found is a field.
    pub fn of_event(json: &[u8]) -> Option<Self> {
        const NAME: &[u8] = br#""eventSourceARN""#;
        let start = json.windows(NAME.len()).position(|window| window == NAME)?;
        let value = json.get(start + NAME.len()..)?.trim_ascii_start();
        let value = value.strip_prefix(b":")?.trim_ascii_start();
        let arn = value.strip_prefix(b"\"")?;
        // arn:partition:service:region:account:resource
        match arn.split(|byte| *byte == b':').nth(2)? {
            b"kinesis" => Some(Self::Kinesis),
            b"dynamodb" => Some(Self::DynamoDb),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_that_of_the_first_source_whatever_the_records_say() {
        let kinesis = r#""eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s""#;
        let dynamodb =
            r#""eventSourceARN" : "arn:aws-cn:dynamodb:cn-north-1:1:table/t/stream/2026""#;
        for (json, expected) in [
            (
                format!("{{\"Records\":[{{{kinesis}}}]}}"),
                Some(StreamKind::Kinesis),
            ),
            (
                format!("{{\"Records\":[],{dynamodb}}}"),
                Some(StreamKind::DynamoDb),
            ),
            (
                format!(
                    r#"{{"Records":[{{"kinesis":{{"partitionKey":"\"eventSourceARN\":\"arn:aws:dynamodb:"}},{kinesis}}}]}}"#
                ),
                Some(StreamKind::Kinesis),
            ),
            (
                r#"{"eventSourceARN":"arn:aws:sqs:us-east-1:1:q"}"#.to_owned(),
                None,
            ),
            (r#"{"eventSourceARN":7}"#.to_owned(), None),
            (r#"{"eventSourceARN""#.to_owned(), None),
            ("{}".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(StreamKind::of_event(json.as_bytes()), expected, "{json}");
        }
    }
}
