//! Errors as one line for people.

use std::error::Error;

/// An error and what caused it. A cause that says the same again, as the SDK's often do, is left out.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn what_is_said_twice_is_shown_once() {
        let error = anyhow!("connection refused")
            .context("service error: connection refused")
            .context("the table cannot be read");
        assert_eq!(
            causes(error.as_ref()),
            "the table cannot be read: service error: connection refused"
        );
    }
}
