//! What a transaction does to rows.

/// A row that is changed, by one statement of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<R> {
    /// The row before, unless it is inserted.
    pub before: Option<R>,
    /// The row after, unless it is deleted.
    pub after: Option<R>,
    /// Grows within a transaction; rows of one statement have the same.
    pub statement: u32,
    /// Changes of the same order must not overtake each other where the log does not tell which is later.
    pub order: u64,
}

/// The changes of a transaction while it is made.
#[derive(Debug)]
pub struct Transaction<R> {
    /// What there is so far.
    pub changes: Vec<Change<R>>,
    statement: u32,
    /// What the next changes must not be overtaken by, see [`Change::order`].
    pub order: u64,
}

impl<R> Default for Transaction<R> {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            statement: 0,
            order: 0,
        }
    }
}

impl<R: Clone + PartialEq> Transaction<R> {
    /// Changes a row, or does nothing if it stays as it is.
    pub fn push(&mut self, before: Option<R>, after: Option<R>) {
        // An update that changes nothing is not in MySQL's log.
        if before != after {
            self.changes.push(Change {
                before,
                after,
                statement: self.statement,
                order: self.order,
            });
        }
    }

    /// Updates a row in place.
    pub fn update(&mut self, row: &mut R, change: impl FnOnce(&mut R)) {
        let before = row.clone();
        change(row);
        self.push(Some(before), Some(row.clone()));
    }

    /// Begins another statement.
    pub fn next_statement(&mut self) {
        self.statement += 1;
    }
}
