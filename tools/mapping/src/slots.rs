//! The records of a shard that are not behind its checkpoint yet.

use std::collections::VecDeque;

use crate::record::Record;

/// Where a record stands among all that the shard has taken since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u64);

/// Records in the order of the shard. What is done is dropped from the front, so memory holds only what is not.
#[derive(Debug)]
pub(crate) struct Slots<P> {
    queue: VecDeque<Slot<P>>,
    /// Place of the first slot.
    front: u64,
    /// Bytes of events of the records that wait.
    bytes: usize,
}

#[derive(Debug)]
enum Slot<P> {
    Waiting(Record<P>),
    /// Done, but something before it is not.
    Done {
        sequence_number: String,
    },
}

impl<P> Slots<P> {
    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            front: 0,
            bytes: 0,
        }
    }

    /// How many records are held, whether they wait or only what is before them does.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Bytes that the records which are not done have in events.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a record at the end.
    pub(crate) fn push(&mut self, record: Record<P>) -> Place {
        self.bytes += record.event_bytes;
        self.queue.push_back(Slot::Waiting(record));
        Place(self.front + self.queue.len() as u64 - 1)
    }

    /// Adds a record at the end that is done already.
    pub(crate) fn push_done(&mut self, sequence_number: String) {
        self.queue.push_back(Slot::Done { sequence_number });
    }

    /// A record that is not done.
    pub(crate) fn record(&self, place: Place) -> Option<&Record<P>> {
        match self.queue.get(self.index(place)?)? {
            Slot::Waiting(record) => Some(record),
            Slot::Done { .. } => None,
        }
    }

    /// The first record that is not done.
    pub(crate) fn first_waiting(&self) -> Option<&Record<P>> {
        self.queue.iter().find_map(|slot| match slot {
            Slot::Waiting(record) => Some(record),
            Slot::Done { .. } => None,
        })
    }

    /// Marks a record as done.
    pub(crate) fn done(&mut self, place: Place) {
        self.take_with(place, |record| (record.sequence_number, ()));
    }

    /// Marks a record as done and hands it out.
    pub(crate) fn take(&mut self, place: Place) -> Option<Record<P>> {
        self.take_with(place, |record| (record.sequence_number.clone(), record))
    }

    /// Drops what is done from the front; the sequence number of the last record dropped.
    pub(crate) fn drop_done(&mut self) -> Option<String> {
        let mut last = None;
        while let Some(Slot::Done { .. }) = self.queue.front() {
            if let Some(Slot::Done { sequence_number }) = self.queue.pop_front() {
                last = Some(sequence_number);
            }
            self.front += 1;
        }
        last
    }

    fn index(&self, place: Place) -> Option<usize> {
        usize::try_from(place.0.checked_sub(self.front)?).ok()
    }

    fn take_with<T>(
        &mut self,
        place: Place,
        part: impl FnOnce(Record<P>) -> (String, T),
    ) -> Option<T> {
        let index = self.index(place)?;
        let slot = self.queue.get_mut(index)?;
        let done = Slot::Done {
            sequence_number: String::new(),
        };
        match std::mem::replace(slot, done) {
            Slot::Waiting(record) => {
                self.bytes -= record.event_bytes;
                let (sequence_number, rest) = part(record);
                *slot = Slot::Done { sequence_number };
                Some(rest)
            }
            earlier @ Slot::Done { .. } => {
                *slot = earlier;
                None
            }
        }
    }
}
