//! Every event in events/, JSON in and JSON out, with the rows, the list and the quarantine lines it leaves.

use records::cdc::CdcFormat;
use serde_json::{Value, json};
use testkit::FaultPlan;

use crate::support::{Choices, QUARANTINE, Stack, events};

/// The lines without what they have in common, and long data cut short.
fn summary(line: &Value) -> Value {
    let data = line["data"].as_str().unwrap();
    let number = line["sequence_number"].as_str().unwrap();
    json!({
        "sequence_number": number[number.len() - 4..],
        "stage": line["stage"],
        "reason": line["reason"],
        "detail": line["detail"],
        "data": data[..data.len().min(40)],
    })
}

async fn start(name: &str) -> Stack {
    let format = if name == "debezium" {
        CdcFormat::Debezium
    } else {
        CdcFormat::default()
    };
    let stack = Stack::start_with(Choices {
        format,
        ..Choices::default()
    })
    .await;
    // Somebody has replied STOP before: an opt-in has something to take off.
    stack.list.with(|lists, now| {
        lists
            .end_user_opts_out(crate::services::LIST, "+12065550101", now)
            .unwrap()
    });
    stack
}

#[tokio::test(start_paused = true)]
async fn every_event_gives_its_answer_rows_list_and_quarantine() {
    let events = events();
    assert!(events.len() >= 20, "events/ has only {}", events.len());
    for (name, event) in events {
        let stack = start(&name).await;
        let report = stack.invoke(&event).await;
        let rows = stack.rows().await;
        let (listed, lines) = (stack.listed(), stack.quarantined());
        let shown = rows.iter().map(|((phone, entity), row)| {
            let mut row = row.clone();
            row.retain(|name, _| !matches!(&**name, "phone" | "entity"));
            (
                format!("{phone} {entity}")
                    .chars()
                    .take(60)
                    .collect::<String>(),
                json!(row),
            )
        });
        let left = json!({
            "response": report.response,
            "counts": format!("{:?}", report.counts),
            "rows": shown.collect::<serde_json::Map<_, _>>(),
            "list": listed,
            "quarantine_keys": stack.s3.objects(QUARANTINE).keys().collect::<Vec<_>>(),
            "quarantine": lines.iter().map(summary).collect::<Vec<_>>(),
        });
        insta::assert_json_snapshot!(name.clone(), left);
        // Delivered again, whole, it leaves the same and calls nobody.
        let calls = stack.calls("PutOptedOutNumber") + stack.calls("DeleteOptedOutNumber");
        let again = stack.invoke(&event).await;
        assert_eq!(again.response, report.response, "{name}");
        assert_eq!(again.counts.total(), report.counts.total(), "{name}");
        assert_eq!(again.counts.applied, 0, "{name}");
        assert_eq!(stack.rows().await, rows, "{name}");
        assert_eq!(
            (stack.listed(), stack.quarantined()),
            (listed, lines),
            "{name}"
        );
        let calls_again = stack.calls("PutOptedOutNumber") + stack.calls("DeleteOptedOutNumber");
        assert_eq!(calls_again, calls, "{name}");
    }
}

/// The walk-through of the original: nine users; five remain after four opt out, four after one more.
#[tokio::test(start_paused = true)]
async fn five_of_nine_remain_after_four_opt_out_and_four_after_one_more() {
    let (events, stack) = (events(), Stack::start(FaultPlan::none()).await);
    for (part, remain) in [("nine-users", 9), ("four-opt-out", 5), ("one-more", 4)] {
        stack.invoke(&events[&format!("walkthrough-{part}")]).await;
        let audience = stack.audience().await;
        assert_eq!(audience.len(), remain, "{part}");
        assert!(audience.iter().all(|(country, ..)| country == "US"));
        assert_eq!(stack.listed().len(), 9 - remain, "{part}");
    }
}
