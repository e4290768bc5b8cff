//! The result: as a table for people, as JSON for programs.

mod aims;

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::function::{Function, Part};
use crate::measure::{Measured, Plan};
use crate::peers::Peer;
use crate::stats::{median, ratio};
use aims::Aim;

/// All figures of a run; the first handler is the one the others are compared with.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    function: &'static str,
    rounds: u32,
    handlers: Vec<Handler>,
    aims: Vec<Aim>,
    skipped: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Handler {
    name: &'static str,
    about: String,
    cold_start_ms: Figure,
    first_answer_ms: Figure,
    peak_rss_bytes: u64,
    package_zipped_bytes: u64,
    batches: Vec<BatchFigures>,
    parts: Vec<PartFigure>,
}

/// What follows from several rows.
#[derive(Debug, Serialize)]
struct PartFigure {
    part: String,
    cpu_us: Figure,
}

#[derive(Debug, Serialize)]
struct BatchFigures {
    row: String,
    records: u32,
    call_ms: u128,
    cpu_us_per_record: Figure,
    p50_ms: Figure,
    p99_ms: f64,
}

/// A median, and how many times the first handler's it is, pair by pair.
#[derive(Clone, Copy, Debug, Serialize)]
struct Figure {
    value: f64,
    ratio: f64,
}

impl Report {
    pub(crate) fn new(
        function: &Function,
        peers: &[Peer],
        measured: &[Measured],
        plan: &Plan,
        skipped: Vec<String>,
    ) -> Self {
        let handlers: Vec<Handler> = peers
            .iter()
            .zip(measured)
            .map(|(peer, theirs)| Handler::new(function, peer, theirs, &measured[0]))
            .collect();
        Self {
            function: function.name,
            rounds: plan.rounds,
            aims: aims::all(function, &handlers),
            handlers,
            skipped,
        }
    }
}

impl Handler {
    fn new(function: &Function, peer: &Peer, theirs: &Measured, ours: &Measured) -> Self {
        let figure = |value, theirs: &[f64], ours: &[f64]| Figure {
            value,
            ratio: ratio(theirs, ours),
        };
        let cells = function.rows.iter().zip(&theirs.cells).zip(&ours.cells);
        let batches = cells.map(|((row, cell), our_cell)| BatchFigures {
            row: row.label.clone(),
            records: row.records,
            call_ms: row.latency.as_millis(),
            cpu_us_per_record: figure(cell.cpu_us(), &cell.cpu, &our_cell.cpu),
            p50_ms: figure(cell.p50_ms(), &cell.typical, &our_cell.typical),
            p99_ms: cell.p99_ms(),
        });
        let parts = function.parts.iter().map(|part| {
            let [theirs, ours] = [theirs, ours].map(|measured| by_round(part, measured));
            PartFigure {
                part: part.label.clone(),
                cpu_us: figure(median(&theirs), &theirs, &ours),
            }
        });
        Self {
            name: peer.name,
            about: peer.about.clone(),
            cold_start_ms: figure(
                median(&theirs.cold_start),
                &theirs.cold_start,
                &ours.cold_start,
            ),
            first_answer_ms: figure(
                median(&theirs.first_answer),
                &theirs.first_answer,
                &ours.first_answer,
            ),
            peak_rss_bytes: theirs.peak_rss,
            package_zipped_bytes: peer.package_bytes,
            batches: batches.collect(),
            parts: parts.collect(),
        }
    }
}

/// A part's CPU in each round.
fn by_round(part: &Part, measured: &Measured) -> Vec<f64> {
    let rounds = measured.cells.first().map_or(0, |cell| cell.cpu.len());
    let term = |round: usize, (row, factor): (usize, f64)| measured.cells[row].cpu[round] * factor;
    let in_round = |round| part.terms.iter().map(|each| term(round, *each)).sum();
    (0..rounds).map(in_round).collect()
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n", self.function)?;
        for handler in &self.handlers {
            writeln!(formatter, "{:<12}{}", handler.name, handler.about)?;
        }
        for reason in &self.skipped {
            writeln!(formatter, "{reason}")?;
        }
        writeln!(
            formatter,
            "\nMedians of {} rounds; in brackets how many times {}'s, round by round. MB = 1,000,000 bytes.\n",
            self.rounds,
            self.handlers.first().map_or("", |handler| handler.name),
        )?;
        let rows = self.rows();
        let widths: Vec<usize> = (0..=self.handlers.len())
            .map(|column| {
                rows.iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in &rows {
            let cells = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| match column {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
            writeln!(
                formatter,
                "{}",
                cells.collect::<Vec<_>>().join("   ").trim_end()
            )?;
        }
        writeln!(formatter)?;
        for Aim {
            target,
            figure,
            met,
        } in &self.aims
        {
            writeln!(
                formatter,
                "{:<8}{target} ({figure})",
                if *met { "met" } else { "MISSED" }
            )?;
        }
        Ok(())
    }
}

impl Report {
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |label: String, cell: &dyn Fn(&Handler) -> String| {
            let mut row = vec![label];
            row.extend(self.handlers.iter().map(cell));
            row
        };
        let batch_rows = |unit: &str, cell: &dyn Fn(&BatchFigures) -> String| -> Vec<Vec<String>> {
            let cells = self
                .handlers
                .first()
                .map_or(&[][..], |handler| &handler.batches);
            let cells = cells.iter().enumerate();
            cells
                .map(|(index, figures)| {
                    row(format!("{unit}: {}", figures.row), &|handler| {
                        cell(&handler.batches[index])
                    })
                })
                .collect()
        };
        let mut rows = vec![row(String::new(), &|handler| handler.name.to_owned())];
        rows.extend(batch_rows("CPU µs/record", &|batch| {
            batch.cpu_us_per_record.to_string()
        }));
        let parts = self.handlers.first().map_or(&[][..], |ours| &ours.parts);
        for (index, part) in parts.iter().enumerate() {
            rows.push(row(format!("CPU µs: {}", part.part), &|handler| {
                handler.parts[index].cpu_us.to_string()
            }));
        }
        rows.extend(batch_rows("p50 ms", &|batch| batch.p50_ms.to_string()));
        rows.extend(batch_rows("p99 ms", &|batch| {
            format!("{:.2}", batch.p99_ms)
        }));
        rows.push(row("cold start ms".to_owned(), &|handler| {
            handler.cold_start_ms.to_string()
        }));
        rows.push(row("start to first answer ms".to_owned(), &|handler| {
            handler.first_answer_ms.to_string()
        }));
        rows.push(row("peak RSS MB".to_owned(), &|handler| {
            format!("{:.1}", megabytes(handler.peak_rss_bytes))
        }));
        rows.push(row("package zipped MB".to_owned(), &|handler| {
            format!("{:.2}", megabytes(handler.package_zipped_bytes))
        }));
        rows
    }
}

impl Display for Figure {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} ({:.1}x)", self.value, self.ratio)
    }
}

/// Bytes in units of 1,000,000.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
