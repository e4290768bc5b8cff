//! The aggregating producer against a fake stream of several shards behind the real SDK client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stream;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use records::compression::Compression;
use records::glue::NoSchemas;
use records::layers::Decoder;
use sluicegate::produce::effort::Effort;
use sluicegate::produce::outgoing::Outgoing;
use sluicegate::produce::put_records::{Receipt, put_wrapped};
use sluicegate::produce::wrap::Wrapping;
use stream::FakeStream;

/// Records of 40 keys, each saying its key and its place: `key-3:17`.
fn records(count: u64, length: usize) -> impl Iterator<Item = Outgoing> {
    (0..count).map(move |index| {
        let key = format!("key-{}", index % 40);
        Outgoing {
            data: format!("{key}:{index:0length$}").into_bytes().into(),
            partition_key: key,
            order: index,
            is_poison: false,
        }
    })
}

async fn put(
    stream: &FakeStream,
    records: impl Iterator<Item = Outgoing>,
    compression: Option<Compression>,
    per_second: Option<NonZeroU32>,
) -> (Effort, Vec<Receipt>) {
    let wrapping = Wrapping {
        aggregate: true,
        compression,
        schemas: None,
    };
    let mut receipts = Vec::new();
    let client = stream.client();
    let put = put_wrapped(&client, "s", &wrapping, records, per_second, |new| {
        receipts.extend(new);
    });
    (put.await.unwrap(), receipts)
}

/// The user records of each shard: sequence and subsequence number, data.
fn user_records(stream: &FakeStream, layers: &str) -> BTreeMap<String, Vec<(usize, u64, String)>> {
    let mut decoder = Decoder::new(layers.parse().unwrap());
    let stream = stream.0.lock().unwrap();
    let shards = stream.taken.iter().map(|(shard, records)| {
        let mut users = Vec::new();
        for (number, (_, data)) in (1..).zip(records) {
            for user in decoder.decode(data, &NoSchemas).records() {
                let text = String::from_utf8(user.data.unwrap().to_vec()).unwrap();
                users.push((number, user.subsequence_number, text));
            }
        }
        (shard.clone(), users)
    });
    shards.collect()
}

/// Each record is there once, where its receipt says, and behind those of its key that were made before it.
fn assert_in_order(stream: &FakeStream, layers: &str, receipts: &[Receipt], count: u64) {
    let mut places = HashMap::new();
    for (shard, users) in user_records(stream, layers) {
        let mut last: HashMap<String, u64> = HashMap::new();
        for (number, place, text) in users {
            let (key, index) = text.split_once(':').unwrap();
            let index: u64 = index.parse().unwrap();
            let before = last.insert(key.to_owned(), index);
            assert!(before.is_none_or(|before| before < index), "{text} is late");
            let again = places.insert(index, (shard.clone(), number.to_string(), place));
            assert_eq!(again, None, "{text} twice");
        }
    }
    assert_eq!(places.len() as u64, count);
    assert_eq!(receipts.len() as u64, count);
    for receipt in receipts {
        let place = (
            receipt.shard_id.clone(),
            receipt.sequence_number.clone(),
            receipt.subsequence_number,
        );
        assert_eq!(places.get(&receipt.index), Some(&place));
    }
}

#[tokio::test(start_paused = true)]
async fn aggregates_are_full_and_lie_in_the_shard_of_their_keys() {
    let stream = FakeStream::new(1, 0, 0);
    let (effort, receipts) = put(&stream, records(4_000, 100), None, None).await;
    assert_in_order(&stream, "kpl", &receipts, 4_000);
    // 4,000 times some 115 bytes are 9 aggregates of 51,200 bytes, and one more of each shard.
    assert_eq!(effort.records, 4_000);
    assert!((9..=11).contains(&effort.stream_records), "{effort:?}");
    let taken = &stream.0.lock().unwrap().taken;
    let lengths = taken.values().flatten().map(|(key, data)| {
        assert_eq!(key, "a");
        data.len()
    });
    let lengths: Vec<usize> = lengths.collect();
    assert!(
        lengths.iter().all(|length| *length <= 51_200),
        "{lengths:?}"
    );
    assert!(lengths.iter().filter(|length| **length > 51_000).count() >= 7);
    assert_eq!(effort.bytes, lengths.iter().sum::<usize>() as u64);
}

#[tokio::test(start_paused = true)]
async fn no_record_overtakes_an_earlier_one_of_its_key_whatever_is_refused() {
    for seed in 0..10 {
        let stream = FakeStream::new(seed, 3, 0);
        let compression = Some(Compression::Gzip);
        let (effort, receipts) = put(&stream, records(3_000, 200), compression, None).await;
        assert_in_order(&stream, "gzip,kpl", &receipts, 3_000);
        assert!(effort.refused > 0);
        assert_eq!(
            stream.0.lock().unwrap().lists,
            2,
            "asked once, on two pages"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept_and_nothing_waits_for_long() {
    let stream = FakeStream::new(1, 0, 0);
    let (effort, receipts) = put(&stream, records(500, 10), None, NonZeroU32::new(100)).await;
    assert_in_order(&stream, "kpl", &receipts, 500);
    let ticks = stream.0.lock().unwrap().tick.clone();
    let last = ticks.last().unwrap().0;
    assert!((4.8..5.2).contains(&last), "{last}");
    let pauses = ticks.windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(pauses.fold(0.0, f64::max) <= 0.16, "{ticks:?}");
    assert!((60..=300).contains(&effort.stream_records), "{effort:?}");
}

#[tokio::test(start_paused = true)]
async fn shards_are_asked_for_again_when_records_come_to_lie_elsewhere() {
    let stream = FakeStream::new(1, 4, 5);
    let (_, receipts) = put(&stream, records(9_000, 200), None, None).await;
    assert_in_order(&stream, "kpl", &receipts, 9_000);
    let stream = stream.0.lock().unwrap();
    assert_eq!(stream.lists, 2 + 4);
    assert_eq!(stream.taken.len(), 2 + 4);
}

#[tokio::test(start_paused = true)]
async fn without_aggregation_each_record_is_compressed_by_itself() {
    let stream = FakeStream::new(1, 3, 0);
    let wrapping = Wrapping {
        compression: Some(Compression::Zstd),
        ..Wrapping::default()
    };
    let mut receipts = Vec::new();
    let client = stream.client();
    let put = put_wrapped(&client, "s", &wrapping, records(300, 10), None, |new| {
        receipts.extend(new);
    });
    let effort = put.await.unwrap();
    assert_eq!((effort.records, effort.stream_records), (300, 300));
    let users = user_records(&stream, "zstd");
    assert_eq!(users.values().map(Vec::len).sum::<usize>(), 300);
    assert_eq!(stream.0.lock().unwrap().lists, 0);
}
