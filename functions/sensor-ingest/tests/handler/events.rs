//! Every event in events/, JSON in and JSON out, with the rows and quarantine lines it leaves.

use std::path::PathBuf;
use std::time::Duration;

use crate::support::{self, Stack};
use serde_json::{Value, json};
use testkit::FaultPlan;

const TIME: Duration = Duration::from_secs(30);

fn events() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut events: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path
                .file_name()?
                .to_str()?
                .strip_prefix("sensor-ingest-")?
                .strip_suffix(".json")?
                .to_owned();
            Some((name, std::fs::read_to_string(path).unwrap()))
        })
        .collect();
    events.sort();
    events
}

/// The lines without what they have in common, and long data cut short.
fn summary(line: &Value) -> Value {
    let data = line["data"].as_str().unwrap();
    json!({
        "sequence_number": line["sequence_number"].as_str().map(|number| &number[number.len() - 4..]),
        "arrival": line["arrival"],
        "stage": line["stage"],
        "reason": line["reason"],
        "detail": line["detail"],
        "data": &data[..data.len().min(40)],
    })
}

#[tokio::test(start_paused = true)]
async fn every_event_gives_its_answer_rows_and_quarantine() {
    let events = events();
    assert!(events.len() >= 12, "events/ has only {}", events.len());
    for (name, event) in events {
        let stack = Stack::start(0, FaultPlan::none()).await;
        let report = stack.invoke(&event, TIME).await.unwrap();
        let left = json!({
            "response": report.response,
            "counts": format!("{:?}", report.counts),
            "rows": stack.rows().await,
            "quarantine_keys": stack.s3.objects(support::BUCKET).keys().collect::<Vec<_>>(),
            "quarantine": stack.quarantined().iter().map(summary).collect::<Vec<_>>(),
        });
        insta::assert_json_snapshot!(name.clone(), left);
        // Delivered again, whole, it leaves the same.
        let rows = stack.rows().await;
        let lines = stack.quarantined();
        assert_eq!(stack.invoke(&event, TIME).await.unwrap(), report, "{name}");
        assert_eq!(stack.rows().await, rows, "{name}");
        assert_eq!(stack.quarantined(), lines, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quarantine_line_has_everything_needed_to_put_the_record_on_the_stream_again() {
    let event = events()
        .into_iter()
        .find(|(name, _)| name == "poison-record")
        .unwrap()
        .1;
    let stack = Stack::start(0, FaultPlan::none()).await;
    stack.invoke(&event, TIME).await.unwrap();
    insta::assert_json_snapshot!(stack.quarantined());
    let object = stack
        .s3
        .objects(support::BUCKET)
        .into_values()
        .next()
        .unwrap();
    assert_eq!(object.content_type.as_deref(), Some("application/x-ndjson"));
    assert_eq!(object.content_encoding, None);
}

#[tokio::test(start_paused = true)]
async fn with_retention_a_reading_expires_days_after_its_arrival() {
    let event = events()
        .into_iter()
        .find(|(name, _)| name == "fractional-arrival-time")
        .unwrap()
        .1;
    let stack = Stack::start(30, FaultPlan::none()).await;
    stack.invoke(&event, TIME).await.unwrap();
    let expiries: Vec<_> = stack
        .rows()
        .await
        .iter()
        .map(|row| row["ExpiresAt"].clone())
        .collect();
    let at = |seconds: i64| format!("N:{}", seconds + 30 * 86_400);
    assert_eq!(
        expiries,
        [at(1_545_084_650), at(1_545_084_650), at(1_545_084_651)]
    );
}
