//! What a function with a tumbling window answers.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The answer to a [`WindowEvent`](super::WindowEvent): the state for the next call of the window.
///
/// Serialised as `{"state":…}`. Lambda takes an answer without `state` for a failure, so no state is written as `{}`,
/// which is also what Lambda sends with a fresh window.
///
/// The answer cannot carry `batchItemFailures`. Lambda's documentation shows the field, but nowhere says which records
/// the returned state then has to cover: those before the reported one, or all. A function that guesses wrong counts
/// records twice or not at all. So a call succeeds as a whole, or fails with an error and gets the same records and
/// the same state again.
///
/// ```
/// use records::WindowResponse;
///
/// assert_eq!(serde_json::to_string(&WindowResponse::keep(42))?, r#"{"state":42}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowResponse<S> {
    /// What the next call of the window gets. It must not serialise to null.
    pub state: Option<S>,
}

impl<S> WindowResponse<S> {
    /// The window goes on with this state.
    pub fn keep(state: S) -> Self {
        Self { state: Some(state) }
    }

    /// The window goes on with none, or is done: Lambda drops the state that answers a final call.
    pub fn fresh() -> Self {
        Self { state: None }
    }
}

impl<S: Serialize> Serialize for WindowResponse<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        #[derive(Serialize)]
        struct Fresh {}

        let mut response = serializer.serialize_struct("WindowResponse", 1)?;
        match &self.state {
            Some(state) => response.serialize_field("state", state)?,
            None => response.serialize_field("state", &Fresh {})?,
        }
        response.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_always_has_a_state_and_nothing_else() {
        let json = |response| serde_json::to_string(&response).unwrap();
        let state = [("1", 282), ("2", 715)]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>();
        assert_eq!(
            json(WindowResponse::keep(state)),
            r#"{"state":{"1":282,"2":715}}"#
        );
        assert_eq!(json(WindowResponse::fresh()), r#"{"state":{}}"#);
    }
}
