//! What became of a scenario's records.

use std::fmt;

/// What became of the records that the mapping was to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All of them: the sum of the next four.
    pub records: usize,
    /// Records that the function has done.
    pub done: usize,
    /// Records that were given up.
    pub given_up: usize,
    /// Records that the filters kept from the function.
    pub filtered: usize,
    /// Records that were not done when the run stopped.
    pub left: usize,
    /// Windows whose state could not be handed over.
    pub states_lost: usize,
    /// Calls of the function, also those that did not reach it.
    pub invocations: usize,
}

/// `10 records: 9 done, 1 given up; 8 invocations`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} done", counted(self.records, "record"), self.done)?;
        for (count, what) in [
            (self.given_up, "given up"),
            (self.filtered, "filtered out"),
            (self.left, "left"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        if self.states_lost > 0 {
            write!(
                f,
                "; the state of {} lost",
                counted(self.states_lost, "window")
            )?;
        }
        write!(f, "; {}", counted(self.invocations, "invocation"))
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
