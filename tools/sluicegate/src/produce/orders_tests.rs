use std::borrow::Cow;
use std::collections::HashSet;

use records::cdc::{RowChange, Source};

use super::model::Model;
use super::poison::Poison;
use super::*;
use crate::produce::calls::Ordered;
use crate::produce::dms::testing::row_change;
use crate::produce::dms::{Engine, Numbers, Poison as _};
use crate::produce::products::products;
use crate::share::Share;

pub(super) fn produce(settings: &Settings) -> Vec<Produced> {
    Orders::new(settings.clone()).collect()
}

pub(super) fn model(records: &[Produced]) -> Model {
    records.iter().map(|produced| &produced.expected).collect()
}

pub(super) fn change<'a>(settings: &Settings, produced: &'a Produced) -> RowChange<'a> {
    row_change(&settings.task, &produced.record)
}

#[test]
fn shares_come_out_exactly_and_all_that_can_happen_does() {
    for engine in [Engine::Mysql, Engine::Postgresql] {
        let settings = Settings {
            task: dms::Settings {
                engine,
                poison: Share::percent(1),
                restarts: 3,
                ..dms::Settings::default()
            },
            ..Settings::default()
        };
        let records = produce(&settings);
        let model = model(&records);
        assert_eq!(
            (
                model.tally.loaded,
                model.tally.changed,
                model.tally.poison()
            ),
            (3_000, 9_900, 100)
        );
        assert_eq!(model.tally.poison_by_kind.len(), Poison::all().len());
        assert_eq!(model.tally.control, 5);
        assert!(
            (10..100).contains(&model.tally.of_dms),
            "{}",
            model.tally.of_dms
        );
        assert!(
            (50..=600).contains(&model.tally.again),
            "{}",
            model.tally.again
        );

        let mut moves = 0;
        let mut deletes = 0;
        for produced in &records {
            if let Expected::Changed(change) = &produced.expected {
                moves += u32::from(change.removed.is_some() && change.put.is_some());
                deletes += u32::from(change.put.is_none());
            }
        }
        assert!(moves > 500 && deletes > 500, "{moves} {deletes}");
        let enriched = model.enriched(&products(2_000, 1));
        let items = model.source.keys().filter(|key| key.item.is_some()).count();
        let missing = enriched
            .values()
            .filter(|row| row.contains_key("missing"))
            .count();
        assert!(
            enriched.len() > 1_000 && enriched.len() < items,
            "some orders are deleted"
        );
        assert!(missing > 10 && missing < enriched.len() / 10, "{missing}");
    }
}

#[test]
fn numbers_come_in_all_spellings() {
    let texts = |numbers| -> String {
        let settings = Settings {
            task: dms::Settings {
                numbers,
                ..dms::Settings::default()
            },
            ..Settings::default()
        };
        let records = produce(&settings).into_iter();
        let texts =
            records.map(|produced| String::from_utf8(produced.record.data.into_inner()).unwrap());
        texts.collect()
    };
    let number = r#""orderId":10000001,"#;
    let string = r#""orderId":"1"#;
    let float = r#""orderId":1.0000000000252E+17,"#;
    let large = r#""orderId":100000000002520000,"#;
    for (numbers, expected) in [
        (Numbers::Number, [true, false, true, false]),
        (Numbers::String, [false, true, false, false]),
        (Numbers::Mixed, [true, true, true, true]),
    ] {
        let texts = texts(numbers);
        let found = [number, string, float, large].map(|part| texts.contains(part));
        assert_eq!(found, expected, "{numbers:?}");
    }
}

#[test]
fn another_seed_makes_other_orders() {
    let keys = |seed| -> HashSet<u64> {
        let settings = Settings {
            task: dms::Settings {
                seed,
                count: 500,
                ..dms::Settings::default()
            },
            ..Settings::default()
        };
        model(&produce(&settings))
            .source
            .keys()
            .map(|key| key.order)
            .collect()
    };
    assert!(keys(1).contains(&10_000_002));
    assert!(keys(1).is_disjoint(&keys(2)));
}

#[test]
fn with_transaction_details_nothing_waits_and_everything_fits() {
    let settings = Settings {
        task: dms::Settings {
            poison: Share::percent(50),
            ..dms::Settings::default()
        },
        ..Settings::default()
    };
    let records = produce(&settings);
    let orders: HashSet<u64> = records
        .iter()
        .map(|produced| produced.record.order)
        .collect();
    assert_eq!(orders.len(), records.len());
    for produced in &records {
        assert!(produced.record.size() <= 1 << 20);
        assert!((1..=256).contains(&produced.record.partition_key.len()));
    }
}

#[test]
fn the_task_tells_how_each_change_follows_another() {
    let settings = Settings {
        task: dms::Settings {
            count: 1_000,
            restarts: 2,
            ..dms::Settings::default()
        },
        ..Settings::default()
    };
    let mut last = None;
    let mut firsts = 0;
    for produced in &produce(&settings) {
        if !matches!(produced.expected, Expected::Changed(_) | Expected::Again(_)) {
            continue;
        }
        let change = change(&settings, produced);
        let Source::Dms(metadata) = change.source else {
            panic!("{change:?}")
        };
        let previous = metadata.previous_transaction_id.map(Cow::into_owned);
        let previous = previous.zip(metadata.previous_transaction_record_id);
        if previous.is_none() {
            firsts += 1;
        } else {
            assert_eq!(previous, last);
        }
        last = metadata
            .transaction_id
            .map(Cow::into_owned)
            .zip(metadata.transaction_record_id);
    }
    assert_eq!(
        firsts, 3,
        "the first change, and the first after each start"
    );
}

#[test]
fn nothing_is_made_of_nothing_but_the_definitions() {
    let settings = Settings {
        task: dms::Settings {
            count: 0,
            poison: Share::ALL,
            ..dms::Settings::default()
        },
        orders: 0,
        ..Settings::default()
    };
    let records = produce(&settings);
    assert!(
        records
            .iter()
            .all(|produced| produced.expected == Expected::Control)
    );
}
