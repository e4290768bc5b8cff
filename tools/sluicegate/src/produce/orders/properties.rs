//! Whatever the settings are.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use records::cdc::{CdcRecord, Operation, RowChange, Version};

use super::replay::{NaiveTables, apply, join, naive, naive_attributes};
use super::tests::{change, model, produce};
use super::{
    Attributes, Cell, Expected, MISSPELT, Produced, RowKey, Settings, SourceChange, Table,
};
use crate::produce::calls::Ordered;
use crate::produce::dms::testing::{self, format, version};
use crate::produce::dms::{self, Poison as _};
use crate::produce::products::{ndjson, products};

fn settings() -> impl Strategy<Value = Settings> {
    let sizes = (0u32..30, 0u32..5, 0u32..60, any::<bool>());
    (testing::settings(), sizes).prop_map(|(task, sizes)| {
        let (orders, items_per_order, products, is_misspelt) = sizes;
        let task = dms::Settings {
            renamed: is_misspelt.then_some(MISSPELT),
            ..task
        };
        Settings {
            task,
            orders,
            items_per_order,
            products,
        }
    })
}

fn key(table: Table, column: impl Fn(&str) -> Option<u64>) -> RowKey {
    RowKey {
        order: column("orderId").unwrap(),
        item: (table == Table::Item).then(|| column("itemId").unwrap()),
    }
}

/// What the library reads of a record, in the model's terms.
fn source_change(change: &RowChange<'_>) -> SourceChange {
    let table = match &*change.table.name {
        "order" => Table::Order,
        "order_item" => Table::Item,
        other => panic!("{other}"),
    };
    assert_eq!(change.table.schema, "orders");
    let names = match table {
        Table::Order => &["orderId"][..],
        Table::Item => &["orderId", "itemId"],
    };
    let after = key(table, |name| {
        Some(change.row.required(name).unwrap().integer().unwrap())
    });
    let before = key(table, |name| {
        Some(change.column_before(name).unwrap().integer().unwrap())
    });
    let is_delete = change.operation == Operation::Delete;
    let mut attributes = Attributes::new();
    for name in table.columns() {
        let misspelt = change
            .row
            .present("itemQuanity")
            .filter(|_| *name == "itemQuantity");
        let Some(column) = change.row.present(name).or(misspelt) else {
            continue;
        };
        let is_number = ["Id", "Amount", "Quantity"]
            .iter()
            .any(|end| name.ends_with(end));
        let cell = if is_number {
            Cell::Number(column.number().unwrap().to_string())
        } else {
            Cell::Text(column.text().unwrap().into_owned())
        };
        attributes.insert(name, cell);
    }
    let removed = match (is_delete, change.is_key_changed(names)) {
        (true, _) => Some(after),
        (false, true) => Some(before),
        (false, false) => None,
    };
    SourceChange {
        removed,
        put: (!is_delete).then_some((after, attributes)),
    }
}

// A history is hundreds of records: few of them find what there is.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_settings_give_the_same_records(settings in settings()) {
        prop_assert_eq!(produce(&settings), produce(&settings));
    }

    #[test]
    fn the_model_is_what_a_replay_of_the_records_leaves(settings in settings()) {
        let records = produce(&settings);
        let mut tables = NaiveTables::new();
        for produced in &records {
            if !matches!(produced.expected, Expected::Quarantined(_)) {
                apply(&mut tables, produced.record.data.as_ref());
            }
        }
        let model = model(&records);
        let source: BTreeMap<_, _> = model
            .source
            .iter()
            .map(|(key, attributes)| {
                let table = if key.item.is_some() { "order_item" } else { "order" };
                let key = [Some(key.order), key.item];
                let key = key.into_iter().flatten().map(|id| id.to_string()).collect();
                ((table.to_owned(), key), naive_attributes(attributes))
            })
            .collect();
        prop_assert_eq!(&source, &tables);
        let products = products(settings.products, 3);
        prop_assert_eq!(naive(&model.enriched(&products)), join(&tables, &ndjson(&products)));
    }

    #[test]
    fn every_record_is_read_as_what_it_is_meant_to_be(settings in settings()) {
        let settings = &settings;
        for produced in &produce(settings) {
            let bytes = produced.record.data.as_ref();
            match &produced.expected {
                Expected::Control => {
                    let read = format(&settings.task).read(bytes).unwrap();
                    prop_assert!(matches!(read, CdcRecord::Control(_)), "{:?}", read);
                }
                Expected::OfDms => prop_assert!(change(settings, produced).table.is_of_dms()),
                Expected::Quarantined(poison) => {
                    prop_assert_eq!(judged(settings, bytes), (poison.stage(), poison.reason()), "{:?}", poison);
                }
                Expected::Loaded(expected) => {
                    let change = change(settings, produced);
                    prop_assert_eq!(change.operation, Operation::Load);
                    prop_assert_eq!(change.transaction_id(), None);
                    prop_assert_eq!(&source_change(&change), expected);
                }
                Expected::Changed(expected) | Expected::Again(expected) => {
                    let change = change(settings, produced);
                    prop_assert!(change.transaction_id().is_some());
                    prop_assert_eq!(change.log_position.is_some(), settings.task.transaction_details);
                    prop_assert_eq!(change.changed_at().is_some(), settings.task.transaction_details);
                    prop_assert_eq!(&source_change(&change), expected);
                }
            }
        }
    }

    #[test]
    fn the_newest_versions_are_the_model_in_whatever_order_records_arrive(settings in settings(), shuffle: u64) {
        let mut settings = settings;
        settings.task.transaction_details = true;
        let records = produce(&settings);
        let mut last = None;
        let mut changes = Vec::new();
        for produced in &records {
            match &produced.expected {
                Expected::Loaded(expected) | Expected::Again(expected) => {
                    changes.push((version(&settings.task, &produced.record), expected));
                }
                Expected::Changed(expected) => {
                    let version = version(&settings.task, &produced.record);
                    prop_assert!(Some(version) > last, "as committed");
                    last = Some(version);
                    changes.push((version, expected));
                }
                _ => {}
            }
        }
        Rng::with_seed(shuffle).shuffle(&mut changes);
        let mut rows: HashMap<RowKey, (Version<'_>, Option<&Attributes>)> = HashMap::new();
        for (version, change) in changes {
            let removed = change.removed.map(|key| (key, None));
            let put = change.put.as_ref().map(|(key, attributes)| (*key, Some(attributes)));
            for (key, attributes) in removed.into_iter().chain(put) {
                let row = rows.entry(key).or_insert((version, attributes));
                if version > row.0 {
                    *row = (version, attributes);
                }
            }
        }
        let live = rows.into_iter().filter_map(|(key, (_, row))| Some((key, row?.clone())));
        prop_assert_eq!(live.collect::<BTreeMap<_, _>>(), model(&records).source);
    }

    #[test]
    fn without_transaction_details_changes_of_a_row_share_order_and_shard(settings in settings()) {
        let mut settings = settings;
        settings.task.transaction_details = false;
        let mut seen: HashMap<RowKey, (u64, String)> = HashMap::new();
        for Produced { record, expected } in produce(&settings) {
            if let Expected::Loaded(change) | Expected::Changed(change) | Expected::Again(change) = expected {
                let put = change.put.map(|(key, _)| key);
                for key in change.removed.into_iter().chain(put) {
                    let this = (record.order(), record.partition_key.clone());
                    prop_assert_eq!(seen.entry(key).or_insert_with(|| this.clone()), &this);
                }
            }
        }
    }
}

/// Stage and reason of what order-enrichment does with a row, asked of the library.
fn judged(settings: &Settings, bytes: &[u8]) -> (&'static str, &'static str) {
    let change = match format(&settings.task).read(bytes) {
        Ok(CdcRecord::Row(change)) => change,
        Ok(other) => panic!("{other:?}"),
        Err(error) => return ("payload", error.reason()),
    };
    let row = &change.row;
    let is_item = change.table.name == "order_item";
    let keys = if is_item {
        &["orderId", "itemId"][..]
    } else {
        &["orderId"]
    };
    let key = |name: &&str| row.required(name)?.integer::<i64>().map(|_| ());
    let number = |name: &&str| {
        row.present(name)
            .map_or(Ok(()), |column| column.number().map(|_| ()))
    };
    let text = |name: &&str| {
        row.present(name)
            .map_or(Ok(()), |column| column.key_text().map(|_| ()))
    };
    let all = keys.iter().map(key);
    let all = all.chain(
        ["orderAmount", "itemAmount", "itemQuantity"]
            .iter()
            .map(number),
    );
    let all = all.chain(["orderStatus", "itemStatus"].iter().map(text));
    let error = all
        .collect::<Result<Vec<()>, _>>()
        .expect_err("it can be stored");
    ("domain", error.reason())
}
