//! One shard of one mapping.

use records::Timestamp;

use crate::action::{Action, InvocationId, InvocationResult, Verdict};
use crate::choices::Choices;
use crate::record::Record;
use crate::settings::Settings;
use crate::slots::Slots;
use crate::window::WindowProgress;

/// One shard of one mapping.
#[derive(Debug)]
pub struct Shard<P> {
    slots: Slots<P>,
}
