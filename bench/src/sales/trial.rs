//! Sales that are spelt oddly, and records that are none: every handler has to tell them apart before it is measured.

use super::events::{Source, Window, dynamodb_record, kinesis_record, record};
use super::model::{Groups, Sale};
use super::{Batch, OpenWindow};
use crate::function::Trial;

const ARRIVAL: u64 = 1_763_712_001_000_000;

/// How amounts may be written, and what they are.
const SPELLINGS: [(&str, &str); 8] = [
    ("0.1", "0.1"),
    ("0.2", "0.2"),
    ("42.50", "42.5"),
    ("-3.25", "-3.25"),
    ("0", "0"),
    ("1e2", "100"),
    ("123456789.01", "123456789.01"),
    ("0.00000001", "0.00000001"),
];

/// Payloads that are no sale.
const NO_SALES: [&str; 6] = [
    "not json",
    "[1]",
    "{\"Item\":{\"ID\":\"1\",\"store\":\"a\"}}",
    "{\"Item\":{\"ID\":\"1\",\"store\":\"a\",\"sales\":null}}",
    "{\"Item\":{\"ID\":\"1\",\"store\":\"a\",\"sales\":\"12\"}}",
    "{\"Item\":{\"ID\":\"1\",\"store\":\"a\",\"sales\":{}}}",
];

/// Images that are no sale.
const NO_SALE_IMAGES: [&str; 3] = [
    "{\"ID\":{\"S\":\"1\"},\"store\":{\"S\":\"a\"}}",
    "{\"ID\":{\"S\":\"1\"},\"store\":{\"S\":\"a\"},\"sales\":{\"S\":\"12\"}}",
    "{\"ID\":{\"S\":\"1\"},\"store\":{\"S\":\"a\"},\"sales\":{\"NULL\":true}}",
];

/// One trial for each kind of stream.
pub(super) fn all() -> Vec<Trial> {
    let trial = |source| Trial {
        work: Box::new(OpenWindow([batch(source)].into())),
        calls: 1,
    };
    [Source::Kinesis, Source::DynamoDb].map(trial).into()
}

fn batch(source: Source) -> Batch {
    let mut groups = Groups::default();
    let mut records = Vec::new();
    for (written, amount) in SPELLINGS {
        let sequence = records.len() as u64;
        records.push(record(source, "id", "a", written, sequence, ARRIVAL));
        groups.count(&Sale {
            group: "a",
            amount,
            arrival: ARRIVAL,
        });
    }
    let sequence = records.len() as u64;
    match source {
        Source::Kinesis => {
            // Bare and without a group it is a sale too.
            let bare = b"{\"ID\":\"7\",\"sales\":5.5}";
            records.push(kinesis_record("k", bare, sequence, ARRIVAL));
            groups.count(&Sale {
                group: "all",
                amount: "5.5",
                arrival: ARRIVAL,
            });
            let none = NO_SALES.map(|data| kinesis_record("k", data.as_bytes(), 99, ARRIVAL));
            records.extend(none);
        }
        Source::DynamoDb => {
            let image = "{\"ID\":{\"S\":\"1\"},\"store\":{\"S\":\"a\"},\"sales\":{\"N\":\"12\"}}";
            let changes = ["MODIFY", "REMOVE"];
            records.extend(changes.map(|name| dynamodb_record(name, "1", image, 98, ARRIVAL)));
            let none =
                NO_SALE_IMAGES.map(|image| dynamodb_record("INSERT", "1", image, 99, ARRIVAL));
            records.extend(none);
        }
    }
    Batch::of_records(source, &records, Window::Open, groups)
}
