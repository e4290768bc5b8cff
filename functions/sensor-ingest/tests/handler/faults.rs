//! What is promised under faults: nothing lost, nothing said too early, and the same table whatever comes twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::support::Stack;
use pipeline::{BatchReport, InvocationError};
use proptest::prelude::*;
use testkit::{Fault, FaultPlan, KinesisEventBuilder};

const TIME: Duration = Duration::from_secs(30);

/// A record to put on the stream.
#[derive(Clone, Debug)]
enum Put {
    /// A reading of sensor and time, with a value of its own.
    Reading { sensor: u8, time: u8, value: i16 },
    /// No reading.
    Poison(&'static str),
    /// A record whose envelope cannot be read.
    BadBase64,
}

fn put() -> impl Strategy<Value = Put> {
    let poison = prop_oneof![
        Just(""),
        Just("{"),
        Just("[]"),
        Just("{}"),
        Just(r#"{"sensor_id":"","temperature":1,"current_time":1}"#),
        Just(r#"{"sensor_id":"s","temperature":1e200,"current_time":1}"#),
    ];
    prop_oneof![
        12 => (0..6_u8, 0..4_u8, any::<i16>()).prop_map(|(sensor, time, value)| Put::Reading { sensor, time, value }),
        2 => poison.prop_map(Put::Poison),
        1 => Just(Put::BadBase64),
    ]
}

fn payload(sensor: u8, time: u8, value: i16) -> String {
    format!(r#"{{"sensor_id":"sensor-{sensor}","temperature":{value},"current_time":{time}.50}}"#)
}

/// The event of the records from `from` on, with the sequence numbers that they have in the whole.
fn event(puts: &[Put], from: usize) -> KinesisEventBuilder {
    let start = KinesisEventBuilder::new().starting_at(u64::try_from(from).unwrap());
    puts[from..].iter().fold(start, |event, put| match put {
        Put::Reading {
            sensor,
            time,
            value,
        } => event.record(payload(*sensor, *time, *value)),
        Put::Poison(text) => event.record(text),
        Put::BadBase64 => event.record_with(|record| record.raw_data("%%%")),
    })
}

type Rows = BTreeMap<(String, String), String>;

/// The rows that `puts` leave: the last value of each key.
fn model(puts: &[Put]) -> Rows {
    let readings = puts.iter().filter_map(|put| match put {
        Put::Reading {
            sensor,
            time,
            value,
        } => Some((
            (format!("S:sensor-{sensor}"), format!("N:{time}.5")),
            format!("N:{value}"),
        )),
        _ => None,
    });
    readings.collect()
}

fn poison(puts: &[Put], numbers: &[String]) -> BTreeSet<String> {
    let poison = puts
        .iter()
        .zip(numbers)
        .filter(|(put, _)| !matches!(put, Put::Reading { .. }));
    poison.map(|(_, number)| number.clone()).collect()
}

async fn rows(stack: &Stack) -> Rows {
    let rows = stack.rows().await.into_iter();
    rows.map(|row| {
        (
            (row["SensorId"].clone(), row["CurrentTime"].clone()),
            row["Temperature"].clone(),
        )
    })
    .collect()
}

fn quarantined(stack: &Stack) -> BTreeSet<String> {
    stack
        .quarantined()
        .iter()
        .map(|line| line["sequence_number"].as_str().unwrap().to_owned())
        .collect()
}

/// What one delivery must leave, whatever failed: all before the reported record are done with. Gives the place
/// from which Lambda delivers again.
async fn check_delivery(
    stack: &Stack,
    puts: &[Put],
    numbers: &[String],
    from: usize,
    report: &Result<BatchReport, InvocationError>,
) -> usize {
    let Ok(report) = report else { return from };
    assert_eq!(
        report.counts.total(),
        puts.len() - from,
        "each record has one fate"
    );
    let next = match report.response.first_failure() {
        None => puts.len(),
        Some(number) => numbers
            .iter()
            .position(|known| known == number)
            .expect("a record of the batch"),
    };
    assert!(next >= from, "only what was delivered can be reported");
    assert_eq!(report.counts.reported, puts.len() - next);
    let (stored, kept) = (rows(stack).await, quarantined(stack));
    for key in model(&puts[from..next]).keys() {
        assert!(
            stored.contains_key(key),
            "{key:?} stands before the reported record but is not stored"
        );
    }
    assert!(
        kept.is_superset(&poison(&puts[..next], numbers)),
        "poison before the reported record is kept"
    );
    next
}

/// Delivers from `from` on, again from where the function says, until all is done.
async fn deliver(
    stack: &Stack,
    puts: &[Put],
    numbers: &[String],
    mut from: usize,
    mut time: Duration,
) {
    for attempt in 0.. {
        if attempt == 8 {
            stack.faulty.heal();
            time = TIME;
        }
        assert!(attempt < 10, "without faults a batch is done in one go");
        let report = stack.invoke(&event(puts, from).build(), time).await;
        from = check_delivery(stack, puts, numbers, from, &report).await;
        if from == puts.len() && report.is_ok() {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_record_is_lost_and_no_redelivery_changes_the_table(
        puts in proptest::collection::vec(put(), 1..70),
        seed in any::<u64>(),
        odds in 0..7_u32,
        seconds in 1..20_u64,
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let stack = Stack::start(0, FaultPlan::random(seed, f64::from(odds) / 10.0)).await;
            let numbers: Vec<String> = event(&puts, 0).sequence_numbers().into_iter().flatten().collect();
            deliver(&stack, &puts, &numbers, 0, Duration::from_secs(seconds)).await;
            assert_eq!(rows(&stack).await, model(&puts), "the last of equal keys wins");
            assert_eq!(quarantined(&stack), poison(&puts, &numbers), "poison and nothing else is in quarantine");
            for suffix in again {
                deliver(&stack, &puts, &numbers, suffix.index(puts.len()), TIME).await;
                assert_eq!(rows(&stack).await, model(&puts), "a redelivered suffix changes nothing");
                assert_eq!(quarantined(&stack), poison(&puts, &numbers));
            }
        });
    }
}

/// Ten readings with poison in third place.
fn ten_with_poison() -> Vec<Put> {
    let reading = |time| Put::Reading {
        sensor: 1,
        time,
        value: i16::from(time),
    };
    (0..10)
        .map(|time| {
            if time == 2 {
                Put::Poison("{")
            } else {
                reading(time)
            }
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn poison_that_cannot_be_kept_is_reported_and_never_dropped() {
    for fault in [
        Fault::AccessDenied,
        Fault::ServerError500,
        Fault::TimeoutBefore,
        Fault::ConnectionResetBefore,
    ] {
        let puts = ten_with_poison();
        let stack = Stack::start(0, FaultPlan::always(fault).only("s3")).await;
        let whole = event(&puts, 0);
        let report = stack.invoke(&whole.build(), TIME).await.unwrap();
        assert_eq!(
            report.response.first_failure(),
            whole.sequence_numbers()[2].as_deref(),
            "{fault:?}"
        );
        assert_eq!(
            (
                report.counts.applied,
                report.counts.quarantined,
                report.counts.reported
            ),
            (2, 0, 8)
        );
        assert!(stack.quarantined().is_empty());
        stack.faulty.heal();
        let report = stack.invoke(&event(&puts, 2).build(), TIME).await.unwrap();
        assert_eq!(report.response.first_failure(), None);
        assert_eq!(stack.quarantined().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_record_that_was_not_stored_is_reported_and_poison_behind_it_waits() {
    let puts: Vec<Put> = (0..60)
        .map(|n| {
            if n % 20 == 10 {
                Put::Poison("[]")
            } else {
                Put::Reading {
                    sensor: n,
                    time: 0,
                    value: 1,
                }
            }
        })
        .collect();
    // Readings go out 25 a call: the second call holds the records from the 27th on, one poison being before it.
    let mut calls = 0;
    let plan = FaultPlan::when(move |_| {
        calls += 1;
        (calls == 2).then_some(Fault::AccessDenied)
    });
    let stack = Stack::start(0, plan.only("BatchWriteItem")).await;
    let whole = event(&puts, 0);
    let report = stack.invoke(&whole.build(), TIME).await.unwrap();
    assert_eq!(
        report.response.first_failure(),
        whole.sequence_numbers()[26].as_deref()
    );
    assert_eq!(
        (
            report.counts.applied,
            report.counts.quarantined,
            report.counts.reported
        ),
        (25, 1, 34)
    );
    assert_eq!(
        stack.quarantined().len(),
        1,
        "poison behind the reported record comes again anyway"
    );
}

#[tokio::test(start_paused = true)]
async fn an_invocation_without_time_reports_everything() {
    let puts = ten_with_poison();
    let stack = Stack::start(0, FaultPlan::none()).await;
    let whole = event(&puts, 0);
    let report = stack
        .invoke(&whole.build(), Duration::from_millis(900))
        .await
        .unwrap();
    assert_eq!(
        report.response.first_failure(),
        whole.sequence_numbers()[0].as_deref()
    );
    assert_eq!(report.counts.reported, 10);
    assert!(
        stack.faulty.calls().is_empty(),
        "no call is begun that cannot end in time"
    );
}

#[tokio::test(start_paused = true)]
async fn work_that_takes_too_long_ends_before_lambdas_deadline() {
    let puts: Vec<Put> = (0..200)
        .map(|n| Put::Reading {
            sensor: n,
            time: 0,
            value: 1,
        })
        .collect();
    let stack = Stack::start(0, FaultPlan::always(Fault::TimeoutAfter)).await;
    let start = tokio::time::Instant::now();
    let report = stack
        .invoke(&event(&puts, 0).build(), Duration::from_secs(10))
        .await
        .unwrap();
    assert!(
        start.elapsed() < Duration::from_millis(9_100),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(report.counts.reported, 200);
}
