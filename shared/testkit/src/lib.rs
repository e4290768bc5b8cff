#![doc = include_str!("../README.md")]
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test kit that cannot do its work fails the test that uses it, where it stands"
)]

mod call;
pub mod clock;
mod connector;
pub mod dynamodb;
pub mod events;
pub mod faults;
mod offload;
pub mod runtime_api;
pub mod s3;
mod sdk;
pub mod template;

pub use call::CallView;
pub use clock::FakeClock;
pub use connector::connector;
pub use dynamodb::{LocalDynamoDb, TableSpec};
pub use events::{KinesisEventBuilder, RecordBuilder};
pub use faults::{Fault, FaultPlan, FaultyHttpClient, LoggedCall};
pub use runtime_api::{Answer, RuntimeApi};
pub use s3::{FakeS3, S3Object};
pub use template::Template;
