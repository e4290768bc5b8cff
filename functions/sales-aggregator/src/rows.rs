//! The rows of the table: what one part adds, and the total of a window and group over all shards.

use dynamo::{Condition, ConditionalPut, Item, KeySchema, Row};
use records::{Number, Timestamp};

use crate::aggregate::Aggregate;
use crate::amount::Amount;

/// The key of the table.
pub const KEY: KeySchema = KeySchema {
    hash: "Series",
    range: Some("WindowGroup"),
};

/// Which part of which window of which shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartName<'a> {
    /// Name of the stream, or of the table whose stream it is.
    pub source: &'a str,
    /// The window's first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// The shard.
    pub shard_id: &'a str,
    /// Position of the first record in the part.
    pub part: &'a str,
}

/// The total of a window and group as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// The sales of all its parts.
    pub aggregate: Aggregate,
    /// How many parts they are: the row's version too.
    pub parts: i64,
}

/// A row that this code has not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row {0} cannot be read: {1}")]
pub struct UnreadableRow(String, &'static str);

impl PartName<'_> {
    /// Key of the part's row for a group.
    pub fn part_key(&self, group: &str) -> Item<'static> {
        let Self {
            source,
            start,
            shard_id,
            part,
            ..
        } = self;
        Item::new()
            .text(KEY.hash, format!("part#{source}"))
            .text("WindowGroup", format!("{start}#{group}#{shard_id}#{part}"))
    }

    /// Key of the total row of a group.
    pub fn total_key(&self, group: &str) -> Item<'static> {
        let Self { source, start, .. } = self;
        Item::new()
            .text(KEY.hash, format!("total#{source}"))
            .text("WindowGroup", format!("{start}#{group}"))
    }

    /// The part's row, which must not be there, and the total row with the part added to `total`, which must still be
    /// what it was: together they happen once.
    pub fn puts<'a>(
        &self,
        group: &'a str,
        aggregate: &Aggregate,
        total: Option<Total>,
        expires_at: Option<i64>,
    ) -> [ConditionalPut<'a>; 2] {
        let part = self.part_key(group);
        let part = self.describe(part, group, aggregate, expires_at);
        let part = part
            .text("Shard", self.shard_id.to_owned())
            .text("Part", self.part.to_owned());
        let (total, condition) = match total {
            None => (
                Total {
                    aggregate: aggregate.clone(),
                    parts: 1,
                },
                Condition::Absent(KEY.hash),
            ),
            Some(Total {
                aggregate: mut sum,
                parts,
            }) => {
                sum.merge(aggregate);
                let condition = Condition::Equals("Parts", parts.into());
                (
                    Total {
                        aggregate: sum,
                        parts: parts + 1,
                    },
                    condition,
                )
            }
        };
        let row = self.describe(self.total_key(group), group, &total.aggregate, expires_at);
        [
            ConditionalPut {
                item: part,
                condition: Condition::Absent(KEY.hash),
            },
            ConditionalPut {
                item: row.number("Parts", total.parts.into()),
                condition,
            },
        ]
    }

    fn describe<'a>(
        &self,
        item: Item<'a>,
        group: &'a str,
        aggregate: &Aggregate,
        expires_at: Option<i64>,
    ) -> Item<'a> {
        let item = item
            .text("Source", self.source.to_owned())
            .text("WindowStart", self.start.to_string())
            .text("WindowEnd", self.end.to_string())
            .text("Group", group)
            .number(
                "Count",
                Number::from(i64::try_from(aggregate.count).unwrap_or(i64::MAX)),
            );
        let item = amount(item, ("Sum", "SumText"), &aggregate.sum);
        let item = amount(item, ("Min", "MinText"), &aggregate.min);
        let item = amount(item, ("Max", "MaxText"), &aggregate.max)
            .text("FirstArrival", aggregate.first.to_string())
            .text("LastArrival", aggregate.last.to_string());
        match expires_at {
            Some(seconds) => item.number("ExpiresAt", seconds.into()),
            None => item,
        }
    }
}

/// As a number; as text under another name where DynamoDB's 38 digits do not suffice.
fn amount<'a>(
    item: Item<'a>,
    (number, text): (&'static str, &'static str),
    amount: &Amount,
) -> Item<'a> {
    match amount.to_number() {
        Some(exact) => item.number(number, exact),
        None => item.text(text, amount.to_string()),
    }
}

impl Total {
    /// Reads a total row.
    pub fn read(row: &Row) -> Result<Self, UnreadableRow> {
        Ok(Self {
            aggregate: aggregate(row)?,
            parts: count(row, "Parts")?,
        })
    }
}

fn unreadable(row: &Row, attribute: &'static str) -> UnreadableRow {
    let name = row.text("WindowGroup").unwrap_or_default();
    UnreadableRow(name.to_owned(), attribute)
}

fn count(row: &Row, name: &'static str) -> Result<i64, UnreadableRow> {
    row.number(name)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| unreadable(row, name))
}

/// What a total row or a part row says of its sales.
pub fn aggregate(row: &Row) -> Result<Aggregate, UnreadableRow> {
    let time = |name: &'static str| {
        row.text(name)
            .and_then(Timestamp::from_rfc3339)
            .ok_or_else(|| unreadable(row, name))
    };
    let amount = |name: &'static str, text: &'static str| {
        let written = row.number(name).or(row.text(text));
        let amount = written.and_then(Amount::parse_exact);
        amount.ok_or_else(|| unreadable(row, name))
    };
    Ok(Aggregate {
        count: u64::try_from(count(row, "Count")?).map_err(|_| unreadable(row, "Count"))?,
        sum: amount("Sum", "SumText")?,
        min: amount("Min", "MinText")?,
        max: amount("Max", "MaxText")?,
        first: time("FirstArrival")?,
        last: time("LastArrival")?,
    })
}
