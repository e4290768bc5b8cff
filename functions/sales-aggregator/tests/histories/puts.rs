//! What producers put on the two kinds of streams.

use fastrand::Rng;
use records::Timestamp;
use serde_json::{Map, Value, json};
use simulator::world::{Body, Put};

/// A record.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    Sale(Sale),
    /// A change that is no sale, on a DynamoDB stream: its kind.
    Change(&'static str),
    Poison(Poison),
}

#[derive(Clone, Debug)]
pub(crate) struct Sale {
    /// Several sales may have the same one.
    pub(crate) id: u8,
    /// Number of the group, if it has one.
    pub(crate) group: Option<u8>,
    pub(crate) amount: &'static str,
}

/// A record that is no sale: what it says, and what the quarantine says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poison {
    pub(crate) text: &'static str,
    pub(crate) reason: &'static str,
}

/// The last ones add up to more digits than DynamoDB keeps in a number.
const AMOUNTS: [&str; 10] = [
    "42.5",
    "0.1",
    "0.2",
    "-3.25",
    "1e2",
    "0",
    "1000000.00000001",
    "0.000000000000000000001",
    "99999999999999999999999999999999999999",
    "-1e30",
];

/// One of the two kinds of streams.
pub(crate) trait Kind {
    const POISON: &'static [Poison];
    /// Changes that are no sales.
    const CHANGES: &'static [&'static str];

    fn put(record: &Record) -> Put;

    /// The arrival that an event tells.
    fn arrival(arrival: Timestamp) -> Timestamp;

    fn record(random: &mut Rng) -> Record {
        match random.u8(0..12) {
            0 => Record::Poison(*random.choice(Self::POISON).unwrap()),
            1 => match random.choice(Self::CHANGES) {
                Some(change) => Record::Change(change),
                None => Record::Sale(sale(random)),
            },
            _ => Record::Sale(sale(random)),
        }
    }
}

fn sale(random: &mut Rng) -> Sale {
    Sale {
        id: random.u8(0..40),
        group: (random.u8(0..6) > 0).then(|| random.u8(0..5)),
        amount: random.choice(AMOUNTS).unwrap(),
    }
}

impl Sale {
    pub(crate) fn id(&self) -> String {
        format!("id-{}", self.id)
    }

    pub(crate) fn group(&self) -> String {
        let store = |group| format!("store-{group}");
        self.group.map_or_else(|| "all".to_owned(), store)
    }
}

/// A Kinesis stream.
pub(crate) struct Kinesis;
/// The stream of a DynamoDB table.
pub(crate) struct DynamoDb;

impl Kind for Kinesis {
    const POISON: &'static [Poison] = &[
        poison("{", "not-json"),
        poison(r#"{"Item":{"ID":"x"}}"#, "missing-field"),
        poison(r#"{"ID":"x","sales":"42.5"}"#, "wrong-shape"),
        poison(r#"{"ID":"x","sales":1e126}"#, "number-out-of-range"),
    ];
    const CHANGES: &'static [&'static str] = &[];

    fn put(record: &Record) -> Put {
        let (key, data) = match record {
            Record::Sale(sale) => {
                let group = sale
                    .group
                    .map(|group| format!(r#","store":"store-{group}""#));
                let item = format!(
                    r#"{{"ID":"{}","sales":{}{}}}"#,
                    sale.id(),
                    sale.amount,
                    group.unwrap_or_default()
                );
                // Bare items are sales as well. One key in eight is missing, as on streams with AUTO distribution.
                let is_bare = sale.id % 2 == 0;
                let data = if is_bare {
                    item
                } else {
                    format!(r#"{{"Item":{item}}}"#)
                };
                ((sale.id % 8 > 0).then(|| sale.id()), data)
            }
            Record::Poison(poison) => (Some("poison".to_owned()), poison.text.to_owned()),
            Record::Change(_) => unreachable!("not on a Kinesis stream"),
        };
        let body = Body::Kinesis(data.into_bytes());
        Put { key, body }
    }

    fn arrival(arrival: Timestamp) -> Timestamp {
        arrival
    }
}

impl Kind for DynamoDb {
    const POISON: &'static [Poison] = &[
        poison(r#"{"ID":{"S":"x"}}"#, "missing-field"),
        poison(r#"{"ID":{"S":"x"},"sales":{"S":"42.5"}}"#, "wrong-shape"),
        poison(r#"{"ID":{"S":"x"},"sales":{"NULL":true}}"#, "missing-field"),
    ];
    const CHANGES: &'static [&'static str] = &["MODIFY", "REMOVE"];

    fn put(record: &Record) -> Put {
        let (event_name, image) = match record {
            Record::Sale(sale) => {
                let mut image = json!({"ID": {"S": sale.id()}, "sales": {"N": sale.amount}});
                if sale.group.is_some() {
                    image["store"] = json!({"S": sale.group()});
                }
                ("INSERT", image)
            }
            Record::Change(name) => (*name, json!({"ID": {"S": "x"}, "sales": {"N": "7"}})),
            Record::Poison(poison) => ("INSERT", serde_json::from_str(poison.text).unwrap()),
        };
        let keys = json!({"ID": image["ID"]});
        let key = Some(image["ID"]["S"].as_str().unwrap().to_owned());
        let mut change: Map<String, Value> = Map::new();
        change.insert("Keys".to_owned(), keys);
        if event_name != "REMOVE" {
            change.insert("NewImage".to_owned(), image);
        }
        change.insert("StreamViewType".to_owned(), "NEW_IMAGE".into());
        Put {
            key,
            body: Body::DynamoDb { event_name, change },
        }
    }

    fn arrival(arrival: Timestamp) -> Timestamp {
        Timestamp::from_micros(arrival.as_seconds() * 1_000_000)
    }
}

const fn poison(text: &'static str, reason: &'static str) -> Poison {
    Poison { text, reason }
}
