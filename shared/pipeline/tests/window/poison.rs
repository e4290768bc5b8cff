//! Records that cannot be added: into quarantine, each with its own outcome.

use pipeline::InvocationError;
use serde_json::json;

use crate::support::{Event, Run, Sums};

#[tokio::test]
async fn poison_is_quarantined_and_the_window_goes_on() {
    let run = Run::new();
    let event = Event::of(&["1", "poison", "2"]);
    let numbers = event.records.sequence_numbers();
    let answer = run.process(&event.json()).await;
    assert_eq!(answer.unwrap(), json!({"state": {"sum": 3}}));
    assert_eq!(
        run.quarantined(),
        [(numbers[1].clone().unwrap(), "told-so".to_owned())]
    );
}

#[tokio::test]
async fn poison_that_cannot_be_kept_fails_the_call() {
    let run = Run::of(Sums::default(), "another");
    let error = run
        .process(&Event::of(&["1", "poison"]).json())
        .await
        .unwrap_err();
    let is_quarantine =
        matches!(&error, InvocationError::Quarantine(text) if text.contains("NoSuchBucket"));
    assert!(is_quarantine, "{error}");
}

/// Outcomes are those of the readable records: each has to find its own record among all.
#[tokio::test]
async fn unreadable_records_anywhere_leave_each_outcome_with_its_record() {
    // Each bit of `bad` is a record whose data cannot be read, each bit of `poison` one that the function refuses.
    for (bad, poison) in (0..32_u8).flat_map(|bad| (0..32_u8).map(move |poison| (bad, poison))) {
        let is = |bits: u8, index: u8| bits >> index & 1 == 1;
        let mut event = Event::of(&[]);
        let mut expected = Vec::new();
        for index in 0..5_u8 {
            let (records, reason) = match (is(bad, index), is(poison, index)) {
                (true, _) => {
                    let records = event.records.record_with(|record| record.raw_data("%%%"));
                    (records, Some("not-base64"))
                }
                (false, true) => (event.records.record("poison"), Some("told-so")),
                (false, false) => (event.records.record("1"), None),
            };
            event.records = records;
            let number = event.records.sequence_numbers().pop().flatten().unwrap();
            expected.extend(reason.map(|reason| (number, reason.to_owned())));
        }
        let run = Run::new();
        let answer = run.process(&event.json()).await;
        let sum = 5 - (bad | poison).count_ones();
        assert_eq!(
            answer.unwrap(),
            json!({"state": {"sum": sum}}),
            "{bad:05b} {poison:05b}"
        );
        assert_eq!(run.quarantined(), expected, "{bad:05b} {poison:05b}");
    }
}
