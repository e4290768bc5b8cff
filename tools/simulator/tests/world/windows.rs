//! A function that adds up the values of tumbling windows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use mapping::Settings;
use records::Timestamp;
use serde_json::{Value, json};
use simulator::world::{self, Body, Call, Fate, Handler, KINESIS_ARN, Model, Put, Told, histories};

/// Sums by shard and first moment of the window.
type Results = BTreeMap<(String, String), u64>;

/// The function and what it has put down.
#[derive(Clone, Default)]
struct Sums(Rc<RefCell<Results>>);

impl Handler for Sums {
    async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
        let event: Value = serde_json::from_str(call.event).map_err(|error| error.to_string())?;
        assert_eq!(event["eventSourceARN"], KINESIS_ARN);
        let mut sum = event["state"]["sum"].as_u64().unwrap_or(0);
        for record in event["Records"].as_array().unwrap() {
            // One byte in base64: "AQ==" is 1.
            let data = record["kinesis"]["data"].as_str().unwrap();
            sum += DATA.iter().position(|known| *known == data).unwrap() as u64;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if event["isFinalInvokeForWindow"] == true {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let window = (text(&event["shardId"]), text(&event["window"]["start"]));
            self.0.borrow_mut().insert(window, sum);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(json!({"state": {"sum": sum}}).to_string().into_bytes())
    }
}

const DATA: [&str; 4] = ["AA==", "AQ==", "Ag==", "Aw=="];

impl Model for Sums {
    type Record = u8;

    fn settings(random: &mut Rng) -> Settings {
        Settings {
            tumbling_window: Some(Duration::from_secs(random.u64(1..20))),
            parallelization_factor: 1,
            report_batch_item_failures: random.bool(),
            ..world::settings(random)
        }
    }

    fn record(random: &mut Rng) -> u8 {
        random.u8(0..4)
    }

    fn put(record: &u8) -> Put {
        Put {
            key: Some(format!("key-{record}")),
            body: Body::Kinesis(vec![*record]),
        }
    }

    /// Where records or the window itself were given up there is nothing to expect.
    async fn check(&self, told: &Told<u8>) -> Result<(), String> {
        let length = told.settings.tumbling_window.unwrap().as_micros();
        let length = i64::try_from(length).unwrap();
        let mut results = self.0.borrow().clone();
        let mut expected = Results::new();
        let mut damaged = BTreeSet::new();
        for stored in &told.records {
            let arrival = stored.arrival.as_micros();
            let start = Timestamp::from_micros(arrival - arrival.rem_euclid(length));
            let window = (stored.shard.clone(), start.to_string());
            if stored.fate != Some(Fate::Done) {
                damaged.insert(window.clone());
            }
            *expected.entry(window).or_default() += u64::from(stored.record);
        }
        let lost = told.lost_windows.iter();
        damaged.extend(lost.map(|lost| (lost.shard.clone(), lost.start.to_string())));
        results.retain(|window, _| !damaged.contains(window));
        expected.retain(|window, _| !damaged.contains(window));
        if results == expected {
            Ok(())
        } else {
            Err(format!("the sums are {results:?}, not {expected:?}"))
        }
    }
}

#[test]
fn every_window_of_every_shard_is_handed_over_with_its_sum() {
    let tally = histories(0..1_000, &async |_: &world::Surroundings| {
        let sums = Sums::default();
        (sums.clone(), sums)
    });
    super::assert_everything_was_tried(tally);
}
