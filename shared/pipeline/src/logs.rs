//! Log lines of JSON on standard output.

use tracing_subscriber::EnvFilter;

use crate::config::Environment;

/// What Lambda sets from the function's logging configuration.
const LEVEL_VARIABLE: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Starts logging at the level that Lambda's logging configuration asks for, INFO if it does not say.
///
/// The runtime's own report of a failed invocation is left out: the pipeline tells it, with the records at stake.
pub(crate) fn start(environment: &Environment<'_>) {
    let level = environment
        .optional(LEVEL_VARIABLE)
        .unwrap_or_else(|| "info".to_owned());
    let directives = format!("{},lambda_runtime::layers::panic=off", level_name(&level));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(EnvFilter::new(directives));
    // Fails only if a subscriber is set already, which then does the work.
    let _ = subscriber.try_init();
}

/// Lambda's names of levels are those of `tracing`, but for FATAL.
fn level_name(level: &str) -> String {
    match level.to_ascii_lowercase().as_str() {
        "fatal" => "error".to_owned(),
        known @ ("trace" | "debug" | "info" | "warn" | "error") => known.to_owned(),
        _ => "info".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_level_names_are_understood_and_anything_else_is_info() {
        for (level, expected) in [
            ("INFO", "info"),
            ("FATAL", "error"),
            ("Warn", "warn"),
            ("verbose", "info"),
        ] {
            assert_eq!(level_name(level), expected);
        }
    }
}
