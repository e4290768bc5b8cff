use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::*;
use crate::produce::dms::{self, Expected, Poison as _};
use crate::produce::orders::{Orders, Settings};
use crate::produce::put_records::Receipt;
use crate::share::Share;

/// A demo in which everything has gone right.
fn perfect() -> (Ledger, Lists, Found) {
    let settings = Settings {
        task: dms::Settings {
            count: 400,
            poison: Share::percent(10),
            ..dms::Settings::default()
        },
        orders: 60,
        ..Settings::default()
    };
    let lists = Lists::new(settings.products, settings.task.seed);
    let mut ledger = Ledger::default();
    let mut found = Found::default();
    for (index, produced) in (0..).zip(Orders::new(settings)) {
        ledger.produced(index, &produced);
        ledger.receipts.put(vec![Receipt {
            index,
            shard_id: "shardId-000000000000".to_owned(),
            sequence_number: (1_000 + index).to_string(),
            subsequence_number: 0,
            put_at: 0,
        }]);
        if let Expected::Quarantined(kind) = produced.expected {
            found.quarantine.push(QuarantineLine {
                sequence_number: Some((1_000 + index).to_string()),
                subsequence_number: None,
                stage: kind.stage().to_owned(),
                reason: kind.reason().to_owned(),
                data: BASE64_STANDARD.encode(&produced.record.data),
            });
        }
    }
    let with = |mut row: StoredRow, table: Table| {
        for version in table.versions {
            row.insert((*version).to_owned(), Attribute::Text("1".to_owned()));
        }
        row
    };
    let source = ledger.model.source.iter();
    let source = source.map(|(key, row)| with(source_row(*key, row), SOURCE));
    found.source = source.collect();
    let enriched = ledger.model.enriched(&lists.full);
    let enriched = enriched.values().map(|row| with(stored(row), ENRICHED));
    found.enriched = enriched.collect();
    for (rows, table) in [(&mut found.source, SOURCE), (&mut found.enriched, ENRICHED)] {
        let mut gone = rows[0].clone();
        gone.retain(|name, _| table.versions.contains(&name.as_str()));
        for (name, number) in [("orderId", "1"), ("deleted", "1"), ("expiresAt", "9")] {
            gone.insert(name.to_owned(), Attribute::Number(number.to_owned()));
        }
        rows.push(gone);
    }
    (ledger, lists, found)
}

fn spoiled(spoil: impl Fn(&mut Found)) -> (u64, u64, String) {
    let (ledger, lists, mut found) = perfect();
    let good = Verdict::new(&ledger, &lists, &found);
    spoil(&mut found);
    let verdict = Verdict::new(&ledger, &lists, &found);
    assert!(!verdict.is_good());
    let Findings { lost, wrong, .. } = &verdict.findings;
    let all = |verdict: &Verdict| {
        let quarantined: u64 = verdict.quarantined.values().sum();
        verdict.applied + quarantined + verdict.findings.lost.records
    };
    assert!(all(&verdict) + wrong.records >= all(&good), "{verdict:?}");
    let said = [lost, wrong].map(|problems| problems.descriptions.join("\n"));
    (lost.records, wrong.records, said.join("\n"))
}

#[test]
fn a_perfect_demo_is_good_and_every_record_is_accounted_for() {
    let (ledger, lists, found) = perfect();
    let verdict = Verdict::new(&ledger, &lists, &found);
    assert!(verdict.is_good(), "{verdict:?}");
    let quarantined: u64 = verdict.quarantined.values().sum();
    assert_eq!(quarantined, 40);
    let skipped = ledger.model.tally.skipped();
    assert_eq!(
        verdict.applied + ledger.superseded() + skipped + quarantined,
        ledger.receipts.count()
    );
    assert!(ledger.superseded() > 100);
    assert_eq!(verdict.rows, found.enriched.len() as u64 - 1);
    assert!(verdict.completed > 5 && verdict.without_product > 0);
}

#[test]
fn a_missing_row_is_lost() {
    for spoil in [
        |found: &mut Found| drop(found.source.remove(3)),
        |found: &mut Found| drop(found.enriched.remove(3)),
    ] {
        let (lost, wrong, said) = spoiled(spoil);
        assert_eq!((lost, wrong), (1, 0), "{said}");
        assert!(said.contains("is missing"), "{said}");
    }
    let (lost, wrong, said) = spoiled(|found| drop(found.quarantine.pop()));
    assert_eq!((lost, wrong), (1, 0), "{said}");
}

#[test]
fn a_record_whose_rows_are_all_missing_is_lost_once() {
    let (ledger, lists, _) = perfect();
    let verdict = Verdict::new(&ledger, &lists, &Found::default());
    assert_eq!(
        (verdict.applied, verdict.rows),
        (ledger.decisive() - verdict.findings.bad(), 0)
    );
    assert_eq!(verdict.findings.lost.records, verdict.findings.bad() + 40);
}

#[test]
fn every_attribute_of_both_tables_counts() {
    let number = |text: &str| Attribute::Number(text.to_owned());
    for (name, value) in [
        ("orderAmount", number("0.01")),
        ("itemAmount", Attribute::Text("1".to_owned())),
        ("shipToZip", Attribute::Text("other".to_owned())),
        ("productName", Attribute::Text("Plastic Bag".to_owned())),
        ("missing", Attribute::Text("customer".to_owned())),
        ("surplus", number("1")),
    ] {
        let spoil =
            |rows: &mut Vec<StoredRow>| drop(rows[5].insert(name.to_owned(), value.clone()));
        let (lost, wrong, said) = spoiled(|found| spoil(&mut found.enriched));
        assert_eq!((lost, wrong), (0, 1), "{name}: {said}");
        assert!(said.contains("expected") && said.contains(name), "{said}");
        let (lost, wrong, said) = spoiled(|found| spoil(&mut found.source));
        assert_eq!((lost, wrong), (0, 1), "{name}: {said}");
    }
    for version in ENRICHED.versions {
        let (lost, wrong, said) = spoiled(|found| drop(found.enriched[5].remove(*version)));
        assert_eq!((lost, wrong), (0, 1), "{said}");
        assert!(said.contains(version), "{said}");
    }
}

#[test]
fn what_must_be_gone_or_was_never_put_is_wrong() {
    let (ledger, _, found) = perfect();
    let is_gone = |key: &RowKey| !ledger.model.source.contains_key(key);
    let gone = (1..100).find_map(|number| {
        let order = 10_000_000 + number;
        let key = RowKey { order, item: None };
        (is_gone(&key) && ledger.last(&key).is_some()).then_some(order)
    });
    for (order, says) in [(gone.unwrap(), "must be gone"), (77, "nobody put")] {
        let spoil = |found: &mut Found| {
            let is_order = |row: &&StoredRow| row["entity"] == Attribute::Text(ORDER.to_owned());
            let mut row = found.source.iter().find(is_order).unwrap().clone();
            row.insert("orderId".to_owned(), Attribute::Number(order.to_string()));
            found.source.push(row);
        };
        let (lost, wrong, said) = spoiled(spoil);
        assert_eq!((lost, wrong), (0, 1), "{said}");
        assert!(said.contains(says), "{said}");
    }
    let mut row = found.enriched[0].clone();
    row.insert("itemId".to_owned(), Attribute::Text("1".to_owned()));
    let (_, wrong, said) = spoiled(|found| found.enriched.push(row.clone()));
    assert_eq!(wrong, 1);
    assert!(said.contains("without a key"), "{said}");
}

#[test]
fn poison_must_have_its_reason_its_stage_and_its_bytes() {
    for spoil in [
        |line: &mut QuarantineLine| line.reason = "rejected".to_owned(),
        |line: &mut QuarantineLine| line.stage = "envelope".to_owned(),
        |line: &mut QuarantineLine| line.data = "AAAA".to_owned(),
    ] {
        let (lost, wrong, said) = spoiled(|found| spoil(&mut found.quarantine[2]));
        assert_eq!((lost, wrong), (0, 1), "{said}");
    }
    let (ledger, lists, mut found) = perfect();
    found.quarantine.extend_from_within(..);
    assert!(
        Verdict::new(&ledger, &lists, &found).is_good(),
        "twice counts once"
    );
}
