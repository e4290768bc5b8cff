//! Every event in events/, JSON in and JSON out, with the rows and quarantine lines it leaves.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::FaultPlan;

use crate::support::{BUCKET, Setup, Stack, events};

const TIME: Duration = Duration::from_secs(30);
/// Most rows that a snapshot shows.
const ROWS: usize = 12;

/// The lines without what they have in common, and long data cut short.
fn summary(line: &Value) -> Value {
    let data = line["data"].as_str().unwrap();
    let number = line["sequence_number"].as_str().unwrap();
    json!({
        "sequence_number": number[number.len() - 4..],
        "arrival": line["arrival"],
        "stage": line["stage"],
        "reason": line["reason"],
        "detail": line["detail"],
        "data": data[..data.len().min(40)],
    })
}

/// All rows, or the first few of very many.
fn shown(rows: &[BTreeMap<String, String>]) -> Value {
    if rows.len() <= ROWS {
        return json!(rows);
    }
    json!({"count": rows.len(), "first": rows[0], "last": rows[rows.len() - 1]})
}

async fn start(name: &str) -> Stack {
    let setup = Setup {
        each_id_once: name == "duplicate-ids",
        ..Setup::default()
    };
    Stack::start(setup, FaultPlan::none()).await
}

#[tokio::test(start_paused = true)]
async fn every_event_gives_its_answer_rows_and_quarantine() {
    let events = events();
    assert!(events.len() >= 17, "events/ has only {}", events.len());
    for (name, event) in events {
        let stack = start(&name).await;
        let answer = stack.invoke(&event, TIME).await;
        let rows = stack.rows().await;
        let lines = stack.quarantined();
        let left = json!({
            "answer": answer.as_ref().map_or_else(|error| json!({"error": error}), Value::clone),
            "rows": shown(&rows),
            "quarantine_keys": stack.s3.objects(BUCKET).keys().collect::<Vec<_>>(),
            "quarantine": lines.iter().map(summary).collect::<Vec<_>>(),
        });
        insta::assert_json_snapshot!(name.clone(), left);
        // Delivered again it gives the same and leaves the same.
        assert_eq!(stack.invoke(&event, TIME).await, answer, "{name}");
        assert_eq!(stack.rows().await, rows, "{name}");
        assert_eq!(stack.quarantined(), lines, "{name}");
    }
}

/// AWS's developer guide shows `"state":{"1":282,"2":715}`. It is no state that this function writes. Taking it for an
/// empty one would lose what it counts: the invocation fails before anything is done, so that all of it comes again, to
/// a version that knows the state.
#[tokio::test(start_paused = true)]
async fn a_state_of_another_function_or_version_fails_the_invocation_and_nothing_is_done() {
    let events = events();
    for (name, expected) in [
        ("documented-state-example", "missing field `v`"),
        (
            "newer-state",
            "the state has version 2, this function knows 1 only",
        ),
    ] {
        let stack = start(name).await;
        let error = stack.invoke(&events[name], TIME).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert!(stack.rows().await.is_empty());
        assert!(stack.faulty.calls().is_empty(), "nothing was called");
    }
}

/// The events of one window in their order, each with the state that the one before has given.
#[tokio::test(start_paused = true)]
async fn a_window_goes_from_its_first_event_to_its_final_one() {
    let events = events();
    let stack = start("kinesis-first").await;
    let mut state = json!({});
    for name in ["kinesis-first", "kinesis-middle", "final-with-records"] {
        let mut event: Value = serde_json::from_str(&events[name]).unwrap();
        if name != "kinesis-first" {
            assert_eq!(
                event["state"], state,
                "the state in {name} is the one before it"
            );
        }
        event["state"] = state;
        let answer = stack.invoke(&event.to_string(), TIME).await.unwrap();
        state = answer["state"].clone();
    }
    assert_eq!(state, json!({}));
    let alone = start("final-with-records").await;
    alone
        .invoke(&events["final-with-records"], TIME)
        .await
        .unwrap();
    assert_eq!(stack.rows().await, alone.rows().await);
}

#[tokio::test(start_paused = true)]
async fn with_retention_rows_expire_days_after_their_window() {
    let setup = Setup {
        retention_days: 30,
        ..Setup::default()
    };
    let stack = Stack::start(setup, FaultPlan::none()).await;
    stack
        .invoke(&events()["kinesis-final"], TIME)
        .await
        .unwrap();
    for row in stack.rows().await {
        let seconds = 1_763_712_030 + 30 * 86_400;
        assert_eq!(row["ExpiresAt"], format!("N:{seconds}"));
    }
}
