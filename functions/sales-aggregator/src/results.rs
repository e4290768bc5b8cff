//! Writing parts, each exactly once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use dynamo::backoff::Backoff;
use dynamo::transact::{MAX_KEYS, MAX_PUTS};
use dynamo::{CallError, Item, Row, Transactions};
use tokio::time::Instant;

use crate::aggregate::Aggregate;
use crate::rows::{self, KEY, PartName, Total, UnreadableRow};

/// Groups of one transaction: a row of the part and a total row each.
const GROUPS: usize = if MAX_PUTS < MAX_KEYS {
    MAX_PUTS / 2
} else {
    MAX_KEYS / 2
};

/// Writes parts and adds them to their totals.
#[derive(Debug)]
pub struct Results {
    transactions: Transactions,
    /// Seconds after a window's end at which its rows expire; 0 keeps them.
    retention: i64,
    random: Mutex<fastrand::Rng>,
}

/// Why a part could not be written (as a whole). Written again it adds nothing that is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultsError {
    /// A call failed until there was no time left, or for good.
    #[error("{0}")]
    Call(#[from] CallError),
    /// The table holds something else.
    #[error(transparent)]
    Unreadable(#[from] UnreadableRow),
}

impl Results {
    /// Results in the table of `transactions`; rows expire `retention` seconds after their window, 0 for never.
    pub fn new(transactions: Transactions, retention: i64) -> Self {
        Self {
            transactions,
            retention,
            random: Mutex::new(fastrand::Rng::new()),
        }
    }

    /// Writes all groups of a part, unless they are written already.
    pub async fn write(
        &self,
        name: PartName<'_>,
        groups: &BTreeMap<String, Aggregate>,
        deadline: Instant,
    ) -> Result<(), ResultsError> {
        let groups: Vec<(&str, &Aggregate)> = groups
            .iter()
            .map(|(group, aggregate)| (group.as_str(), aggregate))
            .collect();
        for chunk in groups.chunks(GROUPS) {
            self.write_chunk(name, chunk, deadline).await?;
        }
        Ok(())
    }

    /// Tries until all groups of the chunk are written: reads what is there, and puts what is not. Whatever came between
    /// (another shard, an answer that was lost), the next read tells.
    async fn write_chunk(
        &self,
        name: PartName<'_>,
        groups: &[(&str, &Aggregate)],
        deadline: Instant,
    ) -> Result<(), ResultsError> {
        let random = self
            .random
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fork();
        let mut backoff = Backoff::new(random);
        loop {
            match self.try_chunk(name, groups, deadline).await {
                Err(ResultsError::Call(CallError::Transient(detail))) => {
                    if !backoff.wait(deadline).await {
                        return Err(CallError::Transient(detail).into());
                    }
                }
                ended => return ended,
            }
        }
    }

    async fn try_chunk(
        &self,
        name: PartName<'_>,
        groups: &[(&str, &Aggregate)],
        deadline: Instant,
    ) -> Result<(), ResultsError> {
        let there = self.read(name, groups, deadline).await?;
        let expires_at = (self.retention > 0).then(|| name.end.as_seconds() + self.retention);
        let mut puts = Vec::with_capacity(2 * groups.len());
        for (group, aggregate) in groups {
            if let Some(part) = there.get(&id_of_key(&name.part_key(group))) {
                tell_if_other(part, aggregate);
                continue;
            }
            let total = there.get(&id_of_key(&name.total_key(group)));
            let total = total.map(Total::read).transpose()?;
            puts.extend(name.puts(group, aggregate, total, expires_at));
        }
        if puts.is_empty() {
            return Ok(());
        }
        Ok(self.transactions.put(&puts, deadline).await?)
    }

    /// The rows of the parts and of the totals that are there.
    async fn read(
        &self,
        name: PartName<'_>,
        groups: &[(&str, &Aggregate)],
        deadline: Instant,
    ) -> Result<HashMap<String, Row>, ResultsError> {
        let keys: Vec<Item<'_>> = groups
            .iter()
            .flat_map(|(group, _)| [name.part_key(group), name.total_key(group)])
            .collect();
        let rows = self.transactions.get(&keys, deadline).await?;
        let id = |row: &Row| {
            let series = row.text(KEY.hash)?;
            Some(format!("{series}\n{}", row.text("WindowGroup")?))
        };
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((id(&row)?, row)))
            .collect())
    }
}

/// A part that was written with other sales stays: how many of these are in it is not known. That is a loss, or sales
/// that count twice, and somebody has to hear of it. It needs an older checkpoint and a window that ended elsewhere.
fn tell_if_other(part: &Row, aggregate: &Aggregate) {
    let written = rows::aggregate(part);
    if written.as_ref() == Ok(aggregate) {
        return;
    }
    let count = written.map_or(0, |written| written.count);
    tracing::error!(
        row = part.text("WindowGroup"),
        written = count,
        now = aggregate.count,
        "a part is in the table with other sales: compare the window's total with its source"
    );
}

/// The values of a row's key in one text.
fn id_of_key(key: &Item<'_>) -> String {
    let value = |name| match key.get(name) {
        Some(dynamo::Value::Text(text)) => text.as_ref(),
        _ => "",
    };
    format!("{}\n{}", value(KEY.hash), value("WindowGroup"))
}
