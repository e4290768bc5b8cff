//! Applied under the condition of their versions, the changes of a row end with its last one, in whatever order and
//! however often they come.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use records::cdc::{CdcFormat, CdcRecord, Operation};
use records::{Position, SequenceNumber};
use serde_json::json;

/// How the changes are written.
#[derive(Clone, Copy, Debug)]
enum Writer {
    DmsBinlog,
    DmsLsn,
    DebeziumBinlog,
    DebeziumLsn,
}

/// A change of a row, as the database has it: its place in the log, and its number in the transaction.
#[derive(Clone, Copy, Debug)]
struct Change {
    is_delete: bool,
    value: u32,
    log: u32,
    offset: u32,
    number: u32,
}

impl Writer {
    fn format(self) -> CdcFormat {
        match self {
            Self::DmsBinlog | Self::DmsLsn => CdcFormat::default(),
            Self::DebeziumBinlog | Self::DebeziumLsn => CdcFormat::Debezium,
        }
    }

    fn write(self, change: Option<Change>, value: u32) -> Vec<u8> {
        let row = json!({"id": 1, "value": value});
        let Change {
            is_delete,
            log,
            offset,
            number,
            ..
        } = change.unwrap_or(Change {
            is_delete: false,
            value,
            log: 0,
            offset: 0,
            number: 0,
        });
        let dms = |position: String| {
            let operation = match (change, is_delete) {
                (None, _) => "load",
                (_, true) => "delete",
                _ => "update",
            };
            let mut record = json!({"data": row, "metadata": {"record-type": "data", "operation": operation,
                "schema-name": "s", "table-name": "t"}});
            if change.is_some() {
                record["metadata"]["transaction-record-id"] = json!(number + 1);
                record["metadata"]["stream-position"] = json!(position);
            }
            record
        };
        let debezium = |place: serde_json::Value| {
            let mut record = json!({"before": row, "after": row, "source": place, "op": "u"});
            record["source"]["db"] = json!("s");
            record["source"]["table"] = json!("t");
            match (change, is_delete) {
                (None, _) => record["op"] = json!("r"),
                (_, true) => record["op"] = json!("d"),
                _ => {}
            }
            record
        };
        let record = match self {
            Self::DmsBinlog => dms(format!(
                "mysql-bin-changelog.{log:06}:{offset}:0:9:8:mysql-bin-changelog.{log:06}:7"
            )),
            Self::DmsLsn => dms(format!("{log:08X}/{offset:08X}.2.{log:08X}/{offset:08X}")),
            Self::DebeziumBinlog => {
                debezium(json!({"file": format!("bin.{log:06}"), "pos": offset, "row": number}))
            }
            // Each change has a place of its own.
            Self::DebeziumLsn => debezium(
                json!({"lsn": (u64::from(log) << 32) + u64::from(offset) + u64::from(number)}),
            ),
        };
        record.to_string().into_bytes()
    }
}

/// The changes of a row in the order of the database: transactions at growing places, with several changes each.
fn any_history() -> impl Strategy<Value = Vec<Change>> {
    let transaction = (0_u32..3, 10_u32..2_000_000_000, 1_u32..12, any::<bool>());
    proptest::collection::vec(transaction, 1..8).prop_map(|transactions| {
        let (mut log, mut offset) = (999_998_u32, 4_u32);
        let mut changes = Vec::new();
        for (files, bytes, count, is_delete) in transactions {
            log += files;
            // A new file starts at its beginning.
            offset = if files > 0 {
                bytes % 1_000
            } else {
                offset.saturating_add(bytes).min(u32::MAX - 100)
            };
            if changes
                .last()
                .is_some_and(|last: &Change| (last.log, last.offset) >= (log, offset))
            {
                log += 1;
            }
            for number in 0..count {
                let value = u32::try_from(changes.len()).unwrap();
                changes.push(Change {
                    is_delete,
                    value,
                    log,
                    offset,
                    number,
                });
            }
        }
        changes
    })
}

proptest! {
    #[test]
    fn the_last_change_stays_whatever_the_order_of_arrival(
        writer in prop_oneof![
            Just(Writer::DmsBinlog), Just(Writer::DmsLsn),
            Just(Writer::DebeziumBinlog), Just(Writer::DebeziumLsn),
        ],
        history in any_history(),
        order in Just((0..200_usize).collect::<Vec<_>>()).prop_shuffle(),
        again in subsequence((0..200_usize).collect::<Vec<_>>(), 0..50),
        load_at in proptest::option::of(any::<Index>()),
    ) {
        let mut arrivals: Vec<_> = order.into_iter().chain(again).filter_map(|at| history.get(at).copied().map(Some)).collect();
        if let Some(at) = load_at {
            arrivals.insert(at.index(arrivals.len()), None);
        }
        // The table: version, and the value unless the row is deleted.
        let mut table: BTreeMap<u64, (String, Option<u32>)> = BTreeMap::new();
        for (at, change) in arrivals.into_iter().enumerate() {
            let bytes = writer.write(change, change.map_or(77_777, |change| change.value));
            let Ok(CdcRecord::Row(change)) = writer.format().read(&bytes) else { panic!("{}", String::from_utf8_lossy(&bytes)) };
            let sequence_number = (at + 1).to_string();
            let position = Position { sequence_number: SequenceNumber::new(&sequence_number).unwrap(), subsequence_number: 0 };
            let version = change.version(position).to_string();
            let key = change.row.required("id").unwrap().integer().unwrap();
            let value = change.row.required("value").unwrap().integer().unwrap();
            let value = (change.operation != Operation::Delete).then_some(value);
            if table.get(&key).is_none_or(|(old, _)| *old < version) {
                table.insert(key, (version, value));
            }
        }
        let last = history.last().unwrap();
        prop_assert_eq!(table[&1].1, (!last.is_delete).then_some(last.value));
    }
}
