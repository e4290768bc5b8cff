//! What the user sees: progress on standard error, results on standard output.

use std::cell::Cell;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// When a step without a terminal first says how far it is; then less and less often.
const FIRST_LINE: Duration = Duration::from_secs(5);
/// How often it says so at least.
const RAREST_LINE: Duration = Duration::from_secs(60);
/// How often a moving step is redrawn on a terminal.
const TICK: Duration = Duration::from_millis(120);

/// Where progress and results go.
///
/// Progress is drawn as bars when standard error is a terminal and as plain lines otherwise. Results go to
/// standard output, where a script that asked for JSON finds one object and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    bars: bool,
}

impl Console {
    /// Bars or lines, as standard error can show.
    pub fn new() -> Self {
        Self {
            bars: stderr().is_terminal(),
        }
    }

    /// A console that writes plain lines.
    pub fn plain() -> Self {
        Self { bars: false }
    }

    /// Begins a step of unknown length, for instance `building`.
    pub fn step(&self, text: &str) -> Step {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}").ok();
        self.begin(text, None, style)
    }

    /// Begins a step that counts, nobody knows how far.
    pub fn count(&self, text: &str) -> Step {
        let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} {elapsed}").ok();
        self.begin(text, None, style)
    }

    /// Begins a step that draws texts of several lines.
    pub fn board(&self, text: &str) -> Step {
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}").ok();
        self.begin(text, None, style)
    }

    /// Begins a step whose length is known.
    pub fn bar(&self, text: &str, length: u64) -> Step {
        let style = ProgressStyle::with_template(
            "{spinner} {msg} {wide_bar} {human_pos}/{human_len} {rate} {elapsed}",
        )
        .ok()
        .map(|style| style.with_key("rate", whole_rate));
        self.begin(text, Some(length), style)
    }

    fn begin(self, text: &str, length: Option<u64>, style: Option<ProgressStyle>) -> Step {
        let bar = self.bars.then(|| {
            let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
            let bar = style.into_iter().fold(bar, ProgressBar::with_style);
            bar.set_message(text.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        if bar.is_none() {
            say(text);
        }
        Step {
            bar,
            text: text.to_owned(),
            length,
            started: Instant::now(),
            next_line: Cell::new(FIRST_LINE),
        }
    }

    /// Whether standard error can be drawn upon.
    pub fn draws(&self) -> bool {
        self.bars
    }

    /// A line beside the results: goes to standard error.
    pub fn note(&self, text: &str) {
        say(text);
    }

    /// A result: goes to standard output.
    pub fn print(&self, text: &str) {
        // A closed pipe (`sluicegate … | head`) is no failure of ours.
        let _ = writeln!(stdout(), "{text}");
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

fn whole_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let _ = write!(out, "{:.0}/s", state.per_sec());
}

fn say(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}

/// Something that takes time. Its bar disappears with it.
#[derive(Debug)]
pub struct Step {
    bar: Option<ProgressBar>,
    text: String,
    length: Option<u64>,
    started: Instant,
    next_line: Cell<Duration>,
}

impl Step {
    /// Says how far the step is.
    pub fn at(&self, position: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(position),
            None => self.line_now_and_then(|| match self.length {
                Some(length) => format!("{position} of {length}"),
                None => position.to_string(),
            }),
        }
    }

    /// Draws another text, of several lines if need be. Without a terminal nothing is said.
    pub fn redraw(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    /// Says that the step still goes on.
    pub fn still_going(&self) {
        if self.bar.is_none() {
            self.line_now_and_then(|| format!("{} s so far", self.started.elapsed().as_secs()));
        }
    }

    /// Ends the step with what came of it.
    pub fn done(self, outcome: &str) {
        let seconds = self.started.elapsed().as_secs_f32();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        say(&format!("{outcome} ({seconds:.1} s)"));
    }

    fn line_now_and_then(&self, detail: impl FnOnce() -> String) {
        let elapsed = self.started.elapsed();
        if elapsed >= self.next_line.get() {
            let pause = elapsed.clamp(FIRST_LINE, RAREST_LINE);
            self.next_line.set(elapsed + pause);
            say(&format!("{}: {}", self.text, detail()));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
