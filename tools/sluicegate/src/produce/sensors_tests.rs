use std::collections::{BTreeMap, HashMap};

use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use records::Number;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::*;
use crate::produce::model::Model;

/// A reading as a naive consumer sees it.
#[derive(Deserialize)]
struct Reading<'a> {
    sensor_id: String,
    #[serde(borrow)]
    temperature: &'a RawValue,
    #[serde(borrow)]
    current_time: &'a RawValue,
    #[serde(borrow)]
    humidity: Option<&'a RawValue>,
}

fn number(raw: &RawValue) -> String {
    Number::parse(raw.get()).unwrap().to_string()
}

/// The table by a naive consumer: every good record in order, the last one of a key stays.
fn naive_table(records: &[Produced]) -> BTreeMap<RowKey, Row> {
    let mut table = BTreeMap::new();
    for produced in records {
        if matches!(produced.expected, Expected::Quarantined(_)) {
            continue;
        }
        let reading: Reading<'_> = serde_json::from_slice(produced.record.data.as_ref()).unwrap();
        let key = RowKey {
            sensor: reading.sensor_id,
            time: number(reading.current_time),
        };
        let row = Row {
            temperature: number(reading.temperature),
            humidity: reading.humidity.map(number),
        };
        table.insert(key, row);
    }
    table
}

fn settings() -> impl Strategy<Value = Settings> {
    (1u64..600, 1u32..20, any::<u64>(), 0u32..=20, 0u32..=50).prop_map(
        |(count, sensors, seed, poison, duplicates)| Settings {
            count,
            sensors,
            seed,
            poison: Share::percent(poison),
            duplicates: Share::percent(duplicates),
            ..Settings::default()
        },
    )
}

proptest! {
    #[test]
    fn the_model_is_what_a_naive_consumer_stores(settings in settings()) {
        let records: Vec<Produced> = Sensors::new(settings).collect();
        let model: Model = records.iter().map(|produced| &produced.expected).collect();

        let rows = model.rows.iter().map(|(key, row)| (key.clone(), row.row.clone()));
        prop_assert_eq!(&rows.collect::<BTreeMap<_, _>>(), &naive_table(&records));
        prop_assert_eq!(model.poison(), settings.poison.of(settings.count));
        let stored = model.rows.len() as u64;
        prop_assert_eq!(stored + model.replaced() + model.poison(), settings.count);
    }

    #[test]
    fn the_same_settings_give_the_same_records(settings in settings()) {
        let once: Vec<Produced> = Sensors::new(settings).collect();
        let again: Vec<Produced> = Sensors::new(settings).collect();
        prop_assert_eq!(once, again);
    }

    #[test]
    fn records_of_one_row_share_their_shard_and_their_order(settings in settings()) {
        let mut places: HashMap<RowKey, (String, u64)> = HashMap::new();
        for produced in Sensors::new(settings) {
            if let Expected::Stored(key, _) = produced.expected {
                let place = (produced.record.partition_key, produced.record.order);
                prop_assert_eq!(places.entry(key).or_insert_with(|| place.clone()), &place);
            }
        }
        let orders: std::collections::HashSet<u64> = places.values().map(|(_, order)| *order).collect();
        prop_assert_eq!(orders.len(), places.len(), "different rows, different order");
    }
}

#[test]
fn another_seed_gives_other_records() {
    let records = |seed| {
        let settings = Settings {
            seed,
            count: 50,
            ..Settings::default()
        };
        Sensors::new(settings).collect::<Vec<_>>()
    };
    assert_ne!(records(1), records(2));
}

#[test]
fn shares_come_out_exactly() {
    let settings = Settings {
        count: 10_000,
        poison: Share::percent(1),
        duplicates: Share::percent(2),
        ..Settings::default()
    };
    let model: Model = Sensors::new(settings)
        .map(|produced| produced.expected)
        .collect();
    assert_eq!(model.poison(), 100);
    assert_eq!(model.replaced(), 200);
    assert_eq!(model.rows.len(), 9_700);
    assert_eq!(
        model.poison_by_kind.len(),
        Poison::ALL.len(),
        "all kinds are there"
    );
}

#[test]
fn each_record_has_a_key_of_its_own_when_asked() {
    let settings = Settings {
        count: 300,
        keys: Keys::Record,
        ..Settings::default()
    };
    let keys: std::collections::HashSet<String> = Sensors::new(settings)
        .map(|produced| produced.record.partition_key)
        .collect();
    assert_eq!(keys.len(), 300);
}

#[test]
fn nothing_is_made_of_nothing() {
    let settings = Settings {
        count: 0,
        poison: Share::ALL,
        ..Settings::default()
    };
    assert_eq!(Sensors::new(settings).count(), 0);
}
