//! What the table and the channel must hold once everything is processed.

use std::collections::{BTreeMap, BTreeSet};

use super::poison::Poison;
use super::row::{ConsentKey, Said};
use super::{ConsentChange, Expected};
use crate::produce::dms::Tally;

/// The database, and what else there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The rows of the database.
    pub rows: BTreeMap<ConsentKey, Said>,
    /// What was said last of each number, by whomever. A row that is deleted says nothing.
    pub numbers: BTreeMap<String, Said>,
    /// How many records there are of each kind.
    pub tally: Tally<Poison>,
}

impl Model {
    /// Takes the next record of the stream in.
    pub fn add(&mut self, expected: &Expected) {
        if let Some(change) = self.tally.add(expected) {
            self.apply(change);
        }
    }

    fn apply(&mut self, change: &ConsentChange) {
        if let Some(key) = &change.removed {
            self.rows.remove(key);
        }
        if let Some((key, said)) = &change.put {
            self.rows.insert(key.clone(), said.clone());
            self.numbers.insert(key.phone.clone(), said.clone());
        }
    }

    /// Whether the user may be written to: the row says yes, and nobody has said no of the number since.
    pub fn is_audience(&self, key: &ConsentKey) -> bool {
        let says_yes = |said: Option<&Said>| said.is_some_and(|said| said.is_in);
        says_yes(self.rows.get(key)) && says_yes(self.numbers.get(&key.phone))
    }

    /// The numbers that may be written to, by country.
    pub fn audience(&self) -> BTreeMap<&'static str, BTreeSet<&str>> {
        let mut countries: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (key, said) in &self.rows {
            if self.is_audience(key) {
                let numbers = countries.entry(said.country).or_default();
                numbers.insert(&key.phone);
            }
        }
        countries
    }

    /// The numbers that must be on the opt-out list.
    pub fn opted_out(&self) -> impl Iterator<Item = &str> {
        let numbers = self.numbers.iter();
        numbers.filter_map(|(phone, said)| (!said.is_in).then_some(&**phone))
    }
}

impl<'a> FromIterator<&'a Expected> for Model {
    fn from_iter<T: IntoIterator<Item = &'a Expected>>(records: T) -> Self {
        let mut model = Self::default();
        for expected in records {
            model.add(expected);
        }
        model
    }
}
