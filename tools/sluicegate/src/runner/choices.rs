//! What AWS leaves open about mappings, as this stack takes it: kept in the stack's folder, so that a runner that is
//! started again goes on as before.

use anyhow::{Context, Result};
use mapping::Choices;
use serde_json::{Map, Value};

use crate::project::StackDir;

/// Reads `NAME=VALUE` arguments; the names are the fields of [`Choices`].
///
/// # Errors
/// Tells which argument is wrong and what would be right.
pub fn parse_choices<'a>(
    arguments: impl IntoIterator<Item = &'a String>,
) -> Result<Choices, String> {
    let mut fields = Map::new();
    for argument in arguments {
        let Some((name, value)) = argument.split_once('=') else {
            return Err(format!(
                "{argument}: expected NAME=VALUE, for instance idle_window_closes_after_ms=5000"
            ));
        };
        // Numbers and truth values are JSON as they are; anything else is a word.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        fields.insert(name.to_owned(), value);
        // One by one, so that the message is about this argument.
        let so_far = Value::Object(fields.clone());
        serde_json::from_value::<Choices>(so_far)
            .map_err(|error| format!("{argument}: {error}"))?;
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}

/// The choices of the stack in `dir`; the defaults if none were made.
pub(super) fn load(dir: &StackDir) -> Result<Choices> {
    let path = dir.choices();
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("{} holds no choices", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Choices::default()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Keeps choices for every runner of the stack in `dir` that is started from now on.
pub fn save(dir: &StackDir, choices: &Choices) -> Result<()> {
    let path = dir.choices();
    let text = serde_json::to_vec_pretty(choices)?;
    std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Choices, String> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        parse_choices(&arguments)
    }

    #[test]
    fn choices_are_read_by_name() {
        assert_eq!(parse(&[]), Ok(Choices::default()));
        let expected = Choices {
            idle_window_closes_after_ms: 5_000,
            backoff_after_split: true,
            final_invocation: mapping::FinalInvocation::WithLastRecords,
            ..Choices::default()
        };
        let given = [
            "idle_window_closes_after_ms=5000",
            "backoff_after_split=true",
            "final_invocation=with_last_records",
        ];
        assert_eq!(parse(&given), Ok(expected));
    }

    #[test]
    fn a_wrong_choice_is_named_with_what_would_be_right() {
        for (argument, expected) in [
            ("idle=5", "idle=5: unknown field `idle`, expected one of"),
            ("idle_window_closes_after_ms", "expected NAME=VALUE"),
            ("idle_window_closes_after_ms=soon", "expected u64"),
            ("final_invocation=never", "expected `without_records` or"),
        ] {
            let error = parse(&["first_backoff_ms=10", argument]).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_stack_keeps_its_choices() {
        let folder = tempfile::tempdir().unwrap();
        let dir = StackDir::new(folder.path().to_owned());
        assert_eq!(load(&dir).unwrap(), Choices::default());
        let choices = Choices {
            first_backoff_ms: 7,
            ..Choices::default()
        };
        save(&dir, &choices).unwrap();
        assert_eq!(load(&dir).unwrap(), choices);
    }
}
