#![doc = include_str!("../README.md")]

pub mod avro;
pub mod cdc;
pub mod cloudwatch_logs;
pub mod compression;
pub mod delimited;
pub mod dynamodb;
pub mod kinesis;
pub mod kpl;
pub mod layers;
pub mod number;
pub mod payload;
#[cfg(feature = "protobuf")]
pub mod protobuf;
pub mod response;
pub mod sequence;
pub mod timestamp;
pub mod window;

mod decimal;
mod event;
pub mod glue;
mod json;
mod span;
mod stream_kind;
mod wire;

pub use cdc::{CdcError, CdcFormat, CdcRecord, ColumnError, Row, RowChange, Version};
pub use dynamodb::{
    AttributeError, AttributeValue, Change, ChangeError, ChangeKind, DynamoDbEvent, DynamoDbRecord,
    Image,
};
pub use event::StreamEvent;
pub use kinesis::{KinesisEvent, KinesisRecord, RecordError, UserRecord};
pub use number::{Number, NumberError};
pub use payload::PayloadError;
pub use response::BatchResponse;
pub use sequence::{Position, SequenceNumber};
pub use stream_kind::StreamKind;
pub use timestamp::Timestamp;
pub use window::{Window, WindowError, WindowEvent, WindowResponse};
