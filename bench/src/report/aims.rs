//! The targets of the project, and what became of them in a run.

use serde::Serialize;

use super::{Handler, megabytes};
use crate::function::{Function, Row};

/// A target of the project and what became of it in this run.
#[derive(Debug, Serialize)]
pub(super) struct Aim {
    pub(super) target: String,
    pub(super) figure: String,
    pub(super) met: bool,
}

/// The targets set for the function, as far as this run can tell.
pub(super) fn all(function: &Function, handlers: &[Handler]) -> Vec<Aim> {
    let Some(ours) = handlers.first() else {
        return Vec::new();
    };
    let mut aims = vec![
        at_most("package", megabytes(ours.package_zipped_bytes), 5.0, " MB"),
        at_most("peak RSS", megabytes(ours.peak_rss_bytes), 20.0, " MB"),
    ];
    let node = handlers.iter().find(|handler| handler.name == "node");
    if let Some(node) = node {
        aims.push(tenth("cold start", node.cold_start_ms.ratio));
    }
    for (
        index,
        (
            Row {
                label, aims: row, ..
            },
            figures,
        ),
    ) in function.rows.iter().zip(&ours.batches).enumerate()
    {
        if let Some(limit) = row.p50_ms {
            let value = figures.p50_ms.value;
            aims.push(at_most(&format!("p50 of {label}:"), value, limit, " ms"));
        }
        if let Some(limit) = row.cpu_us {
            let value = figures.cpu_us_per_record.value;
            aims.push(at_most(
                &format!("CPU of {label}:"),
                value,
                limit,
                " µs/record",
            ));
        }
        if let Some(node) = node.filter(|_| row.tenth_of_node) {
            let ratio = node.batches[index].cpu_us_per_record.ratio;
            aims.push(tenth(&format!("CPU of {label}:"), ratio));
        }
    }
    aims
}

fn at_most(aim: &str, value: f64, limit: f64, unit: &str) -> Aim {
    Aim {
        target: format!("{aim} at most {limit}{unit}"),
        figure: format!("{value:.2}{unit}"),
        met: value <= limit,
    }
}

fn tenth(aim: &str, ratio: f64) -> Aim {
    Aim {
        target: format!("{aim} at most 1/10 of Node's"),
        figure: format!("1/{ratio:.1}"),
        met: ratio >= 10.0,
    }
}
