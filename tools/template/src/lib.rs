//! Nothing to link: this package is its tests, in `tests/rules`.
//!
//! They hold `template.yaml` and `samconfig.toml` to the project's rules (mappings, permissions, logs, alarms, interface)
//! and to the code of each function (variables, limits, keys, metrics).
