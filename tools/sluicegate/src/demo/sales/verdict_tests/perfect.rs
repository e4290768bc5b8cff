//! A demo in which everything has gone right.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use records::Timestamp;
use serde_json::json;

use super::super::*;
use crate::demo::read_back::Attribute;
use crate::demo::read_back::{QuarantineLine, StoredRow};
use crate::demo::sales::ledger::{StreamLedger, TableLedger};
use crate::produce::put_items::Written;
use crate::produce::put_records::Receipt;
use crate::produce::sales::place::{Stream, Table};
use crate::produce::sales::{Sales, Settings};
use crate::share::Share;

pub(super) const RULES: Rules = Rules {
    stream_window: Duration::from_secs(5),
    table_window: Duration::from_secs(10),
    each_id_once: true,
};
/// 2023-11-14T22:13:20Z, where windows of both lengths begin.
pub(super) const START: i64 = 1_700_000_000_000_000;

fn settings() -> Settings {
    Settings {
        count: 400,
        poison: Share::percent(5),
        duplicates: Share::percent(10),
        changes: Share::percent(10),
        ..Settings::default()
    }
}

/// 40 records a second, by turns on two shards.
pub(super) fn place<T>(index: u64, shards: u64, content: T) -> OnStream<T> {
    OnStream {
        shard: format!("shardId-{}", index % shards),
        sequence_number: (1_000 * shards + index).to_string(),
        subsequence_number: 0,
        arrival: Timestamp::from_micros(START + i64::try_from(index).unwrap() * 25_400),
        content,
    }
}

/// A demo in which everything has gone right.
pub(super) fn perfect() -> (Ledger, Found) {
    let mut found = Found {
        stream_name: "sales".to_owned(),
        table_name: "orders".to_owned(),
        ..Found::default()
    };
    let mut stream = StreamLedger::default();
    for (index, produced) in (0..).zip(Sales::<Stream>::new(settings())) {
        stream.produced(&produced);
        let record = place(index, 2, produced.record.data.into_inner());
        stream.receipts.push(Receipt {
            index,
            shard_id: record.shard.clone(),
            sequence_number: record.sequence_number.clone(),
            subsequence_number: 0,
            put_at: 0,
        });
        found.stream.push(record);
    }
    let mut table = TableLedger::default();
    for (index, produced) in (0..).zip(Sales::<Table>::new(settings())) {
        table.produced(&produced);
        table.written.push(Written { index, put_at: 0 });
        let is_insert = matches!(
            produced.expected,
            crate::produce::sales::model::Expected::Counted(_)
                | crate::produce::sales::model::Expected::Quarantined(_)
        );
        let change = TableChange {
            is_insert,
            id: produced.record.id,
            image: json!({"ID": {"S": index.to_string()}}),
        };
        found.table.push(place(index, 1, change));
    }
    let ledger = Ledger { stream, table };
    let empty = Verdict::new(&ledger, &found, &RULES);
    found.quarantine = quarantine(&ledger, &found);
    found.rows = empty
        .windows
        .groups
        .iter()
        .flat_map(|(key, sums)| rows(key, sums))
        .collect();
    (ledger, found)
}

fn quarantine(ledger: &Ledger, found: &Found) -> Vec<QuarantineLine> {
    let line = |content: &Content, sequence_number: &str, data: &[u8]| match content {
        Content::Poison(kind) => Some(QuarantineLine {
            sequence_number: Some(sequence_number.to_owned()),
            subsequence_number: None,
            stage: kind.stage().to_owned(),
            reason: kind.reason().to_owned(),
            data: BASE64_STANDARD.encode(data),
        }),
        Content::Sale(_) => None,
    };
    let stream = found.stream.iter().filter_map(|record| {
        let content = ledger.stream.content(&record.content)?;
        line(content, &record.sequence_number, &record.content)
    });
    let table = found.table.iter().filter_map(|record| {
        let change = record.content.is_insert.then_some(&record.content)?;
        let event = json!({"eventName": "INSERT", "dynamodb": {
            "Keys": {"ID": {"S": change.id}},
            "NewImage": change.image,
            "SequenceNumber": record.sequence_number,
            "SizeBytes": 7,
        }});
        let content = &ledger.table.orders[&change.id];
        line(
            content,
            &record.sequence_number,
            event.to_string().as_bytes(),
        )
    });
    stream.chain(table).collect()
}

/// The total row and one part row.
pub(super) fn rows(key: &WindowGroup, window: &WindowSums) -> [StoredRow; 2] {
    let text = |text: String| Attribute::Text(text);
    let source = match key.source {
        Source::Stream => "sales",
        Source::Table => "orders",
    };
    let WindowGroup { start, group, .. } = key;
    let end = *start + RULES.window(key.source);
    let mut row = StoredRow::from([
        ("Series".to_owned(), text(format!("total#{source}"))),
        ("WindowGroup".to_owned(), text(format!("{start}#{group}"))),
        ("Source".to_owned(), text(source.to_owned())),
        ("WindowStart".to_owned(), text(start.to_string())),
        ("WindowEnd".to_owned(), text(end.to_string())),
        ("Group".to_owned(), text(group.clone())),
        ("FirstArrival".to_owned(), text(window.first.to_string())),
        ("LastArrival".to_owned(), text(window.last.to_string())),
        ("Count".to_owned(), number(window.sums.count)),
        ("Min".to_owned(), number(&window.sums.min)),
        ("Max".to_owned(), number(&window.sums.max)),
    ]);
    let sum = window.sums.sum.normalized();
    if sum.digits() > 38 {
        row.insert("SumText".to_owned(), text(sum.to_plain_string()));
    } else {
        row.insert("Sum".to_owned(), number(&sum));
    }
    let mut part = row.clone();
    let name = format!("{start}#{group}#shardId-0#1");
    part.insert("Series".to_owned(), text(format!("part#{source}")));
    part.insert("WindowGroup".to_owned(), text(name));
    part.insert("Shard".to_owned(), text("shardId-0".to_owned()));
    part.insert("Part".to_owned(), text("1".to_owned()));
    row.insert("Parts".to_owned(), number(1));
    [row, part]
}

pub(super) fn number(number: impl ToString + Copy) -> Attribute {
    let text = number.to_string();
    Attribute::Number(records::Number::parse(&text).unwrap().to_string())
}
