//! Texts that are hostile to parsers, whatever they stand for.

/// How deep [`nested`] is: enough to overflow the stack of a careless parser.
const NESTING: usize = 10_000;
/// How long [`spaces`] are.
const SPACES: usize = 1_000_000;

/// Arrays in arrays, ten thousand deep.
pub(super) fn nested() -> String {
    "[".repeat(NESTING) + &"]".repeat(NESTING)
}

/// A megabyte of spaces.
pub(super) fn spaces() -> String {
    " ".repeat(SPACES)
}
