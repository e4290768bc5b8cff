//! Which records reach the function.

/// The filters of a mapping: a record passes if any of them matches it, or if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterCriteria {}
