use super::*;
use crate::decode::Given;

/// Sequence number and data, or the reason why there is none.
#[derive(Default)]
struct Seen(Vec<String>);

impl Sink for Seen {
    fn record(&mut self, given: &Given<'_>) -> Result<()> {
        let data = match &given.data {
            Ok(data) => String::from_utf8_lossy(data).into_owned(),
            Err(refused) => format!("{}/{}", refused.stage, refused.reason),
        };
        self.0
            .push(format!("{} {data}", given.sequence_number.unwrap_or("-")));
        Ok(())
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

const RECORD: &str = r#"{"kinesis":{"sequenceNumber":"7","data":"e30="}}"#;

#[test]
fn records_of_all_documents_are_handed_over() {
    let event = format!(r#"{{"Records":[{RECORD},null]}}"#);
    let failed = serde_json::json!({ "KinesisBatchInfo": {}, "payload": event }).to_string();
    let opened = format!(r#"{{"KinesisBatchInfo":{{}},"payload":{event}}}"#);
    let answer = r#"{"Records":[{"SequenceNumber":"8","Data":"e30=","PartitionKey":"k"},
        {"SequenceNumber":"9","Data":"?"},{"SequenceNumber":"10"},7,{"Data":"e30="}]}"#;
    for (text, are_answers, expected) in [
        (event.clone(), false, &["7 {}", "- event/not-an-object"][..]),
        (failed, false, &["7 {}", "- event/not-an-object"]),
        (opened, false, &["7 {}", "- event/not-an-object"]),
        (
            format!("{event}\n{event}"),
            false,
            &[
                "7 {}",
                "- event/not-an-object",
                "7 {}",
                "- event/not-an-object",
            ],
        ),
        (
            r#"{"Records":[null]}"#.to_owned(),
            false,
            &["- event/not-an-object"],
        ),
        (r#"{"Records":null}"#.to_owned(), false, &[]),
        (r#"{"Records":[]}"#.to_owned(), true, &[]),
        (
            answer.to_owned(),
            true,
            &[
                "8 {}",
                "9 input/not-base64",
                "10 input/no-data",
                "- input/not-an-object",
                "- {}",
            ],
        ),
    ] {
        let mut seen = Seen::default();
        read(text.as_bytes(), are_answers, &mut seen).unwrap();
        assert_eq!(seen.0, expected, "{text}");
    }
}

#[test]
fn what_is_something_else_is_named() {
    for (text, are_answers, expected) in [
        (
            "",
            false,
            "the input is empty, expected an event of Kinesis",
        ),
        ("[]", false, "found an array, expected an event of Kinesis"),
        ("{}", false, "found an empty object, expected an event"),
        (
            r#"{"records":[],"invocationId":""}"#,
            false,
            "found an object with invocationId, records, expected",
        ),
        (
            r#"{"Records":7}"#,
            false,
            "found `Records` that is a number, expected",
        ),
        (
            r#"{"Records":[{"dynamodb":{}}]}"#,
            false,
            "found an event of DynamoDB Streams, which has no layers, expected",
        ),
        (
            r#"{"Records":[{"eventSource":"aws:sqs"}]}"#,
            false,
            "found an event of aws:sqs, expected",
        ),
        (
            r#"{"Records":[{"Data":""}]}"#,
            false,
            "found an answer of get-records, which --input get-records reads, expected",
        ),
        (
            r#"{"Records":[{"kinesis":{}}]}"#,
            true,
            "found an event of Kinesis, which --input event reads, expected an answer",
        ),
        (
            r#"{"KinesisBatchInfo":{}}"#,
            false,
            "found a failure record without `payload`",
        ),
        (
            r#"{"KinesisBatchInfo":{},"payload":"x"}"#,
            false,
            "found no JSON, expected",
        ),
        (
            r#"{"Records":["#,
            false,
            "the input is not JSON: EOF while parsing",
        ),
    ] {
        let error = read(text.as_bytes(), are_answers, &mut Seen::default()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    let error = read(b"{\xff", false, &mut Seen::default()).unwrap_err();
    assert_eq!(error.to_string(), "byte 1 is not UTF-8, expected JSON");
}
