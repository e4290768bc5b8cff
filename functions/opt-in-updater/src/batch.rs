//! The changes of a batch: what is written of them, and what becomes of the records that they came with.

use pipeline::{Outcome, Poison, Stage};
use records::UserRecord;

use crate::rows::Status;
use crate::source::{Answer, SourceChange, SourceReader};

/// The records of a batch, read.
#[derive(Debug)]
pub struct Batch<'a> {
    records: Vec<Reading>,
    changes: Vec<SourceChange<'a>>,
    numbers: Vec<Number>,
}

/// A record: its changes stand at `first` and behind, and what of it can never be applied.
#[derive(Debug)]
struct Reading {
    first: usize,
    count: usize,
    poison: Option<Poison>,
}

/// What a batch has of one number: places of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Number {
    /// The newest change of each of its users.
    pub users: Vec<usize>,
    /// The newest change that says something about the number. Not of the newest ones of its users only: a user who
    /// says yes and then goes has said yes.
    pub says: Option<usize>,
}

/// What became of a change, or of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the table.
    Written,
    /// The table had it, or a later one.
    Superseded,
    /// A later change of the batch was taken for it.
    Collapsed,
    /// It can never be written: a short fixed name of the reason.
    Rejected(&'static str),
    /// It is not known to be done.
    Unfinished(String),
}

/// What became of the numbers and of the changes of a batch.
#[derive(Clone, Debug)]
pub struct Fates {
    /// Of the rows of numbers, and of all that follows from them but the channel; by the place of the number.
    pub numbers: Vec<Fate>,
    /// Why the channel does not know of a number; by the place of the number.
    pub channel: Vec<Option<String>>,
    /// Of the users' rows; by the place of the change.
    pub changes: Vec<Fate>,
}

impl<'a> Batch<'a> {
    /// Reads records.
    pub fn read(reader: &SourceReader, records: &[UserRecord<'a>]) -> Self {
        let mut readings = Vec::with_capacity(records.len());
        let mut changes = Vec::with_capacity(records.len());
        for record in records {
            let read = reader.read(record);
            readings.push(Reading {
                first: changes.len(),
                count: read.changes.len(),
                poison: read.error.map(Poison::from),
            });
            changes.extend(read.changes);
        }
        let numbers = numbers(&changes);
        Self {
            records: readings,
            changes,
            numbers,
        }
    }

    /// The changes, in the order of their records.
    pub fn changes(&self) -> &[SourceChange<'a>] {
        &self.changes
    }

    /// What there is of each number.
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// How many changes say neither yes nor no.
    pub fn unclear(&self) -> usize {
        let answers = self
            .changes
            .iter()
            .filter_map(|change| change.consent.as_ref());
        answers
            .filter(|consent| consent.answer == Answer::Unclear)
            .count()
    }

    /// What became of the records.
    pub fn into_outcomes(self, fates: &Fates) -> Vec<Outcome> {
        let mut of_changes = vec![Outcome::Collapsed; self.changes.len()];
        for (place, number) in self.numbers.iter().enumerate() {
            let fate = &fates.numbers[place];
            for &change in &number.users {
                of_changes[change] = outcome(match fate {
                    Fate::Rejected(_) | Fate::Unfinished(_) => fate,
                    _ => &fates.changes[change],
                });
            }
            let Some(says) = number.says else { continue };
            of_changes[says] = match (fate, &fates.channel[place], &of_changes[says]) {
                (Fate::Rejected(_) | Fate::Unfinished(_), ..) => outcome(fate),
                (_, Some(detail), _) => Outcome::Retry(detail.clone()),
                // Somebody has a newer row of the user, but not of the number.
                (Fate::Written, None, Outcome::Skipped) => Outcome::Applied,
                (.., there) => there.clone(),
            };
        }
        let record = |reading: Reading| {
            let changes = of_changes.iter().skip(reading.first).take(reading.count);
            let poison = reading.poison.map(Outcome::Poison);
            let all = changes.cloned().chain(poison);
            all.max_by_key(weight).unwrap_or(Outcome::Skipped)
        };
        self.records.into_iter().map(record).collect()
    }
}

/// The numbers of changes, sorted.
fn numbers(changes: &[SourceChange<'_>]) -> Vec<Number> {
    let mut sorted: Vec<usize> = (0..changes.len()).collect();
    sorted.sort_unstable_by(|&left, &right| {
        let (a, b) = (&changes[left], &changes[right]);
        let by_key = a.key.cmp(&b.key);
        // Of two with the same version, which is the same change come twice, the later one stands for both.
        by_key.then_with(|| (b.version, right).cmp(&(a.version, left)))
    });
    let by_number =
        |left: &usize, right: &usize| changes[*left].key.phone == changes[*right].key.phone;
    let number = |places: &[usize]| {
        let by_user = |left: &usize, right: &usize| changes[*left].key == changes[*right].key;
        let newest = places.chunk_by(by_user).filter_map(|chain| chain.first());
        let saying = places.iter().filter_map(|place| {
            let consent = changes[*place].consent.as_ref()?;
            let is_no = Status::from(consent.answer) == Status::OptedOut;
            // Two changes of a number may have one version, such as those of two users by one statement.
            Some((changes[*place].version, is_no, *place))
        });
        Number {
            users: newest.copied().collect(),
            says: saying.max().map(|(.., place)| place),
        }
    };
    sorted.chunk_by(by_number).map(number).collect()
}

fn outcome(fate: &Fate) -> Outcome {
    match fate {
        Fate::Written => Outcome::Applied,
        Fate::Superseded => Outcome::Skipped,
        Fate::Collapsed => Outcome::Collapsed,
        Fate::Unfinished(detail) => Outcome::Retry(detail.clone()),
        Fate::Rejected(reason) => Outcome::Poison(Poison {
            stage: Stage::Write,
            reason,
            detail: "DynamoDB does not take the row".into(),
        }),
    }
}

/// Of the outcomes of a record's parts the one that counts weighs more.
fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Collapsed => 0,
        Outcome::Skipped => 1,
        Outcome::Applied => 2,
        Outcome::Poison(_) => 3,
        Outcome::Retry(_) => 4,
    }
}

#[cfg(test)]
mod tests;
