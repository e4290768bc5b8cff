use std::collections::{BTreeMap, HashMap, HashSet};

use fastrand::Rng;
use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use records::cdc::{CdcRecord, Column, Operation, RowChange, Version};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use serde_json::Value;

use super::model::Model;
use super::*;
use crate::produce::calls::Ordered;
use crate::produce::dms::testing::{self, format, row_change, version};
use crate::produce::dms::{Engine, Poison as _};
use crate::share::Share;

fn produce(settings: &Settings) -> Vec<Produced> {
    Consents::new(settings.clone()).collect()
}

fn model(records: &[Produced]) -> Model {
    records.iter().map(|produced| &produced.expected).collect()
}

fn settings() -> impl Strategy<Value = Settings> {
    (testing::settings(), 0u32..40).prop_map(|(task, users)| Settings { task, users })
}

fn e164(text: &str) -> Option<String> {
    let number = PHONE_NUMBER_UTIL.parse(text, Some(Region::US)).ok()?;
    let is_sound = PHONE_NUMBER_UTIL.is_valid_number(&number) && number.extension.is_none();
    is_sound.then(|| {
        let text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
        text.into_owned()
    })
}

/// The key that the columns tell.
fn key<'a>(column: impl Fn(&str) -> Option<&'a Column<'a>>) -> ConsentKey {
    let text = |name| column(name).unwrap().key_text().unwrap().into_owned();
    ConsentKey {
        phone: e164(&text("phone")).unwrap(),
        user: text("userid"),
    }
}

/// What the library reads of a record, in the model's terms; a yes is read from its text alone.
fn consent_change(change: &RowChange<'_>) -> (Option<ConsentKey>, Option<(ConsentKey, bool)>) {
    assert_eq!(
        (&*change.table.schema, &*change.table.name),
        ("blog_db", "optin_status")
    );
    let after = key(|name| change.row.get(name));
    if change.operation == Operation::Delete {
        return (Some(after), None);
    }
    let before = key(|name| change.column_before(name));
    let answer = change.row.get("optin").map(Column::json);
    let answer = answer.unwrap_or_default().to_lowercase();
    let word = answer.trim_matches('"').trim();
    let is_in = ["1", "true", "t", "y", "yes", "0x01"].contains(&word);
    let removed = (before != after).then_some(before);
    (removed, Some((after, is_in)))
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
        let tally = &model.tally;
        assert_eq!(
            (tally.loaded, tally.changed, tally.poison()),
            (1_000, 9_900, 100)
        );
        assert_eq!(tally.poison_by_kind.len(), poison::Poison::all().len());
        assert_eq!(tally.control, 3);
        assert!(tally.again > 50 && tally.of_dms > 10, "{tally:?}");
        let mut seen = [0; 4];
        let mut people: HashMap<&str, HashSet<&str>> = HashMap::new();
        for produced in &records {
            let Expected::Changed(change) = &produced.expected else {
                continue;
            };
            let moved = change.removed.iter().zip(&change.put).next();
            seen[0] += u32::from(change.put.is_none());
            seen[1] += u32::from(moved.is_some_and(|(old, (new, _))| old.phone != new.phone));
            seen[2] += u32::from(moved.is_some_and(|(old, (new, _))| old.user != new.user));
            let said = change.put.as_ref().map(|(_, said)| said);
            seen[3] += u32::from(said.is_some_and(|said| said.source_time.is_none()));
            if let Some((key, _)) = &change.put {
                people.entry(&key.phone).or_default().insert(&key.user);
            }
        }
        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
        let shared = people.values().filter(|users| users.len() > 1).count();
        assert!(shared > 100, "{shared}");
        assert_eq!(model.audience().len(), 4);
        let rows_in = model.rows.values().filter(|said| said.is_in).count();
        let in_audience = model.rows.keys().filter(|key| model.is_audience(key));
        let in_audience = in_audience.count();
        assert!(
            in_audience > 300 && in_audience < rows_in,
            "{in_audience} {rows_in}"
        );
        assert!(model.opted_out().count() > 300);
    }
}

#[test]
fn another_seed_makes_other_users() {
    let users = |seed| -> HashSet<String> {
        let task = dms::Settings {
            seed,
            count: 500,
            ..dms::Settings::default()
        };
        let records = produce(&Settings { task, users: 100 });
        model(&records)
            .rows
            .into_keys()
            .map(|key| key.user)
            .collect()
    };
    assert!(users(1).is_disjoint(&users(2)));
}

// A history is hundreds of records: few of them find what there is.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_settings_give_the_same_records(settings in settings()) {
        prop_assert_eq!(produce(&settings), produce(&settings));
    }

    #[test]
    fn every_record_is_read_as_what_it_is_meant_to_be(settings in settings()) {
        let task = &settings.task;
        for produced in &produce(&settings) {
            let bytes = produced.record.data.as_ref();
            match &produced.expected {
                Expected::Control => {
                    let read = format(task).read(bytes).unwrap();
                    prop_assert!(matches!(read, CdcRecord::Control(_)), "{:?}", read);
                }
                Expected::OfDms => {
                    prop_assert!(row_change(task, &produced.record).table.is_of_dms());
                }
                Expected::Quarantined(poison) => {
                    prop_assert_eq!(judged(task, bytes), (poison.stage(), poison.reason()), "{:?}", poison);
                }
                Expected::Loaded(expected) | Expected::Changed(expected) | Expected::Again(expected) => {
                    let change = row_change(task, &produced.record);
                    let (removed, put) = consent_change(&change);
                    let expected_put = expected.put.as_ref();
                    let expected_put = expected_put.map(|(key, said)| (key.clone(), said.is_in));
                    prop_assert_eq!((&removed, put), (&expected.removed, expected_put));
                    let is_load = matches!(produced.expected, Expected::Loaded(_));
                    prop_assert_eq!(change.operation == Operation::Load, is_load);
                    prop_assert_eq!(change.log_position.is_some(), !is_load && task.transaction_details);
                }
            }
        }
    }

    #[test]
    fn the_newest_versions_are_the_model_in_whatever_order_records_arrive(settings in settings(), shuffle: u64) {
        let mut settings = settings;
        settings.task.transaction_details = true;
        let records = produce(&settings);
        let mut changes = Vec::new();
        for produced in &records {
            if let Expected::Loaded(expected) | Expected::Changed(expected) | Expected::Again(expected) = &produced.expected {
                changes.push((version(&settings.task, &produced.record), expected));
            }
        }
        Rng::with_seed(shuffle).shuffle(&mut changes);
        let mut rows: HashMap<&ConsentKey, (Version<'_>, Option<&Said>)> = HashMap::new();
        let mut numbers: HashMap<&str, (Version<'_>, &Said)> = HashMap::new();
        for (version, change) in changes {
            let removed = change.removed.iter().map(|key| (key, None));
            let put = change.put.iter().map(|(key, said)| (key, Some(said)));
            for (key, said) in removed.chain(put) {
                let row = rows.entry(key).or_insert((version, said));
                if version > row.0 {
                    *row = (version, said);
                }
                if let Some(said) = said {
                    let number = numbers.entry(&key.phone).or_insert((version, said));
                    if version > number.0 {
                        *number = (version, said);
                    }
                }
            }
        }
        let model = model(&records);
        let live = rows.into_iter().filter_map(|(key, (_, said))| Some((key.clone(), said?.clone())));
        prop_assert_eq!(live.collect::<BTreeMap<_, _>>(), model.rows);
        let said = numbers.into_iter().map(|(phone, (_, said))| (phone.to_owned(), said.clone()));
        prop_assert_eq!(said.collect::<BTreeMap<_, _>>(), model.numbers);
    }

    #[test]
    fn without_transaction_details_changes_of_a_number_share_order_and_shard(settings in settings()) {
        let mut settings = settings;
        settings.task.transaction_details = false;
        let mut seen: HashMap<String, (u64, String)> = HashMap::new();
        for Produced { record, expected } in produce(&settings) {
            if let Expected::Loaded(change) | Expected::Changed(change) | Expected::Again(change) = expected {
                let put = change.put.map(|(key, _)| key);
                for key in change.removed.into_iter().chain(put) {
                    let this = (record.order(), record.partition_key.clone());
                    prop_assert_eq!(seen.entry(key.phone).or_insert_with(|| this.clone()), &this);
                }
            }
        }
    }
}

/// Stage and reason of what opt-in-updater must do with a record, asked of the libraries.
fn judged(task: &dms::Settings, bytes: &[u8]) -> (&'static str, &'static str) {
    let change = match format(task).read(bytes) {
        Ok(CdcRecord::Row(change)) => change,
        Ok(other) => panic!("{other:?}"),
        Err(error) => return ("payload", error.reason()),
    };
    if change.operation == Operation::Delete && change.row.present("phone").is_none() {
        return ("domain", "delete-without-key");
    }
    let text = |name| {
        let column = change.row.required(name)?;
        column.key_text()
    };
    let texts = ["userid", "phone"].map(text);
    let reason = match texts {
        [Err(error), _] | [_, Err(error)] => error.reason(),
        [Ok(user), _] if user.is_empty() => "empty-user",
        [Ok(user), _] if user.len() > 900 => "long-user",
        [_, Ok(phone)] if e164(&phone).is_none() => "invalid-phone",
        _ => panic!("it can be applied"),
    };
    ("domain", reason)
}

#[test]
fn control_records_define_the_table() {
    let none = Settings {
        users: 0,
        task: dms::Settings {
            count: 0,
            ..dms::Settings::default()
        },
    };
    let records = produce(&none);
    let last = records.last().unwrap();
    let json: Value = serde_json::from_slice(last.record.data.as_ref()).unwrap();
    assert_eq!(json["metadata"]["table-name"], "optin_status");
    let definition = &json["control"]["table-def"];
    assert_eq!(
        definition["primary-key"],
        serde_json::json!(["userid", "phone"])
    );
}
