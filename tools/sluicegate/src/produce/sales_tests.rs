#[path = "sales_tests/naive.rs"]
mod naive;

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use naive::{naive_stream, naive_table, sums};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::model::{Model, NO_GROUP};
use super::place::{Stream, Table};
use super::*;
use crate::produce::calls::Ordered;
use crate::produce::outgoing::Outgoing;
use crate::produce::put_items::Write;
use crate::share::Share;

fn settings() -> impl Strategy<Value = Settings> {
    let skew = prop_oneof![Just(Skew::None), Just(Skew::Zipf)];
    let keys = prop_oneof![Just(Keys::Group), Just(Keys::Sale)];
    let shares = (0u32..=20, 0u32..=40, 0u32..=40);
    (1u64..600, 1u32..20, any::<u64>(), skew, keys, shares).prop_map(
        |(count, groups, seed, skew, keys, (poison, duplicates, changes))| Settings {
            count,
            groups,
            seed,
            skew,
            keys,
            poison: Share::percent(poison),
            duplicates: Share::percent(duplicates),
            changes: Share::percent(changes),
            ..Settings::default()
        },
    )
}

fn model<R>(records: &[Produced<R>]) -> Model {
    records.iter().map(|produced| &produced.expected).collect()
}

proptest! {
    #[test]
    fn the_model_is_what_a_naive_consumer_of_a_stream_adds_up(settings in settings()) {
        let records: Vec<_> = Sales::<Stream>::new(settings.clone()).collect();
        let model = model(&records);
        prop_assert_eq!(&model.groups, &sums(naive_stream(&records)));
        prop_assert_eq!(model.poison(), settings.poison.of(settings.count));
        prop_assert_eq!(model.changes(), 0);
        prop_assert_eq!(model.counted() + model.duplicates + model.poison(), settings.count);
    }

    #[test]
    fn the_model_is_what_is_new_in_a_table(settings in settings()) {
        let records: Vec<_> = Sales::<Table>::new(settings.clone()).collect();
        let model = model(&records);
        let (naive, others) = naive_table(&records);
        prop_assert_eq!(&model.groups, &sums(naive));
        prop_assert_eq!(model.duplicates + model.changes(), others);
        prop_assert_eq!(model.counted() + others + model.poison(), settings.count);
    }

    #[test]
    fn the_same_settings_give_the_same_records(settings in settings()) {
        let once: Vec<_> = Sales::<Stream>::new(settings.clone()).collect();
        prop_assert_eq!(&once, &Sales::<Stream>::new(settings.clone()).collect::<Vec<_>>());
        let once: Vec<_> = Sales::<Table>::new(settings.clone()).collect();
        prop_assert_eq!(&once, &Sales::<Table>::new(settings).collect::<Vec<_>>());
    }

    #[test]
    fn a_duplicate_is_the_same_record_at_most_200_sales_behind(settings in settings()) {
        let mut sales = 0;
        let mut seen: HashMap<String, (usize, Outgoing)> = HashMap::new();
        for produced in Sales::<Stream>::new(settings) {
            match produced.expected {
                Expected::Counted(sale) => {
                    seen.insert(sale.id, (sales, produced.record));
                    sales += 1;
                }
                Expected::Duplicate(sale) => {
                    let (place, record) = &seen[&sale.id];
                    prop_assert_eq!(&produced.record, record);
                    prop_assert!(sales - place <= RECENT);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn writes_to_one_item_share_their_order(settings in settings()) {
        let mut orders: HashMap<String, u64> = HashMap::new();
        for produced in Sales::<Table>::new(settings) {
            let Write { id, order, .. } = produced.record;
            prop_assert_eq!(*orders.entry(id).or_insert(order), order);
        }
        let different: HashSet<u64> = orders.values().copied().collect();
        prop_assert_eq!(different.len(), orders.len(), "different items, different order");
    }
}

#[test]
fn another_seed_gives_other_sales_with_other_ids() {
    let records = |seed| -> Vec<_> {
        let settings = Settings {
            seed,
            count: 50,
            ..Settings::default()
        };
        Sales::<Table>::new(settings).collect()
    };
    let ids = |seed| -> HashSet<String> {
        let records = records(seed).into_iter();
        records.map(|produced| produced.record.id).collect()
    };
    assert_ne!(records(1), records(2));
    assert!(ids(1).is_disjoint(&ids(2)));
}

#[test]
fn shares_come_out_exactly_and_all_spellings_and_kinds_are_there() {
    let settings = Settings {
        count: 10_000,
        poison: Share::percent(1),
        duplicates: Share::percent(2),
        changes: Share::percent(3),
        ..Settings::default()
    };
    let orders: Vec<_> = Sales::<Table>::new(settings.clone()).collect();
    let table = model(&orders);
    assert_eq!(
        (table.poison(), table.duplicates, table.changes()),
        (100, 200, 300)
    );
    assert_eq!(table.poison_by_kind.len(), Poison::IN_TABLE.len());
    assert!(table.modified > 100 && table.removed > 100, "{table:?}");

    let sales: Vec<_> = Sales::<Stream>::new(settings).collect();
    let stream = model(&sales);
    assert_eq!(stream.counted(), 9_700);
    assert_eq!(stream.poison_by_kind.len(), Poison::ON_STREAM.len());
    assert_eq!(stream.groups.len(), 11, "ten stores and those without");
    assert!(
        stream.sum().digits() > 38,
        "more than DynamoDB keeps in a number"
    );
    let texts: Vec<&str> = sales
        .iter()
        .filter(|produced| matches!(produced.expected, Expected::Counted(_)))
        .map(|produced| std::str::from_utf8(produced.record.data.as_ref()).unwrap())
        .collect();
    for part in [
        r#""sales":-"#,
        "e-2",
        "E+0",
        r#"{"ID""#,
        r#"{"Item""#,
        "till",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}");
    }
    assert!(texts.iter().any(|text| !text.contains("store")));
}

#[test]
fn partition_keys_are_of_the_sale_or_of_the_group() {
    let keys = |keys| -> HashSet<String> {
        let settings = Settings {
            count: 300,
            keys,
            ..Settings::default()
        };
        let sales = Sales::<Stream>::new(settings);
        sales.map(|sale| sale.record.partition_key).collect()
    };
    assert_eq!(keys(Keys::Sale).len(), 300);
    let groups = keys(Keys::Group);
    assert!(
        groups.contains("store-10") && groups.contains(NO_GROUP),
        "{groups:?}"
    );
    assert_eq!(groups.len(), 11);
}

#[test]
fn groups_have_the_name_of_their_attribute_and_may_be_left_out() {
    let settings = |attribute: Option<&str>| Settings {
        count: 200,
        poison: Share::ALL,
        group_attribute: attribute.map(str::to_owned),
        ..Settings::default()
    };
    let kinds = |attribute| {
        let records: Vec<_> = Sales::<Stream>::new(settings(attribute)).collect();
        model(&records).poison_by_kind.len()
    };
    assert_eq!(kinds(Some("shop \"x\"")), Poison::ON_STREAM.len());
    assert_eq!(
        kinds(None),
        Poison::ON_STREAM.len() - 1,
        "a long group is none"
    );

    let settings = Settings {
        poison: Share::NONE,
        ..settings(Some("category"))
    };
    let mut sales = Sales::<Table>::new(settings);
    let write = sales
        .find_map(|order| {
            order
                .record
                .item
                .filter(|item| item.contains_key("category"))
        })
        .unwrap();
    let AttributeValue::S(group) = &write["category"] else {
        panic!("{write:?}")
    };
    assert!(group.starts_with("category-"), "{group}");
}

#[test]
fn everything_fits_into_its_call() {
    let settings = Settings {
        count: 60,
        poison: Share::ALL,
        ..Settings::default()
    };
    for produced in Sales::<Stream>::new(settings.clone()) {
        assert!(produced.record.size() <= 1 << 20);
    }
    for produced in Sales::<Table>::new(settings) {
        let write = produced.record;
        assert!(write.size() <= 400 << 10 && write.id.len() <= 2_048);
    }
}

#[test]
fn nothing_is_made_of_nothing() {
    let settings = Settings {
        count: 0,
        poison: Share::ALL,
        ..Settings::default()
    };
    assert_eq!(Sales::<Stream>::new(settings).count(), 0);
}
