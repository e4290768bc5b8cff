//! What the channel is told, through the real SDK against the stand-in of the service.

use std::time::Duration;

use opt_in_updater::config::ChannelRate;
use opt_out_list::{OptOutListService, OptOutLists, Options, serve};
use serde_json::Value;
use testkit::{FakeClock, Fault, FaultPlan};
use tokio::time::Instant;

use crate::services::LIST;
use crate::support::{Choices, DAY, Stack, says};

const NUMBER: &str = "+12065550100";

#[tokio::test(start_paused = true)]
async fn a_second_opt_in_within_thirty_days_is_pending_and_not_tried_again() {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.take(&[says(1, NUMBER, 0, 1)]).await;
    stack.take(&[says(1, NUMBER, 1, 2)]).await;
    assert_eq!(stack.listed(), [""; 0]);
    stack.take(&[says(1, NUMBER, 0, 3)]).await;
    let again = says(1, NUMBER, 1, 4);
    for _ in 0..3 {
        let report = stack.take(std::slice::from_ref(&again)).await;
        assert_eq!(report.counts.reported, 0);
    }
    assert_eq!(stack.listed(), [NUMBER]);
    assert_eq!(stack.calls("DeleteOptedOutNumber"), 2);
    let row = stack.number(NUMBER).await;
    let text = |name: &str| row.get(name).map_or("", |text| &text[2..]);
    assert_eq!(
        (text("channel"), text("channelReason"), text("pending")),
        ("PENDING", "opted-in-within-30-days", "sms")
    );
    let sum = |name: &str| counted(&stack, name);
    assert_eq!(
        (
            sum("ChannelOptOuts"),
            sum("ChannelOptIns"),
            sum("ChannelPending")
        ),
        (2, 1, 1)
    );
    assert_eq!(sum("ChannelOptOutsRefused"), 0);
    // Thirty days later a newer opt-in gets through.
    stack.clock.advance(DAY * 31);
    stack.take(&[says(1, NUMBER, 1, 5)]).await;
    assert_eq!(stack.listed(), [""; 0]);
    assert_eq!(stack.number(NUMBER).await["channel"], "S:IN_STEP");
}

#[tokio::test(start_paused = true)]
async fn a_number_that_cannot_be_opted_in_is_pending() {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.list.with(|lists, now| {
        lists.put(LIST, NUMBER, now).unwrap();
        lists.refuse_opt_in(NUMBER);
    });
    let report = stack.take(&[says(1, NUMBER, 1, 1)]).await;
    assert_eq!((report.counts.applied, report.counts.reported), (1, 0));
    assert_eq!(
        stack.number(NUMBER).await["channelReason"],
        "S:number-cannot-be-opted-in"
    );
}

#[tokio::test(start_paused = true)]
async fn an_opt_out_that_is_refused_is_pending_and_counted_and_nobody_is_in_the_audience() {
    let stack = Stack::start(FaultPlan::none()).await;
    stack.take(&[says(1, NUMBER, 1, 1)]).await;
    stack.list.with(|lists, _| lists.refuse_opt_out(NUMBER));
    for _ in 0..2 {
        let report = stack.take(&[says(1, NUMBER, 0, 2)]).await;
        assert_eq!(report.counts.reported, 0);
    }
    let row = stack.number(NUMBER).await;
    let text = |name: &str| row.get(name).map_or("", |text| &text[2..]);
    assert_eq!(
        (text("status"), text("channel"), text("channelReason")),
        ("OPTED_OUT", "PENDING", "number-cannot-be-opted-out")
    );
    assert!(stack.audience().await.is_empty());
    assert_eq!(stack.calls("PutOptedOutNumber"), 1, "it is not tried again");
    let (refused, pending) = ("ChannelOptOutsRefused", "ChannelPending");
    assert_eq!((counted(&stack, refused), counted(&stack, pending)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn without_permission_or_list_the_records_come_again_and_calls_end() {
    for fault in [Fault::AccessDenied, Fault::ResourceNotFound] {
        for optin in [0, 1] {
            let plan = FaultPlan::always(fault).only("pinpointsmsvoicev2");
            let stack = Stack::start(plan).await;
            let records: Vec<String> = (0..40)
                .map(|user| says(user, &format!("+120655501{user:02}"), optin, user + 1))
                .collect();
            let start = Instant::now();
            let report = stack.take(&records).await;
            assert_eq!(report.counts.reported, 40, "{fault:?}");
            let calls = stack.calls("PutOptedOutNumber") + stack.calls("DeleteOptedOutNumber");
            assert!(calls <= 4, "{calls} calls");
            assert!(start.elapsed() < Duration::from_secs(5));
            stack.faulty.heal();
            assert_eq!(stack.take(&records).await.counts.reported, 0);
            assert_eq!(stack.listed().len(), if optin == 0 { 40 } else { 0 });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_instance_makes_more_calls_than_its_share_and_what_is_left_comes_again() {
    let rate = ChannelRate {
        calls_per_second: 10,
        instances: 5,
    };
    let stack = Stack::start_with(Choices {
        rate,
        ..Choices::default()
    })
    .await;
    let records: Vec<String> = (0..90)
        .map(|user| says(user, &format!("+120655501{user:02}"), 0, user + 1))
        .collect();
    let (mut invocations, start) = (0, Instant::now());
    loop {
        invocations += 1;
        let report = stack.take(&records).await;
        let passed = start.elapsed().as_secs();
        let calls = stack.calls("PutOptedOutNumber") as u64;
        assert!(calls <= passed * 2 + 2, "{calls} calls in {passed} s");
        if report.counts.reported == 0 {
            break;
        }
    }
    assert_eq!((invocations, stack.listed().len()), (2, 90));
    assert_eq!(stack.calls("PutOptedOutNumber"), 90);
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out_or_comes_again() {
    let options = Options {
        calls_per_second: 1,
        ..Options::default()
    };
    let rate = ChannelRate {
        calls_per_second: 1_000,
        instances: 1,
    };
    let stack = Stack::start_with(Choices {
        options,
        rate,
        ..Choices::default()
    })
    .await;
    let records: Vec<String> = (0..10)
        .map(|user| says(user, &format!("+120655501{user:02}"), 0, user + 1))
        .collect();
    while stack.take(&records).await.counts.reported > 0 {}
    assert_eq!(stack.listed().len(), 10);
    assert!(stack.calls("PutOptedOutNumber") > 10);
}

#[tokio::test(start_paused = true)]
async fn with_the_channel_off_the_table_is_all() {
    let stack = Stack::start_with(Choices {
        is_on: false,
        ..Choices::default()
    })
    .await;
    stack
        .take(&[says(1, NUMBER, 1, 1), says(2, "+12065550101", 0, 2)])
        .await;
    let row = stack.number(NUMBER).await;
    assert_eq!((&*row["channel"], row.get("pending")), ("S:OFF", None));
    assert_eq!(
        stack.calls("PutOptedOutNumber") + stack.calls("DeleteOptedOutNumber"),
        0
    );
    assert_eq!(stack.audience().await.len(), 1);
}

/// Over a socket, with the clock running.
#[tokio::test]
async fn the_list_is_kept_in_step_over_http() {
    let clock = FakeClock::at(1_763_712_010_000);
    let list = OptOutListService::new(OptOutLists::new(Options::default()), clock.closure());
    list.with(|lists, now| lists.create(LIST, None, now).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(listener, list.clone()));
    let client = testkit::FaultyHttpClient::plain(FaultPlan::none()).http_client();
    let stack = Stack::start_over(Choices::default(), clock, list, client, Some(endpoint)).await;
    let report = stack
        .take(&[says(1, NUMBER, 0, 1), says(2, "+12065550101", 1, 2)])
        .await;
    assert_eq!(
        (report.counts.applied, stack.listed()),
        (2, vec![NUMBER.to_owned()])
    );
    stack.take(&[says(1, NUMBER, 1, 3)]).await;
    assert_eq!(stack.listed(), [""; 0]);
    server.abort();
}

/// What the changes of a hundred numbers take, each with one user.
#[tokio::test(start_paused = true)]
async fn calls_of_a_hundred_changes() {
    let rate = ChannelRate {
        calls_per_second: 100,
        instances: 1,
    };
    let options = Options {
        calls_per_second: 1_000,
        ..Options::default()
    };
    for (is_on, optin, expected) in [
        (true, 0, [500, 200, 100, 0]),
        (true, 1, [600, 200, 0, 100]),
        (false, 0, [200, 100, 0, 0]),
        (false, 1, [300, 100, 0, 0]),
    ] {
        let choices = Choices {
            options,
            rate,
            is_on,
            ..Choices::default()
        };
        let stack = Stack::start_with(choices).await;
        let phone = |user| format!("+120655501{user:02}");
        let records: Vec<String> = (0..100)
            .map(|user| says(user, &phone(user), optin, user + 1))
            .collect();
        assert_eq!(stack.take(&records).await.counts.applied, 100);
        let operations = [
            "PutItem",
            "Query",
            "PutOptedOutNumber",
            "DeleteOptedOutNumber",
        ];
        let calls = operations.map(|operation| stack.calls(operation));
        assert_eq!(calls, expected, "{is_on} {optin}");
        stack.take(&records).await;
        let calls = operations.map(|operation| stack.calls(operation));
        let again = [
            expected[0] + 200,
            expected[1] + 100,
            expected[2],
            expected[3],
        ];
        assert_eq!(calls, again, "again: {is_on} {optin}");
    }
}

/// The sum of a metric in all lines.
fn counted(stack: &Stack, name: &str) -> u64 {
    let text = stack.metrics.text();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter_map(|line| line[name].as_u64()).sum()
}
