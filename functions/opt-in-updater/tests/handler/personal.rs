//! No line of the log, no metric, no reason holds a phone number or a user id.

use std::sync::{Arc, Mutex};

use serde_json::json;
use testkit::{Fault, FaultPlan};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Choices, Shared, Stack, events, record, says};

#[derive(Clone, Default)]
struct Log(Shared);

impl<'a> MakeWriter<'a> for Log {
    type Writer = Shared;

    fn make_writer(&'a self) -> Shared {
        self.0.clone()
    }
}

/// The digits of all numbers that the test knows, and a user id that no other text has.
const PERSONAL: [&str; 8] = [
    "2065550",
    "6045550",
    "79460018",
    "7946 0018",
    "30901820",
    "user-of-the-test",
    "555-01",
    "555.01",
];

fn assert_nothing_personal(text: &str, what: &str) {
    for personal in PERSONAL {
        assert!(!text.contains(personal), "{what}: {personal} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_path_tells_a_number_or_a_user() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_env_filter("debug,dynoxide_rs=off")
        .with_writer(log.clone())
        // Its digits could be taken for a number's.
        .without_time()
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let faults = [
        None,
        Some(Fault::Throttle),
        Some(Fault::ServerError500),
        Some(Fault::GarbageBody),
        Some(Fault::ConnectionResetAfter),
        Some(Fault::TimeoutBefore),
        Some(Fault::AccessDenied),
        Some(Fault::ResourceNotFound),
    ];
    for fault in faults {
        for service in ["dynamodb", "pinpointsmsvoicev2", "s3"] {
            let plan = fault
                .map_or_else(FaultPlan::none, FaultPlan::always)
                .only(service);
            let stack = Stack::start_with(Choices {
                plan,
                ..Choices::default()
            })
            .await;
            for event in [
                "poison",
                "invalid-phone",
                "spellings",
                "delete-without-phone",
                "opt-out",
            ] {
                let report = stack.invoke(&events()[event]).await;
                reasons.lock().unwrap().extend(report.retry_reason);
            }
            let user = r#"{"data":{"userid":"user-of-the-test","phone":"+12065550100"},"metadata":{"record-type":"data","operation":"insert","schema-name":"blog_db","table-name":"optin_status"}}"#;
            let refused = says(1, "+12065550101", 1, 3);
            stack.list.with(|lists, now| {
                lists
                    .put(crate::services::LIST, "+12065550101", now)
                    .unwrap();
                lists.refuse_opt_in("+12065550101");
            });
            let records = [
                user.to_owned(),
                refused,
                record("insert", 3, "no", &json!(1), 4),
            ];
            let report = stack.take(&records).await;
            reasons.lock().unwrap().extend(report.retry_reason);
            for line in stack.quarantined() {
                assert_nothing_personal(line["detail"].as_str().unwrap(), "detail");
                assert_nothing_personal(line["reason"].as_str().unwrap(), "reason");
            }
            assert_nothing_personal(&stack.metrics.text(), "metrics");
        }
    }
    drop(guard);
    let reasons = reasons.lock().unwrap();
    assert!(reasons.len() > 30, "{}", reasons.len());
    for reason in &*reasons {
        assert_nothing_personal(reason, "retry");
    }
    let text = log.0.text();
    assert!(text.contains("the channel cannot be used"), "{text}");
    for line in text.lines() {
        assert_nothing_personal(line, "log");
    }
}
