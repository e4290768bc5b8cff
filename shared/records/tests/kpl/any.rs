//! Any records, any bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use records::kpl::{Aggregator, DEFAULT_MAX_SIZE, Reading, Tables, read};

use super::{aggregate_of, check};

#[test]
fn an_aggregate_is_finished_when_the_next_record_does_not_fit() {
    let mut aggregator = Aggregator::new(100);
    assert!(aggregator.is_empty());
    assert_eq!(aggregator.finish(), None);
    aggregator.push("first", None, &[b'a'; 40]).unwrap();
    let size = aggregator.size();
    let full = aggregator
        .push("second", Some("7"), &[b'b'; 40])
        .unwrap_err();
    assert_eq!((full.length, full.size, full.max_size), (40, size, 100));
    let aggregated = aggregator.finish().unwrap();
    assert_eq!(aggregated.data.len(), size);
    assert_eq!(
        (
            aggregated.partition_key.as_str(),
            aggregated.explicit_hash_key
        ),
        ("first", None)
    );
    check(&aggregated.data, &[Ok(("first", None, &[b'a'; 40]))]);

    aggregator.push("second", Some("7"), &[b'b'; 40]).unwrap();
    assert_eq!(aggregator.len(), 1);
    let aggregated = aggregator.finish().unwrap();
    assert_eq!(aggregated.explicit_hash_key.as_deref(), Some("7"));
    check(&aggregated.data, &[Ok(("second", Some("7"), &[b'b'; 40]))]);
    assert!(Aggregator::new(40).push("k", None, &[0; 40]).is_err());
}

fn user_records() -> impl Strategy<Value = Vec<(String, Option<String>, Vec<u8>)>> {
    let key = prop_oneof!["[a-c]", "\\PC{1,20}"];
    vec(
        (
            key,
            proptest::option::of("[0-9]{1,3}"),
            vec(any::<u8>(), 0..300),
        ),
        1..40,
    )
}

/// Fields that look like those of an aggregate.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\x0a\x01k".to_vec()),
        Just(b"\x12\x017".to_vec()),
        Just(b"\x1a\x05\x08\x00\x1a\x01a".to_vec()),
        Just(b"\x1a\x07\x08\x01\x10\x01\x1a\x01b".to_vec()),
        Just(b"\x2b".to_vec()),
        Just(b"\x2c".to_vec()),
        vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn aggregated_records_come_back(records in user_records()) {
        let mut aggregator = Aggregator::new(DEFAULT_MAX_SIZE);
        for (key, hash_key, data) in &records {
            aggregator.push(key, hash_key.as_deref(), data).unwrap();
        }
        let aggregated = aggregator.finish().unwrap();
        prop_assert_eq!(aggregated.count, records.len());
        prop_assert_eq!(&aggregated.partition_key, &records[0].0);
        let expected: Vec<_> = records
            .iter()
            .map(|(key, hash_key, data)| Ok((key.as_str(), hash_key.as_deref(), data.as_slice())))
            .collect();
        check(&aggregated.data, &expected);
    }

    #[test]
    fn any_message_gives_records_of_its_bytes(message in message()) {
        let data = aggregate_of(&message);
        let mut tables = Tables::default();
        if let Reading::Aggregate(aggregate) = read(&data, &mut tables) {
            prop_assert_eq!(aggregate.records().count(), aggregate.len());
            let bytes: usize = aggregate.records().flatten().map(|record| record.data.len()).sum();
            prop_assert!(bytes <= message.len());
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..100), magic in any::<bool>()) {
        let start: &[u8] = if magic { &records::kpl::MAGIC } else { &[] };
        let _ = read(&[start, &bytes].concat(), &mut Tables::default());
    }
}
