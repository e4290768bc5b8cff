use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::*;
use crate::produce::consent::{ConsentKey, Consents, Settings};
use crate::produce::dms::{self, Expected, Poison as _};
use crate::produce::put_records::Receipt;
use crate::share::Share;

/// A demo in which everything has gone right, some numbers having to wait for 30 days.
fn perfect() -> (Ledger, Found) {
    let settings = Settings {
        task: dms::Settings {
            count: 600,
            poison: Share::percent(10),
            ..dms::Settings::default()
        },
        users: 100,
    };
    let mut ledger = Ledger::default();
    let mut found = Found::default();
    for (index, produced) in (0..).zip(Consents::new(settings)) {
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
    let model = &ledger.model;
    for (key, said) in &model.rows {
        let mut row = user_row(key, said, model.is_audience(key));
        for version in ["version", "numberVersion"] {
            row.insert(version.to_owned(), text("1"));
        }
        found.rows.push(row);
    }
    for (index, (phone, said)) in model.numbers.iter().enumerate() {
        let is_kept = said.is_in && index % 7 == 0;
        let mut row = said_row(said);
        for (name, value) in [("phone", &**phone), ("entity", NUMBER), ("version", "1")] {
            row.insert(name.to_owned(), text(value));
        }
        let channel = if is_kept { "PENDING" } else { "IN_STEP" };
        row.insert("channel".to_owned(), text(channel));
        row.insert("channelAt".to_owned(), Attribute::Number("1".to_owned()));
        if is_kept {
            row.insert("channelReason".to_owned(), text(TOO_SOON));
            row.insert("pending".to_owned(), text("sms"));
            found.kept.insert(phone.clone());
        }
        if is_kept || !said.is_in {
            found.listed.insert(phone.clone());
        }
        found.rows.push(row);
    }
    let audience = model.audience().into_iter();
    found.audience = audience
        .map(|(country, numbers)| {
            let numbers = numbers.into_iter().map(str::to_owned);
            (country.to_owned(), numbers.collect())
        })
        .collect();
    let mut gone = StoredRow::new();
    for (name, value) in [
        ("phone", "+12065550100"),
        ("entity", "USER#1"),
        ("version", "1"),
    ] {
        gone.insert(name.to_owned(), text(value));
    }
    for name in ["deleted", "expiresAt"] {
        gone.insert(name.to_owned(), Attribute::Number("1".to_owned()));
    }
    found.rows.push(gone);
    let mut removal = StoredRow::new();
    for (name, value) in [("phone", "+12065550100"), ("entity", "REMOVAL#1")] {
        removal.insert(name.to_owned(), text(value));
    }
    found.rows.push(removal);
    (ledger, found)
}

/// Records that are lost and that are wrong, and what is said of them.
fn spoiled(spoil: impl Fn(&mut Found)) -> (u64, u64, String) {
    let (ledger, mut found) = perfect();
    spoil(&mut found);
    let verdict = Verdict::new(&ledger, &found);
    assert!(!verdict.is_good());
    let Findings { lost, wrong, .. } = &verdict.findings;
    let said = [lost, wrong].map(|problems| problems.descriptions.join("\n"));
    (lost.records, wrong.records, said.join("\n"))
}

/// The row of some number in a channel state and of a status.
fn number<'a>(found: &'a mut Found, channel: &str, status: &str) -> &'a mut StoredRow {
    let is_it = |row: &&mut StoredRow| {
        row["entity"] == text(NUMBER)
            && row["channel"] == text(channel)
            && row["status"] == text(status)
    };
    found.rows.iter_mut().find(is_it).unwrap()
}

fn phone(row: &StoredRow) -> String {
    match &row["phone"] {
        Attribute::Text(phone) => phone.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_perfect_demo_is_good_and_every_record_is_accounted_for() {
    let (ledger, found) = perfect();
    let verdict = Verdict::new(&ledger, &found);
    assert!(verdict.is_good(), "{verdict:?}");
    let quarantined: u64 = verdict.quarantined.values().sum();
    assert_eq!(quarantined, 60);
    assert_eq!(
        verdict.applied + ledger.superseded() + ledger.model.tally.skipped() + quarantined,
        ledger.receipts.count()
    );
    assert!(verdict.pending > 3 && verdict.opted_out > 30, "{verdict:?}");
    assert_eq!(verdict.numbers, ledger.model.numbers.len() as u64);
    assert_eq!(verdict.rows, ledger.model.rows.len() as u64);
    assert_eq!(verdict.audience.len(), 4);
}

#[test]
fn a_number_that_is_missing_from_the_list_is_wrong() {
    let (_, wrong, said) = spoiled(|found| {
        let phone = phone(number(found, "IN_STEP", "OPTED_OUT"));
        found.listed.remove(&phone);
    });
    assert_eq!(wrong, 1, "{said}");
    assert!(
        said.contains("opted out, and not on the opt-out list"),
        "{said}"
    );
}

#[test]
fn a_number_too_many_on_the_list_is_wrong() {
    let (_, wrong, said) = spoiled(|found| {
        let phone = phone(number(found, "IN_STEP", "OPTED_IN"));
        found.listed.insert(phone);
    });
    assert_eq!(wrong, 1, "{said}");
    assert!(said.contains("opted in, and on the opt-out list"), "{said}");
    let (_, wrong, said) = spoiled(|found| {
        found.listed.insert("+12065550100".to_owned());
    });
    assert_eq!(wrong, 1, "{said}");
    assert!(said.contains("nobody put it there"), "{said}");
}

#[test]
fn a_number_may_wait_only_as_long_as_the_list_keeps_it() {
    let (_, wrong, said) = spoiled(|found| {
        let phone = phone(number(found, "PENDING", "OPTED_IN"));
        found.kept.remove(&phone);
    });
    assert_eq!(wrong, 1, "{said}");
    assert!(said.contains("expected \"IN_STEP\""), "{said}");
    for (name, value) in [
        ("channelReason", "not-sent"),
        ("channel", "IN_STEP"),
        ("pending", "mail"),
    ] {
        let (_, wrong, said) = spoiled(|found| {
            let row = number(found, "PENDING", "OPTED_IN");
            row.insert(name.to_owned(), text(value));
        });
        assert_eq!(wrong, 1, "{said}");
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn missing_rows_are_lost_once() {
    let (lost, wrong, said) = spoiled(|found| drop(found.rows.remove(3)));
    assert_eq!((lost, wrong), (1, 0), "{said}");
    assert!(said.contains("is missing"), "{said}");
    let (lost, _, said) = spoiled(|found| drop(found.quarantine.pop()));
    assert_eq!(lost, 1, "{said}");
    let (ledger, _) = perfect();
    let verdict = Verdict::new(&ledger, &Found::default());
    assert_eq!((verdict.rows, verdict.numbers), (0, 0));
    assert_eq!(verdict.findings.lost.records, verdict.findings.bad() + 60);
}

#[test]
fn every_attribute_of_users_and_numbers_counts() {
    for (name, value) in [
        ("country", text("XX")),
        ("status", text("MAYBE")),
        ("sourceTime", text("then")),
        ("surplus", Attribute::Number("1".to_owned())),
        ("version", Attribute::Number("1".to_owned())),
    ] {
        for is_number in [false, true] {
            let (lost, wrong, said) = spoiled(|found| {
                let is_it = |row: &&mut StoredRow| (row["entity"] == text(NUMBER)) == is_number;
                let row = found.rows.iter_mut().find(is_it).unwrap();
                row.insert(name.to_owned(), value.clone());
            });
            assert_eq!((lost, wrong), (0, 1), "{name}: {said}");
            assert!(said.contains(name), "{said}");
        }
    }
    for name in ["audience", "numberVersion"] {
        let (_, wrong, said) = spoiled(|found| {
            let row = found.rows.iter_mut().find(|row| row.contains_key(name));
            row.unwrap().remove(name);
        });
        assert_eq!(wrong, 1, "{said}");
    }
    let (_, wrong, said) = spoiled(|found| {
        number(found, "IN_STEP", "OPTED_OUT").remove("channelAt");
    });
    assert_eq!(wrong, 1, "{said}");
}

#[test]
fn what_must_be_gone_or_was_never_put_is_wrong() {
    let (ledger, _) = perfect();
    let model = &ledger.model;
    let seen = (100_001..100_200).map(|user| user.to_string());
    let all: Vec<ConsentKey> = seen
        .flat_map(|user| {
            let phones = model.numbers.keys();
            phones.map(move |phone| ConsentKey {
                phone: phone.clone(),
                user: user.clone(),
            })
        })
        .filter(|key| !model.rows.contains_key(key))
        .collect();
    let is_known = |key: &&ConsentKey| ledger.last(&Place::User((*key).clone())).is_some();
    let gone = all.iter().find(is_known).unwrap().clone();
    let never = ConsentKey {
        user: "7".to_owned(),
        ..gone.clone()
    };
    for (key, says) in [(gone, "must be gone"), (never, "nobody put")] {
        let said = Said {
            country: "US",
            is_in: true,
            source_time: None,
        };
        let (_, wrong, text) = spoiled(|found| found.rows.push(user_row(&key, &said, true)));
        assert_eq!(wrong, 1, "{text}");
        assert!(text.contains(says), "{text}");
    }
    for (name, value) in [("userId", text("7")), ("country", text("US"))] {
        let (_, wrong, said) = spoiled(|found| {
            let row = found
                .rows
                .iter_mut()
                .find(|row| row.contains_key("deleted"));
            row.unwrap().insert(name.to_owned(), value.clone());
        });
        assert_eq!(wrong, 1, "{said}");
        assert!(said.contains("is gone, and its row"), "{said}");
    }
}

#[test]
fn the_audience_has_those_who_said_yes_and_nobody_else() {
    let (lost, wrong, said) = spoiled(|found| {
        let numbers = found.audience.get_mut("US").unwrap();
        numbers.pop_first();
    });
    assert_eq!((lost, wrong), (1, 0), "{said}");
    assert!(said.contains("is not in the audience"), "{said}");
    let (_, wrong, said) = spoiled(|found| {
        let phone = phone(number(found, "IN_STEP", "OPTED_OUT"));
        found.audience.get_mut("US").unwrap().insert(phone);
    });
    assert_eq!(wrong, 1, "{said}");
    assert!(said.contains("must not be in the audience"), "{said}");
}
