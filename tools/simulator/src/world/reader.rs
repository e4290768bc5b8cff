//! One shard as the mapping reads it: its machine, and what is kept of its checkpoints.

use std::rc::Rc;

use mapping::{Choices, Record, Settings, Shard, WindowProgress};
use records::Timestamp;

use super::model::{Fate, Stored};

/// What the machine carries for us: the place in the stream and the JSON inside the event.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    pub(super) index: usize,
    pub(super) json: Rc<str>,
}

/// A shard being read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) machine: Shard<Payload>,
    /// Places of its records in the stream.
    pub(super) records: Vec<usize>,
    /// How many of them the machine has.
    read: usize,
    checkpoints: Vec<Kept>,
    closed: bool,
    /// Its parents are done with.
    pub(super) begun: bool,
    /// It is closed and done with.
    pub(super) finished: bool,
}

/// A checkpoint that was kept: how many records are settled, and the window.
#[derive(Clone, Debug, Default)]
struct Kept {
    count: usize,
    window: WindowProgress,
}

impl Reader {
    pub(super) fn new(settings: &Settings, choices: &Choices, begun: bool) -> Self {
        Self {
            machine: Shard::new(settings, choices),
            records: Vec::new(),
            read: 0,
            checkpoints: Vec::new(),
            closed: false,
            begun,
            finished: false,
        }
    }

    /// The stream has closed the shard.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Hands the machine what it has not read yet.
    pub(super) fn read<R>(&mut self, stored: &[Stored<R>], json: &[Rc<str>], now: Timestamp) {
        for index in &self.records[self.read..] {
            let record = &stored[*index];
            if record.fate == Some(Fate::Filtered) {
                self.machine.skip(record.sequence_number.clone());
                continue;
            }
            let json = Rc::clone(&json[*index]);
            let record = Record {
                sequence_number: record.sequence_number.clone(),
                arrival: record.arrival,
                partition_key: record.put.key.clone(),
                event_bytes: json.len(),
                payload: Payload {
                    index: *index,
                    json,
                },
            };
            self.machine.push(record, now);
        }
        self.read = self.records.len();
        self.machine.caught_up(now);
        if self.closed {
            self.machine.close();
        }
    }

    /// Keeps a checkpoint at the record of this number; gives how many records it says are settled.
    pub(super) fn keep(&mut self, number: Option<u64>, window: Option<WindowProgress>) -> usize {
        let last = self.checkpoints.last().cloned().unwrap_or_default();
        let count = number.map_or(last.count, |number| {
            let is_up_to = |index: &&usize| (**index as u64) < number;
            self.records.iter().take_while(is_up_to).count()
        });
        let window = window.unwrap_or(last.window);
        self.checkpoints.push(Kept { count, window });
        count
    }

    /// Starts anew from the checkpoint that is left when the last `lost` are lost; gives the records to be read again.
    pub(super) fn restart(
        &mut self,
        settings: &Settings,
        choices: &Choices,
        lost: usize,
    ) -> Vec<usize> {
        let left = self.checkpoints.len().saturating_sub(lost);
        self.checkpoints.truncate(left);
        let Kept { count, window } = self.checkpoints.last().cloned().unwrap_or_default();
        self.machine = Shard::resume(settings, choices, window);
        self.read = count;
        self.records[count..].to_vec()
    }

    /// Whether there is nothing to do unless more comes.
    pub(super) fn is_idle(&self) -> bool {
        self.finished
            || (self.begun && self.machine.buffered() == 0 && self.machine.open_window().is_none())
    }
}
