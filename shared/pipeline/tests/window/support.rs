//! The function, its events and everything around it, in the test's process.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use pipeline::{
    Deadline, Environment, InvocationError, LayersConfig, Outcome, Poison, Quarantine,
    RecordLayers, Stage, WindowFunction, WindowPipeline, WindowRecord,
};
use records::Window;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testkit::{FakeClock, FakeS3, KinesisEventBuilder};

/// From this sum on a state is full.
pub(crate) const FULL: u64 = 100;
/// With this sum a state is none that the function can work with.
pub(crate) const UNLUCKY: u64 = 13;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    sum: u64,
}

/// Adds up the numbers that the records say; does what else they say.
#[derive(Default)]
pub(crate) struct Sums {
    /// What was handed over, with whether the window was final.
    pub(crate) handed_over: Arc<Mutex<Vec<(u64, bool)>>>,
    pub(crate) refuses: bool,
}

impl WindowFunction for Sums {
    type State = Sum;

    fn check(&self, state: &Sum) -> Result<(), String> {
        if state.sum == UNLUCKY {
            Err("thirteen".to_owned())
        } else {
            Ok(())
        }
    }

    fn is_full(&self, state: &Sum) -> bool {
        state.sum >= FULL
    }

    fn fold(
        &self,
        _window: &Window<()>,
        state: &mut Sum,
        records: &[WindowRecord<'_>],
    ) -> Vec<Outcome> {
        let told = |record: &WindowRecord<'_>| {
            let WindowRecord::Kinesis(record) = record else {
                state.sum += 1_000;
                return Some(Outcome::Applied);
            };
            match std::str::from_utf8(record.data).unwrap() {
                "poison" => Some(Outcome::Poison(Poison {
                    stage: Stage::Domain,
                    reason: "told-so",
                    detail: "told so".into(),
                })),
                "forget" => None,
                number => {
                    state.sum += number.parse::<u64>().unwrap();
                    Some(Outcome::Applied)
                }
            }
        };
        records.iter().filter_map(told).collect()
    }

    async fn hand_over(
        &self,
        window: &Window<()>,
        state: &mut Sum,
        _deadline: Deadline,
    ) -> Result<(), String> {
        if self.refuses {
            return Err("refused".to_owned());
        }
        let mut handed_over = self.handed_over.lock().unwrap();
        handed_over.push((state.sum, window.is_final));
        state.sum = 0;
        Ok(())
    }
}

/// An event of the window.
pub(crate) struct Event {
    pub(crate) records: KinesisEventBuilder,
    state: Value,
    is_final: bool,
    is_terminated_early: bool,
}

impl Event {
    pub(crate) fn of(data: &[&str]) -> Self {
        Self {
            records: KinesisEventBuilder::new().records(data),
            state: json!({}),
            is_final: false,
            is_terminated_early: false,
        }
    }

    pub(crate) fn after(self, sum: u64) -> Self {
        let state = json!({ "sum": sum });
        Self { state, ..self }
    }

    pub(crate) fn last(self) -> Self {
        Self {
            is_final: true,
            ..self
        }
    }

    pub(crate) fn ended_early(self) -> Self {
        Self {
            is_terminated_early: true,
            ..self
        }
    }

    pub(crate) fn json(self) -> String {
        let window = r#"{"start":"2025-11-21T08:00:00Z","end":"2025-11-21T08:00:30Z"}"#;
        let arn = r#""arn:aws:kinesis:us-east-1:123456789012:stream/sums""#;
        let fields = self.records.field("window", window);
        let fields = fields.field("state", self.state.to_string());
        let fields = fields.field("shardId", r#""shardId-000000000000""#);
        let fields = fields.field("eventSourceARN", arn);
        fields
            .field("isFinalInvokeForWindow", self.is_final.to_string())
            .field(
                "isWindowTerminatedEarly",
                self.is_terminated_early.to_string(),
            )
            .build()
    }
}

pub(crate) struct Run {
    s3: FakeS3,
    handed_over: Arc<Mutex<Vec<(u64, bool)>>>,
    pipeline: WindowPipeline<Sums, Box<dyn Fn() -> SystemTime + Send + Sync>>,
    now: SystemTime,
}

impl Run {
    pub(crate) fn of(function: Sums, bucket: &str) -> Self {
        let s3 = FakeS3::with_buckets([bucket]);
        let quarantine = Quarantine::new("sums", "quarantine".to_owned(), s3.sdk_config());
        let clock = FakeClock::at(1_763_712_031_000);
        let now: Box<dyn Fn() -> SystemTime + Send + Sync> = Box::new(clock.closure());
        Self {
            s3,
            handed_over: Arc::clone(&function.handed_over),
            now: now(),
            pipeline: WindowPipeline::new(function, quarantine, now),
        }
    }

    pub(crate) fn new() -> Self {
        Self::of(Sums::default(), "quarantine")
    }

    /// With layers around the records' payloads; nothing answers for a schema registry.
    pub(crate) fn with_layers(self, layers: &str) -> Self {
        let lookup = |name: &str| (name == "RECORD_LAYERS").then(|| layers.to_owned());
        let config = LayersConfig::read(&Environment::new(&lookup)).unwrap();
        let layers = RecordLayers::new(config, &self.s3.sdk_config());
        let pipeline = self.pipeline.with_layers(layers);
        Self { pipeline, ..self }
    }

    /// The answer as JSON.
    pub(crate) async fn process(&self, event: &str) -> Result<Value, InvocationError> {
        let (time, margin) = (Duration::from_secs(30), Duration::from_secs(1));
        let deadline = Deadline::new(self.now + time, margin, self.now);
        let answer = self
            .pipeline
            .process(event.as_bytes(), "request-1", deadline);
        Ok(serde_json::to_value(answer.await?).unwrap())
    }

    /// What was put into quarantine: the sequence number and the reason of each line.
    pub(crate) fn quarantined(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lines = self.s3.ndjson_gz_lines("quarantine", "").into_iter();
        lines
            .map(|line| (text(&line["sequence_number"]), text(&line["reason"])))
            .collect()
    }

    pub(crate) fn handed_over(&self) -> Vec<(u64, bool)> {
        self.handed_over.lock().unwrap().clone()
    }
}
