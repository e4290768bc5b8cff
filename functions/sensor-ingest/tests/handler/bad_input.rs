//! Every kind of bad record between two good ones: it goes to quarantine, they are stored.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::support::Stack;
use testkit::{FaultPlan, KinesisEventBuilder};

/// The bytes of a record, and the stage and reason of its quarantine.
fn cases() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let reading =
        |sensor: &str, rest: &str| format!(r#"{{"sensor_id":"{sensor}",{rest}}}"#).into_bytes();
    let deep = |open: &str, close: &str| [open.repeat(10_000), close.repeat(10_000)].concat();
    vec![
        (b"\xff\xfe\x00".to_vec(), "payload", "not-utf8"),
        (b"".to_vec(), "payload", "not-json"),
        (b"temperature is fine".to_vec(), "payload", "not-json"),
        (b" ".repeat(1 << 20), "payload", "not-json"),
        (deep("[", "]").into_bytes(), "payload", "too-deep"),
        (
            reading(
                "s",
                &format!(r#""temperature":1,"current_time":1,"x":{}"#, deep("[", "]")),
            ),
            "payload",
            "too-deep",
        ),
        (
            reading(
                "s",
                &format!(
                    r#""temperature":{}1{}"#,
                    r#"{"a":"#.repeat(10_000),
                    "}".repeat(10_000)
                ),
            ),
            "payload",
            "too-deep",
        ),
        (b"81.4".to_vec(), "payload", "wrong-shape"),
        (
            br#"["s",81.4,1700000000]"#.to_vec(),
            "payload",
            "wrong-shape",
        ),
        (
            reading("s", r#""temperature":"81.4","current_time":1"#),
            "payload",
            "wrong-shape",
        ),
        (
            reading("s", r#""temperature":81.4"#),
            "payload",
            "missing-field",
        ),
        (
            reading("", r#""temperature":1,"current_time":1"#),
            "domain",
            "empty-sensor-id",
        ),
        (
            reading(&"ä".repeat(1_025), r#""temperature":1,"current_time":1"#),
            "domain",
            "sensor-id-too-long",
        ),
        (
            reading(
                "s",
                &format!(r#""temperature":{},"current_time":1"#, "7".repeat(39)),
            ),
            "domain",
            "too-many-digits",
        ),
        (
            reading("s", r#""temperature":1,"current_time":1e400"#),
            "domain",
            "number-out-of-range",
        ),
        (
            reading("s", r#""temperature":1,"current_time":1,"humidity":-0.1"#),
            "domain",
            "humidity-out-of-range",
        ),
        (
            reading("s", r#""temperature":1,"current_time":1,"humidity":101"#),
            "domain",
            "humidity-out-of-range",
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_bad_record_goes_to_quarantine_and_its_neighbours_are_stored() {
    for (data, stage, reason) in cases() {
        let stack = Stack::start(0, FaultPlan::none()).await;
        let good =
            |time: u8| format!(r#"{{"sensor_id":"good","temperature":1,"current_time":{time}}}"#);
        let event = KinesisEventBuilder::new()
            .record(good(1))
            .record(&data)
            .record(good(2));
        let report = stack
            .invoke(&event.build(), Duration::from_secs(30))
            .await
            .unwrap();
        let shown = String::from_utf8_lossy(&data[..data.len().min(60)]).into_owned();
        assert_eq!(report.response.first_failure(), None, "{shown}");
        assert_eq!(stack.rows().await.len(), 2, "{shown}");
        let lines = stack.quarantined();
        assert_eq!(lines.len(), 1, "{shown}");
        assert_eq!(
            (&lines[0]["stage"], &lines[0]["reason"]),
            (&stage.into(), &reason.into()),
            "{shown}"
        );
        assert_eq!(
            lines[0]["sequence_number"].as_str(),
            event.sequence_numbers()[1].as_deref()
        );
        assert_eq!(
            BASE64_STANDARD
                .decode(lines[0]["data"].as_str().unwrap())
                .unwrap(),
            data,
            "{shown}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_not_base64_goes_to_quarantine_as_the_text_it_came_as() {
    let stack = Stack::start(0, FaultPlan::none()).await;
    let event = KinesisEventBuilder::new().record_with(|record| record.raw_data("no base64!"));
    stack
        .invoke(&event.build(), Duration::from_secs(30))
        .await
        .unwrap();
    let line = &stack.quarantined()[0];
    assert_eq!(
        (&line["stage"], &line["reason"]),
        (&"envelope".into(), &"not-base64".into())
    );
    assert_eq!(
        BASE64_STANDARD
            .decode(line["data"].as_str().unwrap())
            .unwrap(),
        b"no base64!"
    );
}
