//! The windows as people see them fill.

use std::collections::BTreeSet;

use bigdecimal::{BigDecimal, RoundingMode};

use super::watch::{Progress, Watch, WindowKey};
use crate::console::{Console, Step};
use crate::demo::columns::{grouped, grouped_text};

/// Windows shown at once, the last ones.
const LINES: usize = 14;
/// Decimals of a sum that are shown.
const DECIMALS: i64 = 2;

/// Shows the windows: as a table that is drawn again and again, or as a line for each that is complete.
#[derive(Debug)]
pub struct Board {
    console: Console,
    step: Step,
    phase: &'static str,
    told: BTreeSet<WindowKey>,
}

impl Board {
    /// Nothing is shown yet but `phase`, what is being done.
    pub fn new(console: Console, phase: &'static str) -> Self {
        Self {
            console,
            step: console.board(phase),
            phase,
            told: BTreeSet::new(),
        }
    }

    /// Shows the windows as they are, below what is being done and how far it is.
    pub fn show(&mut self, watch: &Watch, phase: &'static str, detail: &str) {
        if phase != self.phase {
            self.phase = phase;
            self.step = self.console.board(phase);
        }
        if self.console.draws() {
            self.step
                .redraw(&format!("{phase}{detail}\n{}", table(watch)));
            return;
        }
        self.tell(watch, |window| !window.is_open);
        self.step.still_going();
    }

    /// Writes a line for each of these windows that has none yet.
    fn tell(&mut self, watch: &Watch, which: impl Fn(&Progress) -> bool) {
        for (key, window) in watch.windows() {
            if which(window) && self.told.insert(*key) {
                self.console.note(&line(watch, *key, window));
            }
        }
    }

    /// Ends the table with what came of it; it stays on the screen.
    pub fn done(mut self, watch: &Watch, outcome: &str) {
        if self.console.draws() {
            self.step.done(&format!("{}\n{outcome}", table(watch)));
        } else {
            self.tell(watch, |_| true);
            self.step.done(outcome);
        }
    }
}

/// A table of the last windows.
fn table(watch: &Watch) -> String {
    let mut lines = vec![format!(
        "  {:<8}{:<10}{:>10}{:>24}{:>8}{:>8}  {}",
        "source", "window", "sales", "sum", "groups", "shards", "state"
    )];
    let last = watch.windows().rev().take(LINES);
    let mut windows: Vec<String> = last
        .map(|(key, window)| {
            format!(
                "  {:<8}{:<10}{:>10}{:>24}{:>8}{:>8}  {}",
                key.source.name(),
                time(*key),
                grouped(window.count),
                amount(&window.sum),
                window.groups,
                shards(watch, *key, window),
                state(window)
            )
        })
        .collect();
    windows.reverse();
    lines.append(&mut windows);
    lines.join("\n")
}

/// A window in one line.
fn line(watch: &Watch, key: WindowKey, window: &Progress) -> String {
    format!(
        "{} {} {}: {} sales of {} groups, sum {}, from {} shards",
        key.source.name(),
        time(key),
        state(window),
        grouped(window.count),
        window.groups,
        amount(&window.sum),
        shards(watch, key, window)
    )
}

fn state(window: &Progress) -> &'static str {
    if window.is_open { "open" } else { "complete" }
}

fn shards(watch: &Watch, key: WindowKey, window: &Progress) -> String {
    format!("{}/{}", window.shards, watch.shards(key.source))
}

/// `17:20:05`.
fn time(key: WindowKey) -> String {
    let text = key.start.to_string();
    text.get(11..19).map_or(text.clone(), str::to_owned)
}

/// Two decimals, cut off: the check looks at all of them.
fn amount(sum: &BigDecimal) -> String {
    let cut = sum.with_scale_round(DECIMALS, RoundingMode::Down);
    let text = cut.to_plain_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    let more = if cut == *sum { " " } else { "…" };
    format!("{sign}{}.{fraction}{more}", grouped_text(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_shown_with_two_decimals_and_a_sign_that_there_are_more() {
        for (sum, shown) in [
            ("0", "0.00 "),
            ("1234567.5", "1,234,567.50 "),
            ("-1000.129", "-1,000.12…"),
            ("12.3456789012345678901234567890", "12.34…"),
        ] {
            assert_eq!(amount(&sum.parse().unwrap()), shown);
        }
    }
}
