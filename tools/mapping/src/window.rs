//! Tumbling windows: which window a record belongs to, and the state that is carried through it.

use records::Timestamp;
use serde::{Deserialize, Serialize};

use crate::action::BatchRange;

/// How far the tumbling windows of a shard are: what has to outlive a restart together with the checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowProgress {
    /// The window that records are being added to.
    pub(crate) open: Option<OpenWindow>,
    /// End of the last window that was closed: no window begins before it.
    pub(crate) closed_until: Option<Timestamp>,
}

/// A window that is not closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenWindow {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// The state as JSON text.
    pub(crate) state: String,
    /// The records that went into the state.
    pub(crate) records: Option<BatchRange>,
}
