//! Random histories of a stream, its mapping and a function, held against a model.
//!
//! A history has producers that put records on several shards, some twice; shards that are split and merged; a mapping
//! with settings and [`Choices`](mapping::Choices) drawn at random, which restarts from its last checkpoint or an
//! older one; a function that crashes at any point, or is not reached; and services that throttle, break off, answer
//! late or never. All of it comes from a seed and happens in virtual time: the same seed gives the same timeline.
//!
//! # A function of one's own
//!
//! It takes a [`Handler`], which is the function's own code behind JSON, and a [`Model`], which draws records and
//! compares what is left at the end:
//!
//! ```
//! use std::cell::RefCell;
//! use std::collections::BTreeSet;
//! use std::rc::Rc;
//!
//! use serde_json::Value;
//! use simulator::world::{Body, Call, Fate, Handler, Model, Put, Surroundings, Told, histories};
//!
//! /// Sequence numbers that the function has seen.
//! #[derive(Clone, Default)]
//! struct Seen(Rc<RefCell<BTreeSet<String>>>);
//!
//! impl Handler for Seen {
//!     async fn handle(&self, call: Call<'_>) -> Result<Vec<u8>, String> {
//!         let event: Value = serde_json::from_str(call.event).map_err(|error| error.to_string())?;
//!         for record in event["Records"].as_array().into_iter().flatten() {
//!             let number = record["kinesis"]["sequenceNumber"].as_str().unwrap_or_default();
//!             self.0.borrow_mut().insert(number.to_owned());
//!         }
//!         Ok(br#"{"batchItemFailures":[]}"#.to_vec())
//!     }
//! }
//!
//! impl Model for Seen {
//!     type Record = u8;
//!
//!     fn record(random: &mut fastrand::Rng) -> u8 {
//!         random.u8(0..4)
//!     }
//!
//!     fn put(record: &u8) -> Put {
//!         Put { key: Some(format!("key-{record}")), body: Body::Kinesis(vec![*record]) }
//!     }
//!
//!     async fn check(&self, told: &Told<u8>) -> Result<(), String> {
//!         let seen = self.0.borrow();
//!         let lost = told.records.iter().find(|r| r.fate == Some(Fate::Done) && !seen.contains(&r.sequence_number));
//!         lost.map_or(Ok(()), |lost| Err(format!("record {} is lost", lost.number)))
//!     }
//! }
//!
//! let tally = histories(0..20, &async |_: &Surroundings| {
//!     let seen = Seen::default();
//!     (seen.clone(), seen)
//! });
//! assert_eq!(tally.histories, 20);
//! ```
//!
//! A function that calls services gets its HTTP client from [`Surroundings::http_client`] and its time from
//! [`Surroundings::clock`]: so faults, ways and crashes are the history's. Records of a DynamoDB stream are
//! [`Body::DynamoDb`]; a tumbling window is a setting like others.
//!
//! # What is checked without a model
//!
//! Every record ends as done, filtered or given up. A checkpoint says exactly how far that is so. No record is sent
//! before an earlier one of its key is settled, none while it is under way, none is skipped, none is sent that is too
//! old or too often; nothing is given up too early. Documented answers are understood.
//!
//! # A failure
//!
//! The history is made smaller as long as it still fails, and told with its seed, what is left of it and its timeline.
//! To see it again, run the test with the one seed: `histories(4711..4712, ...)`. What a seed means may change with
//! this crate.
//!
//! # What is not in the histories
//!
//! A call has arrived wholly or not at all when its caller ends, and a restart of the mapping ends the invocations that
//! are under way: nothing that an earlier invocation has begun happens after a later one has begun.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "for tests only: a world that cannot do its work fails the test that uses it, where it stands"
)]

mod clock;
mod draw;
mod drive;
mod handler;
mod history;
mod invocation;
mod journal;
mod model;
mod reader;
mod rules;
mod search;
mod shrink;
mod stream;
mod tally;
mod trial;
mod wire;

pub use clock::{BEGINNING, Clock};
pub use draw::settings;
pub use handler::{Call, Handler};
pub use history::{History, Mishap, Produced, Reshard, Restart};
pub use model::{Body, Fate, LostWindow, Model, Put, Stored, Told};
pub use search::{histories, trial};
pub use stream::{DYNAMODB_ARN, KINESIS_ARN};
pub use tally::Tally;
pub use trial::{Trial, run};
pub use wire::Surroundings;
