//! In which shard a partition key falls.

use aws_sdk_kinesis::Client;
use records::kpl::digest;

use crate::causes;
use crate::produce::effort::PutError;

/// The open shards of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shards(Vec<Shard>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) id: String,
    /// The first and the last of its hash keys.
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Shards {
    pub(super) fn new(mut shards: Vec<Shard>) -> Self {
        shards.sort_by_key(|shard| shard.first);
        Self(shards)
    }

    /// Asks the stream.
    pub(super) async fn list(client: &Client, stream: &str) -> Result<Self, PutError> {
        let failed = |reason: String| PutError::Call {
            operation: "ListShards",
            place: format!("stream {stream}"),
            reason,
        };
        let mut shards = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let call = client.list_shards();
            // A token stands for the stream as well.
            let call = match next {
                Some(token) => call.next_token(token),
                None => call.stream_name(stream),
            };
            let answer = call.send().await;
            let answer = answer.map_err(|error| failed(causes(&error)))?;
            for shard in answer.shards() {
                let range = shard.hash_key_range();
                let is_open = shard
                    .sequence_number_range()
                    .is_none_or(|range| range.ending_sequence_number().is_none());
                if let Some(range) = range.filter(|_| is_open) {
                    let key = |text: &str| {
                        text.parse()
                            .map_err(|_| failed(format!("hash key {text:?}")))
                    };
                    shards.push(Shard {
                        id: shard.shard_id().to_owned(),
                        first: key(range.starting_hash_key())?,
                        last: key(range.ending_hash_key())?,
                    });
                }
            }
            next = answer.next_token;
            if next.is_none() {
                return Ok(Self::new(shards));
            }
        }
    }

    /// The shard of a hash key, by its number; `None` if it is in no shard's range.
    pub(super) fn of(&self, hash_key: u128) -> Option<usize> {
        let behind = self.0.partition_point(|shard| shard.first <= hash_key);
        let index = behind.checked_sub(1)?;
        let shard = self.0.get(index)?;
        (hash_key <= shard.last).then_some(index)
    }

    /// The id of the shard of that number.
    pub(super) fn id(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(|shard| shard.id.as_str())
    }
}

/// The hash key of a partition key: its MD5 as a number (Kinesis API reference, `PutRecord`).
pub(super) fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(digest(partition_key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_falls_into_the_shard_whose_range_it_is_in() {
        let shard = |id: &str, first, last| Shard {
            id: id.to_owned(),
            first,
            last,
        };
        let half = 1_u128 << 127;
        let shards = Shards::new(vec![
            shard("b", half, u128::MAX),
            shard("a", 0, half / 2),
            shard("c", half / 2 + 10, half - 1),
        ]);
        for (key, id) in [
            (0, Some("a")),
            (half / 2, Some("a")),
            (half / 2 + 1, None),
            (half / 2 + 10, Some("c")),
            (half - 1, Some("c")),
            (half, Some("b")),
            (u128::MAX, Some("b")),
        ] {
            let found = shards.of(key).and_then(|index| shards.id(index));
            assert_eq!(found, id, "{key}");
        }
        assert_eq!(Shards::default().of(0), None);
    }

    #[test]
    fn a_hash_key_is_the_md5_of_the_partition_key() {
        // RFC 1321, A.5.
        assert_eq!(hash_key("abc"), 0x9001_5098_3cd2_4fb0_d696_3f7d_28e1_7f72);
    }
}
