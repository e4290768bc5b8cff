#![doc = include_str!("../README.md")]

mod action;
mod answer;
mod batch;
mod choices;
pub mod event;
pub mod failure_record;
mod filter;
mod lane;
mod record;
mod settings;
mod shard;
mod slots;
mod text;
mod window;

pub use action::{
    Action, BatchRange, Checkpoint, Condition, Edge, FailedWindow, Failure, Invocation,
    InvocationId, InvocationResult, Records, ResponseContext, Verdict, WindowCall,
};
pub use choices::{
    BatchingWindowStarts, Choices, FinalInvocation, FirstRecordReported, PartialFailureInWindow,
    UnknownAnswer,
};
pub use filter::{FilterCriteria, FilterError};
pub use record::Record;
pub use settings::{
    OTHER_SOURCES, RESOURCE_PROPERTIES, SETTINGS, Settings, SettingsError, StartingPosition,
};
pub use shard::Shard;
pub use window::{MAX_STATE_BYTES, WindowProgress};
