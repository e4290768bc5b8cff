//! Why a filter is refused.

/// Why filter criteria are refused: one line that names the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A value of the wrong kind or out of range.
    #[error("{place} is {value}: must be {expected}")]
    Invalid {
        /// Where, for instance `FilterCriteria.Filters[0].Pattern at data.price`.
        place: String,
        /// The value as JSON.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A member that is not known.
    #[error("{place} has {name}: only {expected} is known")]
    UnknownMember {
        /// Where.
        place: String,
        /// The member.
        name: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A pattern that is no JSON.
    #[error("{place} is not JSON: {reason}")]
    NotJson {
        /// Where.
        place: String,
        /// What the JSON parser says.
        reason: String,
    },
    /// An operator that nobody knows.
    #[error(
        "{place} uses {operator}: the operators are prefix, suffix, equals-ignore-case, anything-but, numeric and exists"
    )]
    UnknownOperator {
        /// Where.
        place: String,
        /// The operator.
        operator: String,
    },
    /// An operator that rules of an event bus have and filters of a mapping have not.
    #[error(
        "{place} uses {operator}: EventBridge rules have that, Lambda's event filters have not"
    )]
    UnsupportedOperator {
        /// Where.
        place: String,
        /// The operator.
        operator: &'static str,
    },
    /// A Kinesis mapping filters on something else than `data`.
    #[error("{place} filters on {key}: a Kinesis mapping filters on data only")]
    NotKinesisData {
        /// Where.
        place: String,
        /// The key.
        key: String,
    },
    /// The content of the records is filtered as if it were a plain value.
    #[error("{place} filters {key} as a single value: must be an object, as {key} is JSON")]
    PlainData {
        /// Where.
        place: String,
        /// `data` or `dynamodb`.
        key: &'static str,
    },
}
