use super::*;

use crate::produce::poison::Poison;
use crate::produce::put_records::Receipt;
use crate::produce::sensors::{Expected, Sensors, Settings};
use crate::share::Share;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// A demo in which everything has gone right: the ledger, the table, the quarantine.
fn perfect() -> (Ledger, Vec<StoredRow>, Vec<QuarantineLine>) {
    let settings = Settings {
        count: 170,
        poison: Share::percent(10),
        duplicates: Share::percent(10),
        ..Settings::default()
    };
    let mut ledger = Ledger::default();
    let mut quarantine = Vec::new();
    for (index, produced) in (0..).zip(Sensors::new(settings)) {
        ledger.produced(index, &produced);
        ledger.receipts.put(vec![Receipt {
            index,
            shard_id: "shardId-000000000000".to_owned(),
            sequence_number: (1_000 + index).to_string(),
            subsequence_number: 0,
            put_at: 0,
        }]);
        if let Expected::Quarantined(kind) = produced.expected {
            quarantine.push(QuarantineLine {
                sequence_number: Some((1_000 + index).to_string()),
                subsequence_number: None,
                stage: kind.stage().to_owned(),
                reason: kind.reason().to_owned(),
                data: BASE64_STANDARD.encode(&produced.record.data),
            });
        }
    }
    let rows = ledger.model.rows.iter();
    let rows = rows
        .map(|(key, model)| expected_row(key, &model.row))
        .collect();
    (ledger, rows, quarantine)
}

#[test]
fn a_perfect_demo_is_good() {
    let (ledger, rows, quarantine) = perfect();
    let verdict = Verdict::new(&ledger, &rows, &quarantine);
    assert!(verdict.is_good(), "{verdict:?}");
    assert_eq!((verdict.stored, verdict.replaced), (136, 17));
    assert_eq!(verdict.quarantined.values().sum::<u64>(), 17);
    let reasons: std::collections::BTreeSet<_> = Poison::ALL.map(Poison::reason).into();
    assert!(verdict.quarantined.keys().eq(reasons.iter()));
}

/// Spoils a perfect demo and returns how many are lost and what is said to be wrong.
fn spoiled(spoil: impl Fn(&mut Vec<StoredRow>, &mut Vec<QuarantineLine>)) -> (u64, Vec<String>) {
    let (ledger, mut rows, mut quarantine) = perfect();
    spoil(&mut rows, &mut quarantine);
    let verdict = Verdict::new(&ledger, &rows, &quarantine);
    assert!(!verdict.is_good());
    (verdict.lost.records, verdict.wrong.descriptions)
}

#[test]
fn a_missing_row_loses_all_its_readings() {
    let (ledger, mut rows, quarantine) = perfect();
    rows.clear();
    let verdict = Verdict::new(&ledger, &rows, &quarantine);
    assert_eq!(verdict.lost.descriptions.len(), 136);
    assert_eq!(verdict.lost.records, 153, "17 of them duplicates");
    assert_eq!((verdict.stored, verdict.replaced), (0, 0));
}

#[test]
fn missing_poison_is_lost() {
    let (lost, wrong) = spoiled(|_, quarantine| drop(quarantine.pop()));
    assert_eq!((lost, wrong.len()), (1, 0));
}

#[test]
fn every_attribute_counts() {
    for (name, value) in [
        ("Temperature", Attribute::Number("1".to_owned())),
        ("Temperature", Attribute::Text("81.4".to_owned())),
        ("Humidity", Attribute::Number("100.1".to_owned())),
        ("ExpiresAt", Attribute::Number("1".to_owned())),
    ] {
        let (lost, wrong) = spoiled(|rows, _| drop(rows[5].insert(name.to_owned(), value.clone())));
        assert_eq!((lost, wrong.len()), (0, 1), "{name}: {wrong:?}");
        assert!(wrong[0].contains("expected"), "{wrong:?}");
    }
}

#[test]
fn what_nobody_sent_is_wrong() {
    let (lost, wrong) = spoiled(|rows, quarantine| {
        let mut row = rows[0].clone();
        row.insert("SensorId".to_owned(), Attribute::Text("ghost".to_owned()));
        rows.push(row);
        let mut line = quarantine[0].clone();
        line.sequence_number = Some("77".to_owned());
        quarantine.push(line);
    });
    assert_eq!((lost, wrong.len()), (0, 2), "{wrong:?}");
    assert!(wrong[0].contains("ghost") && wrong[1].contains("77"));
}

#[test]
fn poison_must_have_its_reason_its_stage_and_its_bytes() {
    for spoil in [
        |line: &mut QuarantineLine| line.reason = "rejected".to_owned(),
        |line: &mut QuarantineLine| line.stage = "envelope".to_owned(),
        |line: &mut QuarantineLine| line.data = "AAAA".to_owned(),
        |line: &mut QuarantineLine| line.data = "not base64".to_owned(),
    ] {
        let (lost, wrong) = spoiled(|_, quarantine| spoil(&mut quarantine[2]));
        assert_eq!((lost, wrong.len()), (0, 1), "{wrong:?}");
    }
}

#[test]
fn poison_that_was_quarantined_twice_counts_once() {
    let (ledger, rows, mut quarantine) = perfect();
    quarantine.extend_from_within(..);
    let verdict = Verdict::new(&ledger, &rows, &quarantine);
    assert!(verdict.is_good());
    assert_eq!(verdict.quarantined.values().sum::<u64>(), 17);
}
