//! What fails a call, so that it comes again with the state of before.

use pipeline::InvocationError;

use crate::support::{Event, FULL, Run, Sums, UNLUCKY};

#[tokio::test]
async fn what_cannot_be_handed_over_fails_the_call() {
    for event in [
        Event::of(&["1"]).last(),
        Event::of(&[]).last(),
        Event::of(&["1"]).ended_early(),
        Event::of(&["1"]).after(FULL),
    ] {
        let refusing = Sums {
            refuses: true,
            ..Sums::default()
        };
        let error = Run::of(refusing, "quarantine").process(&event.json()).await;
        assert_eq!(
            error.unwrap_err(),
            InvocationError::HandOver("refused".to_owned())
        );
    }
}

#[tokio::test]
async fn a_state_that_the_function_refuses_fails_the_call_before_anything_is_done() {
    let run = Run::new();
    let error = run
        .process(&Event::of(&["poison"]).after(UNLUCKY).last().json())
        .await;
    assert_eq!(
        error.unwrap_err(),
        InvocationError::State("thirteen".to_owned())
    );
    assert!(run.handed_over().is_empty() && run.quarantined().is_empty());
}

#[tokio::test]
async fn events_that_are_none_of_a_window_are_named() {
    let good = Event::of(&["1"]).json();
    for (from, to, expected) in [
        (good.as_str(), "{", "`eventSourceARN`"),
        (
            r#""window":{"#,
            r#""other":{"#,
            "`window` is missing, expected an object",
        ),
        ("2025-11-21T08:00:00Z", "now", r#"`window.start` is "now""#),
        (
            r#""isFinalInvokeForWindow":false"#,
            r#""isFinalInvokeForWindow":0"#,
            "`isFinalInvokeForWindow` is 0",
        ),
        (
            r#""state":{}"#,
            r#""state":{"sum":"1"}"#,
            "`state` cannot be read",
        ),
        (
            r#""state":{}"#,
            r#""state":{"1":282,"2":715}"#,
            "missing field `sum`",
        ),
        (
            "arn:aws:kinesis:",
            "arn:aws:sqs:",
            "no `eventSourceARN` of a Kinesis or DynamoDB stream",
        ),
    ] {
        let error = Run::new()
            .process(&good.replace(from, to))
            .await
            .unwrap_err();
        let InvocationError::MalformedEvent(text) = &error else {
            panic!("{error}");
        };
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn a_panic_or_a_lost_outcome_fails_the_call() {
    let error = Run::new()
        .process(&Event::of(&["1", "one"]).json())
        .await
        .unwrap_err();
    let is_panic = matches!(&error, InvocationError::Panic(text) if text.contains("InvalidDigit"));
    assert!(is_panic, "{error}");
    let error = Run::new()
        .process(&Event::of(&["1", "forget"]).json())
        .await;
    let expected = InvocationError::OutcomeCount {
        given: 1,
        records: 2,
    };
    assert_eq!(error.unwrap_err(), expected);
}
