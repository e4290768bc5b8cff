//! A function that keeps the last value of each item, fed by a DynamoDB stream, with filters.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use mapping::{FilterCriteria, Settings};
use serde_json::{Value, json};
use simulator::world::{self, Body, Call, Fate, Handler, Model, Put, Told, histories};

/// The function and its table, and what is wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Table {
    rows: Rc<RefCell<BTreeMap<String, i64>>>,
    /// Decides which writes fail.
    luck: Rc<RefCell<Luck>>,
    flaw: Option<Flaw>,
}

/// What can be wrong with a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It reports the last failed record, not the first.
    ReportsLast,
    /// It says that all went well.
    ReportsNothing,
    /// It applies the records of a batch from the last to the first.
    Backwards,
    /// It throws at every batch of two or more.
    ThrowsForEver,
}

struct Luck(Rng);

impl Default for Luck {
    fn default() -> Self {
        Self(Rng::with_seed(7))
    }
}

impl Table {
    pub(crate) fn with(flaw: Flaw) -> Self {
        Self {
            flaw: Some(flaw),
            ..Self::default()
        }
    }
}

impl Handler for Table {
    /// One write in four fails. A crash comes between writes.
    async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
        let event: Value = serde_json::from_str(call.event).map_err(|error| error.to_string())?;
        let mut records = event["Records"].as_array().unwrap().clone();
        match self.flaw {
            Some(Flaw::Backwards) => records.reverse(),
            Some(Flaw::ThrowsForEver) if records.len() > 1 => return Err("two".to_owned()),
            _ => {}
        }
        let mut failed = Vec::new();
        for record in &records {
            let change = &record["dynamodb"];
            assert_eq!(
                record["eventName"], "MODIFY",
                "the filter lets nothing else pass"
            );
            tokio::time::sleep(Duration::from_millis(4)).await;
            if self.luck.borrow_mut().0.u8(0..4) == 0 {
                failed.push(json!({"itemIdentifier": change["SequenceNumber"]}));
                continue;
            }
            let key = change["Keys"]["Id"]["S"].as_str().unwrap();
            let value = change["NewImage"]["Value"]["N"].as_str().unwrap();
            let value = value.parse().unwrap();
            self.rows.borrow_mut().insert(key.to_owned(), value);
        }
        match self.flaw {
            Some(Flaw::ReportsLast) => failed = failed.pop().into_iter().collect(),
            Some(Flaw::ReportsNothing) => failed.clear(),
            _ => {}
        }
        Ok(json!({"batchItemFailures": failed})
            .to_string()
            .into_bytes())
    }
}

/// Few, so that changes follow each other.
const ITEMS: u8 = 4;

/// A change of an item: `None` removes it, which the filter keeps from the function.
type Change = (u8, Option<i64>);

impl Model for Table {
    type Record = Change;

    fn settings(random: &mut Rng) -> Settings {
        let pattern = json!({"eventName": ["MODIFY"]}).to_string();
        let filters = json!({"Filters": [{"Pattern": pattern}]});
        Settings {
            filters: FilterCriteria::parse(&filters).unwrap(),
            ..world::settings(random)
        }
    }

    fn record(random: &mut Rng) -> Change {
        let removes = random.u8(0..8) == 0;
        (
            random.u8(0..ITEMS),
            (!removes).then(|| random.i64(0..1_000)),
        )
    }

    fn put((item, value): &Change) -> Put {
        let mut change = json!({"Keys": {"Id": {"S": format!("item-{item}")}}});
        if let Some(value) = value {
            change["NewImage"] = json!({"Value": {"N": value.to_string()}});
        }
        Put {
            key: Some(format!("item-{item}")),
            body: Body::DynamoDb {
                event_name: if value.is_some() { "MODIFY" } else { "REMOVE" },
                change: change.as_object().unwrap().clone(),
            },
        }
    }

    async fn check(&self, told: &Told<Change>) -> Result<(), String> {
        for item in 0..ITEMS {
            let row = self.rows.borrow().get(&format!("item-{item}")).copied();
            let of_item = told.records.iter().filter(|stored| stored.record.0 == item);
            let changes: Vec<_> = of_item.filter(|stored| stored.record.1.is_some()).collect();
            let last_done = changes
                .iter()
                .rposition(|stored| stored.fate == Some(Fate::Done));
            let later = &changes[last_done.unwrap_or(0)..];
            let mut allowed = later.iter().filter(|stored| stored.sent > 0);
            let is_right = match row {
                Some(row) => allowed.any(|stored| stored.record.1 == Some(row)),
                None => last_done.is_none(),
            };
            if !is_right {
                return Err(format!("item-{item} is {row:?}"));
            }
        }
        Ok(())
    }
}

#[test]
fn a_table_fed_by_a_dynamodb_stream_has_the_last_values() {
    let tally = histories(0..1_000, &async |_: &world::Surroundings| {
        let table = Table::default();
        (table.clone(), table)
    });
    super::assert_everything_was_tried(tally);
}
