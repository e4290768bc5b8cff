//! What happens to the stream and to the mapping from outside.

use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::stream::FuturesUnordered;
use mapping::FilterCriteria;
use records::Timestamp;
use serde_json::Value;

use super::World;
use crate::timeline::What;
use crate::world::clock::Clock;
use crate::world::handler::Handler;
use crate::world::history::{History, Reshard, Restart};
use crate::world::model::{Body, Fate, Model, Put, Stored};
use crate::world::reader::Reader;
use crate::world::stream;

/// Something that happens from outside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// The record of this place is put on the stream.
    Put(usize),
    Reshard(Reshard),
    Restart(Restart),
}

/// Everything that happens in a history from outside, by its time.
pub(super) fn events<R>(history: &History<R>) -> VecDeque<(Timestamp, Event)> {
    let puts = history.puts.iter().enumerate();
    let puts = puts.map(|(index, put)| (put.at_ms, Event::Put(index)));
    let reshards = history.reshards.iter();
    let reshards = reshards.map(|reshard| (reshard.at_ms, Event::Reshard(*reshard)));
    let restarts = history.restarts.iter();
    let restarts = restarts.map(|restart| (restart.at_ms, Event::Restart(*restart)));
    let mut events: Vec<_> = puts.chain(reshards).chain(restarts).collect();
    events.sort_by_key(|(at_ms, _)| *at_ms);
    let timed = |(at_ms, event)| (Clock::at_ms(at_ms), event);
    events.into_iter().map(timed).collect()
}

impl<M: Model, H: Handler> World<'_, M, H> {
    /// Has everything happen that is due.
    pub(super) fn happen_until(&mut self, now: Timestamp) {
        while let Some((_, event)) = self.coming.pop_front_if(|(time, _)| *time <= now) {
            match event {
                Event::Put(index) => self.put(index, now),
                Event::Reshard(reshard) => self.reshard(reshard),
                Event::Restart(restart) => self.restart(restart),
            }
        }
    }

    fn put(&mut self, index: usize, now: Timestamp) {
        let produced = &self.history.puts[index];
        let put = M::put(&produced.record);
        let shard = self.stream.shard_of(&put, produced.spread);
        let shard_id = self.stream.shards()[shard].id.clone();
        // Not the place in the history: numbers follow the order of the stream.
        let place = self.stored.len();
        let number = place as u64 + 1;
        let sequence_number = stream::sequence_number(number, &put);
        let json = stream::record_json(&put, &shard_id, &sequence_number, now);
        let passes = passes(&self.history.settings.filters, &put, &json);
        if !passes {
            let records = vec![number];
            self.journal
                .add(Some(&shard_id), What::Filtered { records });
        }
        self.rules.added(!passes);
        self.readers[shard].records.push(place);
        self.json.push(Rc::from(json));
        self.stored.push(Stored {
            number,
            record: produced.record.clone(),
            put,
            shard: shard_id,
            sequence_number,
            arrival: now,
            sent: 0,
            fate: (!passes).then_some(Fate::Filtered),
            earlier_fates: Vec::new(),
        });
        self.tally.records += 1;
    }

    fn reshard(&mut self, reshard: Reshard) {
        for closed in self.stream.reshard(reshard) {
            self.tally.closed_shards += 1;
            self.readers[closed].close();
            let id = &self.stream.shards()[closed].id;
            self.journal.add(Some(id), What::ShardClosed);
        }
        let (settings, choices) = (&self.history.settings, &self.history.choices);
        let shards = self.stream.shards().len();
        self.readers
            .resize_with(shards, || Reader::new(settings, choices, false));
    }

    /// What is under way is cut off wherever it is, as when the process of the mapping and those of its functions end.
    fn restart(&mut self, restart: Restart) {
        self.journal.note(format!(
            "the mapping restarts, {} checkpoints lost",
            restart.lost_checkpoints
        ));
        self.tally.restarts += 1;
        self.running = FuturesUnordered::new();
        let (settings, choices) = (&self.history.settings, &self.history.choices);
        for reader in &mut self.readers {
            if reader.finished || !reader.begun {
                continue;
            }
            let again = reader.restart(settings, choices, restart.lost_checkpoints);
            self.rules.forget(&again, &self.stored);
            for index in again {
                let record = &mut self.stored[index];
                let settled = record.fate.take_if(|fate| *fate != Fate::Filtered);
                record.earlier_fates.extend(settled);
            }
        }
    }
}

fn passes(filters: &FilterCriteria, put: &Put, json: &str) -> bool {
    if filters.is_empty() {
        return true;
    }
    match &put.body {
        Body::Kinesis(data) => filters.passes_kinesis(data),
        Body::DynamoDb { .. } => {
            serde_json::from_str::<Value>(json).is_ok_and(|record| filters.passes_record(&record))
        }
    }
}
