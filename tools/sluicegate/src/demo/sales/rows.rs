//! The rows of the table of results as the demo reads them.

use bigdecimal::BigDecimal;
use records::Timestamp;

use super::expected::WindowSums;
use crate::demo::read_back::{Attribute, StoredRow};
use crate::produce::sales::model::Sums;

/// A row of the table of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultRow {
    /// Name of the stream, or of the table.
    pub source: String,
    /// The window's first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// The group.
    pub group: String,
    /// What it says.
    pub sums: WindowSums,
    /// Whether it is a part's or a total.
    pub kind: RowKind,
}

/// The two kinds of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Of one part of one shard.
    Part {
        /// The shard.
        shard: String,
        /// The part's name.
        part: String,
    },
    /// Of all shards.
    Total {
        /// How many parts.
        parts: u64,
    },
}

impl ResultRow {
    /// Reads a row; `None` if it is none, or its key says something else than its attributes.
    pub fn read(row: &StoredRow) -> Option<Self> {
        let text = |name: &str| match row.get(name)? {
            Attribute::Text(text) => Some(text.as_str()),
            _ => None,
        };
        let number = |name: &str| match row.get(name)? {
            Attribute::Number(number) => Some(number.as_str()),
            _ => None,
        };
        let time = |name: &str| Timestamp::from_rfc3339(text(name)?);
        // One of the two, never both.
        let amount = |name: &str, as_text: &str| -> Option<BigDecimal> {
            match (number(name), text(as_text)) {
                (Some(amount), None) | (None, Some(amount)) => amount.parse().ok(),
                _ => None,
            }
        };
        let (source, group, start) = (text("Source")?, text("Group")?, time("WindowStart")?);
        let key = format!("{start}#{group}");
        let (kind, series, key) = match (text("Shard"), text("Part")) {
            (Some(shard), Some(part)) => (
                RowKind::Part {
                    shard: shard.to_owned(),
                    part: part.to_owned(),
                },
                "part",
                format!("{key}#{shard}#{part}"),
            ),
            (None, None) => {
                let parts = number("Parts")?.parse().ok()?;
                (RowKind::Total { parts }, "total", key)
            }
            _ => return None,
        };
        if text("Series")? != format!("{series}#{source}") || text("WindowGroup")? != key {
            return None;
        }
        Some(Self {
            source: source.to_owned(),
            start,
            end: time("WindowEnd")?,
            group: group.to_owned(),
            sums: WindowSums {
                sums: Sums {
                    count: number("Count")?.parse().ok()?,
                    sum: amount("Sum", "SumText")?,
                    min: amount("Min", "MinText")?,
                    max: amount("Max", "MaxText")?,
                },
                first: time("FirstArrival")?,
                last: time("LastArrival")?,
            },
            kind,
        })
    }
}
