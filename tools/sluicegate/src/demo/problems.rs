//! What a demo finds the matter with.

/// How many examples of what is lost or wrong are shown.
pub(super) const EXAMPLES: usize = 10;

/// Records or rows with which something is the matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// How many.
    pub records: u64,
    /// What is the matter, a line for each row or record.
    pub descriptions: Vec<String>,
}

impl Problems {
    pub(super) fn add(&mut self, records: u64, description: String) {
        self.records += records;
        self.descriptions.push(description);
    }

    pub(super) fn append(&mut self, other: Self) {
        self.records += other.records;
        self.descriptions.extend(other.descriptions);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.descriptions.is_empty()
    }

    /// The first of them, each with `what` they are, and how many more there are.
    pub(super) fn examples(&self, what: &str) -> impl Iterator<Item = String> {
        let all = &self.descriptions;
        let shown = all.iter().take(EXAMPLES);
        let rest = all.len().saturating_sub(EXAMPLES);
        shown
            .map(move |one| format!("{what}: {one}"))
            .chain((rest > 0).then(|| format!("{what}: {rest} more")))
    }
}
