use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use records::kpl::{Reading, Tables, read};

use super::*;

/// The user records in a record of the stream: partition key and data.
fn users(packed: &Packed) -> Vec<(String, Vec<u8>)> {
    let mut tables = Tables::default();
    match read(&packed.data, &mut tables) {
        Reading::Aggregate(aggregate) => aggregate
            .records()
            .map(|record| record.unwrap())
            .map(|record| (record.partition_key.to_owned(), record.data.to_vec()))
            .collect(),
        Reading::Plain | Reading::Doubtful(_) => {
            vec![(packed.partition_key.clone(), packed.data.clone())]
        }
    }
}

fn push(groups: &mut Groups, shard: usize, index: u64, length: usize) {
    let data = vec![b'x'; length];
    groups.push(shard, index, format!("key-{index}"), data, Instant::now());
}

#[tokio::test(start_paused = true)]
async fn each_shard_has_a_group_which_is_put_after_a_while() {
    let wait = Duration::from_millis(100);
    let mut groups = Groups::new(1_000);
    push(&mut groups, 0, 0, 10);
    tokio::time::advance(wait / 2).await;
    push(&mut groups, 1, 1, 10);
    push(&mut groups, 0, 2, 10);
    push(&mut groups, 1, 3, 10);
    tokio::time::advance(wait / 2).await;
    let since = |wait| Instant::now().checked_sub(wait);
    let oldest = groups.oldest();
    assert_eq!(oldest, since(wait));
    let taken = groups.take(since(wait));
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].shard, &taken[0].users), (0, &vec![0, 2]));
    assert!(groups.take(since(wait)).is_empty());
    assert!(!groups.is_empty());
    tokio::time::advance(wait / 2).await;
    assert_eq!(groups.take(since(wait))[0].users, [1, 3]);
    assert!(groups.is_empty());
}

#[tokio::test]
async fn an_aggregate_goes_where_its_first_record_goes() {
    let mut groups = Groups::new(1_000);
    push(&mut groups, 3, 7, 10);
    push(&mut groups, 3, 8, 10);
    let [packed] = groups.take(Some(Instant::now())).try_into().unwrap();
    assert_eq!(packed.partition_key, "a");
    let hash_key = hash_key("key-7").to_string();
    assert_eq!(packed.explicit_hash_key, Some(hash_key));
    let keys: Vec<String> = users(&packed).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["key-7", "key-8"]);
}

#[tokio::test]
async fn a_record_alone_is_not_aggregated_and_a_large_one_goes_by_itself() {
    let mut groups = Groups::new(1_000);
    push(&mut groups, 0, 0, 10);
    push(&mut groups, 0, 1, 2_000);
    push(&mut groups, 0, 2, 10);
    push(&mut groups, 0, 3, 10);
    assert_eq!(groups.full(), 2);
    let taken = groups.take(Some(Instant::now()));
    let users: Vec<&[u64]> = taken.iter().map(|packed| packed.users.as_slice()).collect();
    assert_eq!(users, [&[0][..], &[1], &[2, 3]]);
    for packed in &taken[..2] {
        assert_eq!(packed.explicit_hash_key, None);
        assert_eq!(packed.partition_key, format!("key-{}", packed.users[0]));
        assert!(packed.data.iter().all(|byte| *byte == b'x'));
    }
}

proptest! {
    #[test]
    fn every_record_is_put_once_in_the_order_of_its_shard(
        records in proptest::collection::vec((0_usize..3, 0_usize..400, 0_u8..8), 0..200),
    ) {
        let most = 1_000;
        let mut groups = Groups::new(most);
        let mut taken = Vec::new();
        for (index, (shard, length, take)) in (0..).zip(&records) {
            push(&mut groups, *shard, index, *length);
            if *take < 2 {
                taken.extend(groups.take((*take == 0).then(Instant::now)));
            }
        }
        taken.extend(groups.take(Some(Instant::now())));
        prop_assert!(groups.is_empty());
        let mut found: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for packed in &taken {
            prop_assert!(packed.data.len() <= most);
            let users = users(packed);
            prop_assert_eq!(users.len(), packed.users.len());
            for ((key, data), index) in users.into_iter().zip(&packed.users) {
                let (shard, length, _) = records[usize::try_from(*index).unwrap()];
                prop_assert_eq!(key, format!("key-{index}"));
                prop_assert_eq!((data.len(), packed.shard), (length, shard));
                found.entry(shard).or_default().push(*index);
            }
        }
        prop_assert_eq!(found.values().map(Vec::len).sum::<usize>(), records.len());
        for indices in found.values() {
            prop_assert!(indices.is_sorted());
        }
    }
}
