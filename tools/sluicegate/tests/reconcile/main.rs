//! Table and opt-out list compared and put right, through the SDK: the table in a DynamoDB of the test's own, the list
//! over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;

use std::time::{Duration, Instant};

use bench::{LIST, NOW, TABLE, bench, fast, phone};
use sluicegate::consent::reconcile::difference::{Channel, Difference, Status};
use sluicegate::consent::reconcile::{Outcome, Pace, Progress, Report, all_listed, lists_client};

fn found(report: &Report) -> Vec<(&str, Difference, &Outcome)> {
    let rows = report.differences.iter();
    rows.map(|row| (&*row.phone, row.difference, &row.outcome))
        .collect()
}

#[tokio::test]
async fn differences_are_listed_and_repaired_opt_outs_first_and_owners_stops_stay() {
    use Channel::{InStep, Off, Pending};
    use Status::{OptedIn, OptedOut};
    let bench = bench(fast()).await;
    for (index, status, channel, listed) in [
        (1, OptedIn, InStep, Some(false)),
        (2, OptedIn, InStep, Some(true)),
        (3, OptedIn, InStep, None),
        (4, OptedOut, InStep, Some(false)),
        (5, OptedOut, Off, None),
        (6, OptedOut, InStep, None),
        (7, OptedOut, Pending, Some(false)),
        (8, OptedIn, Pending, None),
    ] {
        bench.number(index, status, channel).await;
        if let Some(end_user) = listed {
            bench.list(index, end_user);
        }
    }
    // Somebody else's.
    bench.list(99, false);

    let before = bench.listed();
    let report = bench.compare().await;
    let left = &Outcome::Left;
    let expected = [
        (&*phone(5), Difference::NotListed, left),
        (&*phone(6), Difference::NotListed, left),
        (&*phone(7), Difference::NotMarkedOut, left),
        (&*phone(2), Difference::Stopped, left),
        (&*phone(1), Difference::StillListed, left),
        (&*phone(8), Difference::NotMarkedIn, left),
    ];
    assert_eq!(found(&report), expected);
    assert_eq!((report.numbers, report.listed), (8, 5));
    assert_eq!((report.unknown, report.repaired, report.left), (1, 0, 6));
    assert_eq!(bench.listed(), before, "looking changes nothing");

    let report = bench.repair().await;
    assert_eq!((report.repaired, report.left), (5, 1), "{report:?}");
    let expected: Vec<String> = [2, 4, 5, 6, 7, 99].map(phone).to_vec();
    assert_eq!(bench.listed(), expected);
    let channels = bench.channels().await;
    let in_step = channels
        .values()
        .filter(|channel| channel.contains("IN_STEP"));
    assert_eq!(in_step.count(), 8, "{channels:?}");

    let report = bench.run(Progress::in_memory(NOW), true).await.unwrap();
    assert_eq!(found(&report), [(&*phone(2), Difference::Stopped, left)]);
}

#[tokio::test]
async fn a_number_that_the_list_keeps_for_30_days_is_left_with_the_reason_until_they_are_over() {
    let bench = bench(fast()).await;
    bench.number(1, Status::OptedIn, Channel::Pending).await;
    bench.list(1, false);
    bench
        .service
        .with(|lists, now| lists.delete(LIST, &phone(1), now).unwrap());
    bench.list(1, false);
    let report = bench.repair().await;
    let refused = &Outcome::Refused("opted-in-within-30-days");
    assert_eq!(
        found(&report),
        [(&*phone(1), Difference::StillListed, refused)]
    );
    assert_eq!((report.repaired, report.left), (0, 1));

    bench.clock.advance(Duration::from_secs(30 * 86_400));
    let report = bench.repair().await;
    assert_eq!((report.repaired, report.left), (1, 0), "{report:?}");
    assert!(bench.listed().is_empty());
}

#[tokio::test]
async fn a_number_that_has_just_changed_is_looked_at_again() {
    let bench = bench(fast()).await;
    // The list was read, so its state says, before these were marked.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let header = format!(r#"{{"table":"{TABLE}","list":"{LIST}","since":{NOW}}}"#);
    let page = format!(
        r#"{{"page":{{"numbers":[["{}",false]],"next":null}}}}"#,
        phone(2)
    );
    std::fs::write(&path, format!("{header}\n{page}\n")).unwrap();
    bench
        .number_at(1, Status::OptedOut, Channel::InStep, NOW + 1)
        .await;
    bench.list(1, false);
    bench
        .number_at(2, Status::OptedIn, Channel::InStep, NOW + 1)
        .await;
    // This one differs all the same.
    bench
        .number_at(3, Status::OptedOut, Channel::InStep, NOW + 1)
        .await;
    let progress = Progress::in_file(&path, TABLE, LIST, NOW + 10).unwrap();
    let report = bench.run(progress, false).await.unwrap();
    let expected = [(&*phone(3), Difference::NotListed, &Outcome::Left)];
    assert_eq!(found(&report), expected);
}

#[tokio::test]
async fn a_comparison_goes_on_where_it_was_and_reads_no_page_twice() {
    let bench = bench(fast()).await;
    for index in 0..250 {
        bench.list(index, false);
        bench.number(index, Status::OptedOut, Channel::InStep).await;
    }
    bench.number(300, Status::OptedOut, Channel::InStep).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let open = || Progress::in_file(&path, TABLE, LIST, NOW).unwrap();
    // It ends while the third page is read.
    let listed = lists_client(&bench.lists);
    let page = listed.describe_opted_out_numbers().opt_out_list_name(LIST);
    let page = page.max_results(100).send().await.unwrap();
    let numbers: Vec<(String, bool)> = page
        .opted_out_numbers()
        .iter()
        .map(|number| (number.opted_out_number().to_owned(), false))
        .collect();
    drop(open());
    let line = serde_json::json!({"page": {"numbers": numbers, "next": page.next_token()}});
    let mut text = std::fs::read_to_string(&path).unwrap();
    text += &line.to_string();
    text.push('\n');
    std::fs::write(&path, text).unwrap();
    // Those of the first page would be missed if it were read again.
    bench.service.with(|lists, now| {
        for index in 0..50 {
            lists.delete(LIST, &phone(index), now).unwrap();
        }
    });
    let progress = open();
    assert_eq!(progress.pages(), 1);
    let report = bench.run(progress, true).await.unwrap();
    assert_eq!(report.listed, 250);
    let expected = [(&*phone(300), Difference::NotListed, &Outcome::Repaired)];
    assert_eq!(found(&report), expected);
    assert!(!path.exists(), "all is done");
}

#[tokio::test]
async fn the_list_is_read_at_one_call_a_second() {
    let bench = bench(fast()).await;
    for index in 0..250 {
        bench.list(index, false);
    }
    let begun = Instant::now();
    let client = lists_client(&bench.lists);
    let listed = all_listed(&client, LIST, &Pace::of(1)).await.unwrap();
    assert_eq!(listed.len(), 250);
    let taken = begun.elapsed();
    assert!(taken >= Duration::from_millis(1_990), "{taken:?}");
}
