//! Random histories: whatever happens, each record ends once, in order, and the checkpoint never runs ahead.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mapping::event::{MAX_EVENT_BYTES, overhead};
use mapping::{Action, Choices, InvocationId, InvocationResult, Record, Settings, Shard, Verdict};
use proptest::prelude::*;
use records::Timestamp;

use crate::support::seconds;

/// What the producer, the function and the clock do.
#[derive(Clone, Debug)]
enum Step {
    Put {
        key: u8,
        bytes: usize,
    },
    PutFiltered,
    /// One of the invocations under way ends like this.
    End(Ending),
    Pass {
        milliseconds: u32,
    },
    CaughtUp,
}

#[derive(Clone, Debug)]
enum Ending {
    Success,
    Throw,
    Throttled,
    Report(usize),
    Nonsense,
    /// A state above 1 MB, where there are windows.
    LargeState,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![9 => Just(300_usize), 1 => Just(2 << 20), 1 => Just(7 << 20)];
    let ending = prop_oneof![
        4 => Just(Ending::Success),
        2 => Just(Ending::Throw),
        1 => Just(Ending::Throttled),
        2 => (0..12_usize).prop_map(Ending::Report),
        1 => Just(Ending::Nonsense),
        1 => Just(Ending::LargeState),
    ];
    prop_oneof![
        6 => (0..5_u8, bytes).prop_map(|(key, bytes)| Step::Put { key, bytes }),
        1 => Just(Step::PutFiltered),
        6 => ending.prop_map(Step::End),
        3 => (0..40_000_u32).prop_map(|milliseconds| Step::Pass { milliseconds }),
        1 => Just(Step::CaughtUp),
    ]
}

prop_compose! {
    fn any_settings()(
        batch_size in 1..8_usize,
        window in prop_oneof![Just(0), 1..30_u64],
        parallel in 1..4_usize,
        retries in prop_oneof![Just(None), (0..3_u32).prop_map(Some)],
        age in prop_oneof![Just(None), (60..200_u64).prop_map(Some)],
        bisect: bool,
        report: bool,
        tumbling in prop_oneof![Just(None), (1..60_u64).prop_map(Some)],
    ) -> Settings {
        Settings {
            batch_size,
            maximum_batching_window: seconds(window),
            parallelization_factor: if tumbling.is_some() { 1 } else { parallel },
            maximum_retry_attempts: retries,
            maximum_record_age: age.map(seconds),
            bisect_batch_on_function_error: bisect,
            report_batch_item_failures: report,
            tumbling_window: tumbling.map(seconds),
            ..Settings::default()
        }
    }
}

prop_compose! {
    fn any_choices()(
        backoff_after_split: bool,
        refill_after_partial_failure: bool,
        starts in prop::sample::select(vec!["with_first_record", "with_end_of_invocation"]),
        first in prop::sample::select(vec!["halve", "isolate"]),
        unknown in prop::sample::select(vec!["success", "failure"]),
        partial in prop::sample::select(vec!["fails_batch", "keeps_state"]),
        last in prop::sample::select(vec!["without_records", "with_last_records"]),
    ) -> Choices {
        serde_json::from_value(serde_json::json!({
            "backoff_after_split": backoff_after_split,
            "refill_after_partial_failure": refill_after_partial_failure,
            "batching_window_starts": starts,
            "first_record_reported": first,
            "unknown_answer": unknown,
            "partial_failure_in_window": partial,
            "final_invocation": last,
        }))
        .unwrap()
    }
}

/// An invocation that is under way.
struct Running {
    records: Vec<usize>,
    /// How many records were in the state that it got.
    state: usize,
    hands_over: bool,
}

/// The shard with everything that has happened to it.
struct History {
    settings: Settings,
    choices: Choices,
    shard: Shard<usize>,
    now: Timestamp,
    keys: Vec<u8>,
    running: BTreeMap<u64, (InvocationId, Running)>,
    begun: u64,
    /// Records that were filtered, acknowledged or given up.
    done: BTreeSet<usize>,
    acknowledged: usize,
    /// Records in states that a final or early call has handed over, or that were given up with their window.
    handed_over: usize,
    attempts: HashMap<Vec<usize>, u32>,
}

impl History {
    fn new(settings: Settings, choices: Choices) -> Self {
        Self {
            shard: Shard::new(&settings, &choices),
            settings,
            choices,
            now: Timestamp::from_micros(0),
            keys: Vec::new(),
            running: BTreeMap::new(),
            begun: 0,
            done: BTreeSet::new(),
            acknowledged: 0,
            handed_over: 0,
            attempts: HashMap::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Put { key, bytes } => {
                let record = Record {
                    sequence_number: self.keys.len().to_string(),
                    arrival: self.now,
                    partition_key: Some(key.to_string()),
                    event_bytes: *bytes,
                    payload: self.keys.len(),
                };
                self.keys.push(*key);
                self.shard.push(record, self.now);
            }
            Step::PutFiltered => {
                self.done.insert(self.keys.len());
                self.shard.skip(self.keys.len().to_string());
                self.keys.push(u8::MAX);
            }
            Step::End(ending) => self.end(ending),
            Step::Pass { milliseconds } => {
                self.now = self.now + std::time::Duration::from_millis((*milliseconds).into());
            }
            Step::CaughtUp => self.shard.caught_up(self.now),
        }
        self.act();
    }

    /// Does what the machine wants, until it waits.
    fn act(&mut self) -> Option<Timestamp> {
        loop {
            match self.shard.poll(self.now) {
                Action::Invoke(invocation) => {
                    let records: Vec<usize> = invocation
                        .records
                        .iter()
                        .map(|record| record.payload)
                        .collect();
                    let bytes: usize = invocation
                        .records
                        .iter()
                        .map(|record| record.event_bytes + 1)
                        .sum();
                    let window = invocation.window;
                    assert!(
                        bytes
                            <= 1 + MAX_EVENT_BYTES
                                - overhead(window.map(|window| window.state.len()))
                    );
                    if let Some(window) = window {
                        for record in invocation.records.iter() {
                            assert!(window.start <= record.arrival && record.arrival < window.end);
                        }
                    }
                    let running = Running {
                        state: window.map_or(0, |window| count_in(window.state)),
                        hands_over: window
                            .is_some_and(|window| window.is_final || window.terminated_early),
                        records,
                    };
                    let id = invocation.id;
                    self.begin(id, running);
                }
                Action::Deliver(failure) => {
                    for record in &failure.records {
                        assert!(
                            self.done.insert(record.payload),
                            "given up twice: {}",
                            record.payload
                        );
                    }
                    if failure.records.is_empty() {
                        self.handed_over += usize::try_from(failure.range.count).unwrap();
                    }
                }
                Action::Checkpoint(checkpoint) => {
                    let number = checkpoint
                        .sequence_number
                        .map(|number| number.parse::<usize>().unwrap());
                    let ahead = (0..number.map_or(0, |number| number + 1))
                        .find(|record| !self.done.contains(record));
                    assert_eq!(ahead, None, "the checkpoint {number:?} is ahead");
                }
                Action::Wait(until) => {
                    assert!(
                        until.is_none_or(|until| until > self.now),
                        "a wait that is over"
                    );
                    return until;
                }
            }
        }
    }

    fn begin(&mut self, id: InvocationId, running: Running) {
        assert!(running.records.len() <= self.settings.batch_size);
        assert!(!running.records.is_empty() || self.settings.tumbling_window.is_some());
        assert!(running.records.is_sorted());
        assert!(self.running.len() < self.settings.parallelization_factor);
        for record in &running.records {
            assert!(!self.done.contains(record), "{record} is done");
            let key = self.keys[*record];
            let earlier = (0..*record)
                .filter(|earlier| self.keys[*earlier] == key && !self.done.contains(earlier));
            for earlier in earlier {
                assert!(
                    running.records.contains(&earlier),
                    "{record} before {earlier} of the same key"
                );
            }
            for (_, other) in self.running.values() {
                assert!(
                    other.records.iter().all(|other| self.keys[*other] != key),
                    "a key twice at once"
                );
            }
        }
        self.begun += 1;
        self.running.insert(self.begun, (id, running));
    }

    fn end(&mut self, ending: &Ending) {
        let Some((_, (id, running))) = self.running.pop_first() else {
            return;
        };
        let all = running.state + running.records.len();
        let state = match ending {
            Ending::LargeState => format!(r#"{{"count":{all},"x":"{}"}}"#, "x".repeat(1 << 20)),
            // Where nobody reads its reports, the function knows and counts all.
            Ending::Report(index) if self.settings.report_batch_item_failures => {
                format!(r#"{{"count":{}}}"#, running.state + index)
            }
            _ => format!(r#"{{"count":{all}}}"#),
        };
        let body = match ending {
            Ending::Report(index) => {
                let number = running.records.get(*index).copied().unwrap_or(usize::MAX);
                format!(
                    r#"{{"state":{state},"batchItemFailures":[{{"itemIdentifier":"{number}"}}]}}"#
                )
            }
            Ending::Nonsense => r#"{"batchItemFailures":{"no":"list"}}"#.to_owned(),
            _ => format!(r#"{{"state":{state}}}"#),
        };
        let result = match ending {
            Ending::Throw => InvocationResult::FunctionError,
            Ending::Throttled => InvocationResult::NotInvoked,
            _ => InvocationResult::Answered(body.as_bytes()),
        };
        let acknowledged = match self.shard.finish(id, result, self.now) {
            Verdict::Succeeded => {
                if running.hands_over {
                    self.handed_over += all;
                }
                running.records.len()
            }
            Verdict::FailedFrom(index) => index,
            Verdict::Failed => 0,
            Verdict::NotInvoked => return,
        };
        if acknowledged == 0 {
            self.count_attempt(&running.records);
        }
        for record in &running.records[..acknowledged] {
            assert!(self.done.insert(*record), "acknowledged twice: {record}");
        }
        self.acknowledged += acknowledged;
    }

    /// The same batch is sent as often as it may be, and not once more.
    fn count_attempt(&mut self, records: &[usize]) {
        // What was put back may by chance come together again, as a new batch.
        if records.is_empty() || self.choices.refill_after_partial_failure {
            return;
        }
        let attempts = self.attempts.entry(records.to_vec()).or_default();
        *attempts += 1;
        if let Some(most) = self.settings.maximum_retry_attempts {
            assert!(
                *attempts <= most + 1,
                "{records:?} were sent {attempts} times"
            );
        }
    }

    /// From here on everything succeeds, and the shard ends.
    fn finish(&mut self) {
        self.shard.close();
        for _ in 0..10_000 {
            let wait = self.act();
            if !self.running.is_empty() {
                self.end(&Ending::Success);
            } else if let Some(until) = wait {
                self.now = until;
            } else {
                break;
            }
        }
        assert!(self.shard.is_finished(), "{:?}", self.shard.checkpoint());
        assert_eq!(self.done.len(), self.keys.len(), "each record has ended");
        assert_eq!((self.shard.buffered(), self.shard.buffered_bytes()), (0, 0));
        if self.settings.tumbling_window.is_some() {
            assert_eq!(
                self.handed_over, self.acknowledged,
                "each state was handed over once"
            );
        }
        let last = self
            .shard
            .checkpoint()
            .sequence_number
            .map(|number| number.parse::<usize>().unwrap() + 1);
        assert_eq!(last.unwrap_or(0), self.keys.len());
    }
}

/// The number in `{"count":12,…}`; not by a parser, since states are large.
fn count_in(state: &str) -> usize {
    let digits = state.strip_prefix("{\"count\":").unwrap_or("0");
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn each_record_ends_once_and_in_order_and_each_state_is_handed_over_once(
        settings in any_settings(),
        choices in any_choices(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut history = History::new(settings, choices);
        for step in &steps {
            history.take(step);
        }
        history.finish();
    }
}
