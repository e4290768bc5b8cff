//! What a mapping works with.

use std::sync::Arc;

use mapping::Choices;

use super::checkpoint::Store;
use super::destination::FailureDestination;
use super::function::Function;
use super::journal::Journal;
use super::mappings::Mapping;
use super::status::Board;
use super::stream::Stream;

/// What all shards of a mapping share.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    pub(super) mapping: Arc<Mapping>,
    pub(super) choices: Choices,
    pub(super) stream: Stream,
    pub(super) function: Function,
    pub(super) destination: Option<FailureDestination>,
    pub(super) store: Store,
    pub(super) board: Board,
    pub(super) journal: Journal,
}
