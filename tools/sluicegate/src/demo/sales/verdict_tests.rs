#[path = "verdict_tests/perfect.rs"]
mod perfect;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use perfect::{RULES, START, number, perfect, place, rows};

use super::*;
use crate::demo::read_back::{Attribute, QuarantineLine};

#[test]
fn a_perfect_demo_is_good() {
    let (ledger, found) = perfect();
    let verdict = Verdict::new(&ledger, &found, &RULES);
    assert!(verdict.is_good(), "{verdict:?}");
    assert_eq!(verdict.windows.windows(), 3 + 2);
    assert_eq!(verdict.quarantined.values().sum::<u64>(), 20 + 20);
    assert_eq!(verdict.counted, verdict.windows.counted());
    let all = verdict.counted
        + verdict.windows.duplicates
        + ledger.table.model.duplicates
        + ledger.table.model.changes()
        + 40;
    assert_eq!(all, 800, "each record is one of them");
    let texts = found.rows.iter();
    let texts = texts.filter(|row| row.contains_key("SumText")).count();
    assert!(texts > 0, "some sums have more than 38 digits");
}

#[test]
fn duplicates_count_when_ids_do_not() {
    let (ledger, found) = perfect();
    let rules = Rules {
        each_id_once: false,
        ..RULES
    };
    let verdict = Verdict::new(&ledger, &found, &rules);
    assert_eq!(verdict.windows.duplicates, 0);
    assert!(!verdict.is_good(), "the rows are those of the other rules");
}

/// Spoils a perfect demo; returns how many are lost, how many are wrong, and what is said.
fn spoiled(spoil: impl FnOnce(&mut Found)) -> (u64, u64, String) {
    let (ledger, mut found) = perfect();
    spoil(&mut found);
    let verdict = Verdict::new(&ledger, &found, &RULES);
    assert!(!verdict.is_good());
    let descriptions = verdict.lost.descriptions.iter();
    let descriptions = descriptions.chain(&verdict.wrong.descriptions).cloned();
    let all: Vec<String> = descriptions.collect();
    (verdict.lost.records, verdict.wrong.records, all.join("\n"))
}

fn total(found: &mut Found) -> &mut StoredRow {
    let mut rows = found.rows.iter_mut();
    rows.find(|row| row.contains_key("Parts")).unwrap()
}

#[test]
fn every_attribute_of_a_total_counts() {
    for (name, value) in [
        ("Sum", number("0.1")),
        ("Min", number("-99999999")),
        ("Max", number("99999999999999")),
        ("Count", number(100_000)),
        ("Parts", number(2)),
        (
            "FirstArrival",
            Attribute::Text("2023-11-14T22:13:20.999Z".to_owned()),
        ),
        (
            "LastArrival",
            Attribute::Text("2023-11-14T22:13:20Z".to_owned()),
        ),
        (
            "WindowEnd",
            Attribute::Text("2023-11-14T22:13:26Z".to_owned()),
        ),
        ("Source", Attribute::Text("orders".to_owned())),
        (
            "WindowGroup",
            Attribute::Text("2023-11-14T22:13:20Z#x".to_owned()),
        ),
        ("Group", Attribute::Text("x".to_owned())),
        ("Count", Attribute::Text("5".to_owned())),
    ] {
        let (_, wrong, said) = spoiled(|found| {
            let row = total(found);
            row.remove("SumText").filter(|_| name == "Sum");
            row.insert(name.to_owned(), value.clone());
        });
        assert!(wrong > 0, "{name} {value:?}: {said}");
    }
}

#[test]
fn a_last_digit_that_is_off_is_found() {
    let (lost, wrong, said) = spoiled(|found| {
        let mut rows = found.rows.iter_mut();
        let row = rows.find(|row| row.contains_key("SumText") && row.contains_key("Parts"));
        let Some(Attribute::Text(sum)) = row.unwrap().get_mut("SumText") else {
            panic!("no text")
        };
        let last = sum.pop().unwrap();
        sum.push(if last == '1' { '2' } else { '1' });
    });
    assert_eq!(
        (lost, wrong),
        (0, 2),
        "as a total, and beside its parts: {said}"
    );
    assert!(said.contains("expected"), "{said}");
}

#[test]
fn missing_and_foreign_rows_are_told_apart() {
    let is_total = |row: &StoredRow| row.contains_key("Parts");
    let (lost, wrong, said) = spoiled(|found| {
        let place = found.rows.iter().position(is_total).unwrap();
        found.rows.remove(place);
    });
    assert!(lost > 0 && wrong == 1, "{said}");
    assert!(said.contains("has parts and no total"), "{said}");

    let (lost, wrong, said) = spoiled(|found| {
        let later = Timestamp::from_micros(START + 60_000_000);
        let key = WindowGroup {
            source: Source::Stream,
            start: later,
            group: "store-1".to_owned(),
        };
        let sums = crate::produce::sales::model::Sums::of(&1.into());
        let window = WindowSums {
            sums,
            first: later,
            last: later,
        };
        found.rows.extend(rows(&key, &window));
    });
    assert_eq!((lost, wrong), (0, 1), "{said}");
    assert!(said.contains("a total of no sales"), "{said}");
}

#[test]
fn a_missing_part_is_found() {
    let (lost, wrong, said) = spoiled(|found| {
        let place = found.rows.iter().position(|row| row.contains_key("Part"));
        found.rows.remove(place.unwrap());
    });
    assert_eq!((lost, wrong), (0, 1), "{said}");
    assert!(said.contains("come to nothing"), "{said}");
}

#[test]
fn streams_must_hold_what_was_put_and_nothing_else() {
    let (lost, _, said) = spoiled(|found| drop(found.stream.pop()));
    assert!(lost > 0 && said.contains("not on the stream"), "{said}");
    let (lost, _, said) = spoiled(|found| {
        found.table.retain(|change| change.content.id != "1-0");
    });
    assert!(lost > 0 && said.contains("order 1-0"), "{said}");
    let (lost, wrong, said) = spoiled(|found| {
        found.stream.push(place(999, 2, b"{}".to_vec()));
    });
    assert_eq!((lost, wrong), (0, 1), "{said}");
    let (_, wrong, said) = spoiled(|found| {
        let again = found.table.iter().find(|change| change.content.is_insert);
        let again = again.unwrap().content.clone();
        found.table.push(place(999, 1, again));
    });
    assert_eq!(wrong, 1, "{said}");
}

#[test]
fn the_quarantine_is_compared_with_reason_and_bytes() {
    let (lost, wrong, _) = spoiled(|found| drop(found.quarantine.pop()));
    assert_eq!((lost, wrong), (1, 0));
    for spoil in [
        |line: &mut QuarantineLine| line.reason = "other".to_owned(),
        |line: &mut QuarantineLine| line.stage = "other".to_owned(),
        |line: &mut QuarantineLine| line.data = BASE64_STANDARD.encode(b"{}?"),
    ] {
        for from_end in [false, true] {
            let (lost, wrong, said) = spoiled(|found| {
                let place = if from_end {
                    found.quarantine.len() - 1
                } else {
                    0
                };
                spoil(&mut found.quarantine[place]);
            });
            assert_eq!((lost, wrong), (0, 1), "{said}");
        }
    }
    let (lost, wrong, said) = spoiled(|found| {
        let good = QuarantineLine {
            sequence_number: Some("1".to_owned()),
            subsequence_number: None,
            ..found.quarantine[0].clone()
        };
        found.quarantine.push(good);
    });
    assert_eq!((lost, wrong), (0, 1), "{said}");
}

#[test]
fn a_record_that_the_sdk_has_sent_twice_counts_once() {
    let (ledger, mut found) = perfect();
    let counted = Verdict::new(&ledger, &found, &RULES).windows.counted();
    let mut again = found.stream[6].clone();
    again.sequence_number = "2006.5".replace('.', "");
    again.sequence_number.truncate(4);
    found.stream.push(again);
    let verdict = Verdict::new(&ledger, &found, &RULES);
    assert_eq!(verdict.windows.counted(), counted);
}
