//! The user records of a batch: what a function works on, and how their outcomes become those of the stream's records.

use records::layers::{LayerError, LayeredRecord};
use records::{KinesisEvent, KinesisRecord, RecordError, UserRecord};

use crate::outcome::{Outcome, Poison, Stage, settled};
use crate::quarantine::KeptRecord;

/// The user records of an event, and its records that have none.
///
/// A record of the stream may hold several. Lambda knows records of the stream only, and delivers them again whole.
#[derive(Debug)]
pub(crate) struct UserRecords<'a> {
    event: &'a KinesisEvent,
    layers: LayerNames<'a>,
    /// What the function works on, in the order of the shard.
    pub(crate) readable: Vec<UserRecord<'a>>,
    /// What it does not get to see, in the order of the shard.
    unreadable: Vec<Unreadable<'a>>,
    /// All of them in the order of the shard.
    places: Vec<Place>,
    /// Records that begin like an aggregate and are taken as they are, because they are none.
    pub(crate) doubtful: usize,
}

/// The layers of a stream as text, for the quarantine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LayerNames<'a> {
    /// All of them.
    pub(crate) all: &'a str,
    /// Those of each record of several.
    pub(crate) inside: &'a str,
}

#[derive(Debug)]
struct Unreadable<'a> {
    subsequence_number: u64,
    partition_key: Option<&'a str>,
    /// Of a record of several: its data with its own layers.
    wrapped: Option<&'a [u8]>,
    outcome: Outcome,
}

/// One of them: the stream's record that it is of, and its index among its like.
#[derive(Clone, Copy, Debug)]
struct Place {
    record: usize,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Readable(usize),
    Unreadable(usize),
}

impl<'a> UserRecords<'a> {
    /// The records of an event that have no layers.
    pub(crate) fn plain(event: &'a KinesisEvent) -> Self {
        let mut records = Self::with_layers(event, LayerNames::default(), event.len());
        for (record, stream_record) in event.records().enumerate() {
            match stream_record.user_record() {
                Ok(user) => records.push(record, user),
                Err(error) => records.refuse(record, unreadable(error)),
            }
        }
        records
    }

    /// None yet, of an event whose records have layers.
    pub(crate) fn with_layers(
        event: &'a KinesisEvent,
        layers: LayerNames<'a>,
        expected: usize,
    ) -> Self {
        Self {
            event,
            layers,
            readable: Vec::with_capacity(expected),
            unreadable: Vec::new(),
            places: Vec::with_capacity(expected),
            doubtful: 0,
        }
    }

    /// Adds the next one, with the outcome of the error if it cannot be read.
    pub(crate) fn add(
        &mut self,
        stream_record: &KinesisRecord<'a>,
        found: &LayeredRecord<'a>,
        outcome: impl FnOnce(&LayerError) -> Outcome,
    ) {
        self.doubtful += usize::from(found.doubt.is_some());
        match found.user_record(stream_record) {
            Ok(user) => self.push(found.record, user),
            Err(error) => self.refuse(
                found.record,
                Unreadable {
                    subsequence_number: found.subsequence_number,
                    partition_key: found.partition_key,
                    wrapped: found.wrapped,
                    outcome: outcome(error),
                },
            ),
        }
    }

    /// Adds a record without user records, which by rule is nothing to lose.
    pub(crate) fn skip(&mut self, record: usize) {
        self.refuse(
            record,
            Unreadable {
                subsequence_number: 0,
                partition_key: None,
                wrapped: None,
                outcome: Outcome::Skipped,
            },
        );
    }

    fn push(&mut self, record: usize, user: UserRecord<'a>) {
        let content = Content::Readable(self.readable.len());
        self.places.push(Place { record, content });
        self.readable.push(user);
    }

    fn refuse(&mut self, record: usize, unreadable: Unreadable<'a>) {
        let content = Content::Unreadable(self.unreadable.len());
        self.places.push(Place { record, content });
        self.unreadable.push(unreadable);
    }

    /// How many user records, and records without one.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The outcomes of all, in the order of the shard; `applied` are those of the readable ones.
    pub(crate) fn outcomes(&self, applied: Vec<Outcome>) -> Vec<Outcome> {
        if self.unreadable.is_empty() {
            return applied;
        }
        let mut applied = applied.into_iter();
        let outcome = |place: &Place| match place.content {
            Content::Readable(_) => applied.next(),
            Content::Unreadable(index) => self.unreadable.get(index).map(|it| it.outcome.clone()),
        };
        self.places.iter().filter_map(outcome).collect()
    }

    /// How many of them, from the front, are done with: those of the records of the stream in front of the first one
    /// that has to be delivered again. What else that record holds comes again with it, so it is neither counted nor
    /// quarantined yet.
    pub(crate) fn settled(&self, outcomes: &[Outcome]) -> usize {
        let retry = settled(outcomes);
        let Some(again) = self.places.get(retry) else {
            return retry;
        };
        let in_front = self.places[..retry].iter().rev();
        retry
            - in_front
                .take_while(|place| place.record == again.record)
                .count()
    }

    /// The stream's ARN, if the event says.
    pub(crate) fn stream_arn(&self) -> Option<&'a str> {
        self.event.stream_arn()
    }

    /// The stream's record that one of them is of.
    pub(crate) fn stream_record(&self, index: usize) -> Option<KinesisRecord<'a>> {
        self.event.record(self.places.get(index)?.record)
    }

    /// What is kept of one of them in quarantine: a record that the function has refused without its layers, one that
    /// could not be read as it was.
    pub(crate) fn kept(&self, index: usize) -> Option<KeptRecord<'a>> {
        let place = self.places.get(index)?;
        let whole = KeptRecord::from(self.event.record(place.record)?);
        match place.content {
            Content::Readable(index) => {
                let user = self.readable.get(index)?;
                Some(KeptRecord {
                    subsequence_number: user.position.subsequence_number,
                    partition_key: user.partition_key,
                    bytes: user.data,
                    ..whole
                })
            }
            Content::Unreadable(index) => {
                let unreadable = self.unreadable.get(index)?;
                let (bytes, layers) = match unreadable.wrapped {
                    Some(wrapped) => (wrapped, self.layers.inside),
                    None => (whole.bytes, self.layers.all),
                };
                Some(KeptRecord {
                    subsequence_number: unreadable.subsequence_number,
                    partition_key: unreadable.partition_key.or(whole.partition_key),
                    bytes,
                    layers,
                    ..whole
                })
            }
        }
    }
}

fn unreadable<'a>(error: RecordError) -> Unreadable<'a> {
    Unreadable {
        subsequence_number: 0,
        partition_key: None,
        wrapped: None,
        outcome: Outcome::Poison(Poison {
            stage: Stage::Envelope,
            reason: error.reason(),
            detail: error.to_string().into(),
        }),
    }
}
