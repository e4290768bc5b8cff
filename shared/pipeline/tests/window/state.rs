//! The state on its way through a window, to where it is handed over.

use serde_json::json;

use crate::support::{Event, FULL, Run};

#[tokio::test]
async fn the_state_goes_from_call_to_call_and_is_handed_over_by_the_last_one() {
    let run = Run::new();
    for (event, answer, handed_over) in [
        (Event::of(&["1", "2"]), json!({"state": {"sum": 3}}), vec![]),
        (
            Event::of(&["4"]).after(3),
            json!({"state": {"sum": 7}}),
            vec![],
        ),
        (
            Event::of(&[]).after(7),
            json!({"state": {"sum": 7}}),
            vec![],
        ),
        (
            Event::of(&["5"]).after(7).last(),
            json!({"state": {}}),
            vec![(12, true)],
        ),
        (
            Event::of(&[]).after(12).last(),
            json!({"state": {}}),
            vec![(12, true); 2],
        ),
    ] {
        assert_eq!(run.process(&event.json()).await.unwrap(), answer);
        assert_eq!(run.handed_over(), handed_over);
    }
}

#[tokio::test]
async fn a_window_that_ends_early_is_handed_over_and_goes_on_with_what_is_left() {
    for (event, answer, handed_over) in [
        (
            Event::of(&[]).after(120).ended_early(),
            json!({"state": {"sum": 0}}),
            (120, false),
        ),
        (
            Event::of(&["1"]).after(120).ended_early(),
            json!({"state": {"sum": 0}}),
            (121, false),
        ),
        (
            Event::of(&["1"]).after(120).ended_early().last(),
            json!({"state": {}}),
            (121, true),
        ),
    ] {
        let run = Run::new();
        assert_eq!(run.process(&event.json()).await.unwrap(), answer);
        assert_eq!(run.handed_over(), [handed_over]);
    }
}

#[tokio::test]
async fn a_full_state_is_handed_over_before_anything_is_added() {
    let run = Run::new();
    let answer = run.process(&Event::of(&["1"]).after(FULL).json()).await;
    assert_eq!(answer.unwrap(), json!({"state": {"sum": 1}}));
    assert_eq!(run.handed_over(), [(FULL, false)]);
    // What a batch adds waits for the next call: only what Lambda has kept is handed over.
    let run = Run::new();
    let answer = run.process(&Event::of(&["200"]).json()).await;
    assert_eq!(answer.unwrap(), json!({"state": {"sum": 200}}));
    assert!(run.handed_over().is_empty());
    // A final call hands over once.
    let run = Run::new();
    run.process(&Event::of(&["1"]).after(FULL).last().json())
        .await
        .unwrap();
    assert_eq!(run.handed_over(), [(FULL + 1, true)]);
}

#[tokio::test]
async fn changes_of_a_table_are_folded_as_well() {
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/sums/stream/2025-11-21T07:00:00.000";
    let event = json!({
        "Records": [{
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_763_712_000,
                "Keys": {"ID": {"S": "1"}},
                "SequenceNumber": "111",
                "StreamViewType": "KEYS_ONLY",
            },
            "eventSourceARN": arn,
        }],
        "window": {"start": "2025-11-21T08:00:00Z", "end": "2025-11-21T08:00:30Z"},
        "state": {},
        "shardId": "shardId-00000001763711999000-f55eea83",
        "eventSourceARN": arn,
        "isFinalInvokeForWindow": false,
        "isWindowTerminatedEarly": false,
    });
    let answer = Run::new().process(&event.to_string()).await;
    assert_eq!(answer.unwrap(), json!({"state": {"sum": 1_000}}));
}
