#![doc = include_str!("../README.md")]

pub mod kinesis;
pub mod number;
pub mod payload;
pub mod response;
pub mod sequence;
pub mod timestamp;

mod decimal;

pub use kinesis::{KinesisEvent, KinesisRecord, RecordError, UserRecord};
pub use number::{Number, NumberError};
pub use payload::PayloadError;
pub use response::BatchResponse;
pub use sequence::{Position, SequenceNumber};
pub use timestamp::Timestamp;
