//! What is different between the table and the list, and what comes first when it is put right. Pure.

use std::collections::HashMap;

use serde::Serialize;

/// Clocks may be that far apart, in seconds.
const SKEW: i64 = 300;

/// What was said last of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// No, or nothing clear.
    OptedOut,
    /// Yes.
    OptedIn,
}

/// What the table says of the number and the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// The list has been told.
    InStep,
    /// The list has not been told, or has refused.
    Pending,
    /// The list was not to be told.
    Off,
}

/// A number as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// In E.164.
    pub phone: String,
    /// What was said last.
    pub status: Status,
    /// Which change said it.
    pub version: String,
    /// Whether the list knows.
    pub channel: Channel,
    /// Why it does not.
    pub reason: Option<String>,
    /// Since when it is like that, in seconds since 1970.
    pub channel_at: Option<i64>,
}

/// A number on the list: whether its owner put it there by replying STOP.
pub type Listed = bool;

/// How a number differs. The order is that of repair: who has opted out comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// Opted out, and not on the list.
    NotListed,
    /// Opted out and on the list, but the table does not say so.
    NotMarkedOut,
    /// Opted in, and on the list by its owner's STOP. Nobody else takes that back.
    Stopped,
    /// Opted in, and on the list.
    StillListed,
    /// Opted in and not on the list, but the table does not say so.
    NotMarkedIn,
}

impl Difference {
    /// How a number differs from the list, if it does.
    pub fn of(number: &Number, listed: Option<Listed>) -> Option<Self> {
        let is_unmarked = number.channel == Channel::Pending;
        match (number.status, listed) {
            (Status::OptedOut, None) => Some(Self::NotListed),
            (Status::OptedOut, Some(_)) => is_unmarked.then_some(Self::NotMarkedOut),
            (Status::OptedIn, Some(true)) => Some(Self::Stopped),
            (Status::OptedIn, Some(false)) => Some(Self::StillListed),
            (Status::OptedIn, None) => is_unmarked.then_some(Self::NotMarkedIn),
        }
    }

    /// For people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::NotListed => "opted out, not on the list",
            Self::NotMarkedOut => "opted out and on the list, not marked so",
            Self::Stopped => "opted in, on the list by STOP",
            Self::StillListed => "opted in, still on the list",
            Self::NotMarkedIn => "opted in and off the list, not marked so",
        }
    }
}

impl Number {
    /// Whether the number may have changed since the list was begun to be read, at this time in seconds since 1970: what
    /// the list was then says nothing about it now.
    pub fn is_moving(&self, since: i64) -> bool {
        self.channel_at.is_none_or(|at| at >= since - SKEW)
    }
}

/// What a comparison has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Numbers of the table.
    pub numbers: u64,
    /// Numbers that differ, in the order of repair.
    pub different: Vec<(Difference, Number)>,
    /// Numbers that seem to differ and may have changed meanwhile: to be looked at once more.
    pub moving: Vec<Number>,
    /// Numbers of the list that the table does not have: of others who use the list, or of a STOP. They stay.
    pub unknown: u64,
}

/// Compares the numbers of the table with what the list held when it was read from `since` on.
#[derive(Debug)]
pub struct Comparing<'a> {
    listed: &'a HashMap<String, Listed>,
    since: i64,
    known: u64,
    comparison: Comparison,
}

impl<'a> Comparing<'a> {
    /// Begins to compare.
    pub fn new(listed: &'a HashMap<String, Listed>, since: i64) -> Self {
        Self {
            listed,
            since,
            known: 0,
            comparison: Comparison::default(),
        }
    }

    /// Takes the next number of the table in.
    pub fn add(&mut self, number: Number) {
        let listed = self.listed.get(&number.phone).copied();
        self.comparison.numbers += 1;
        self.known += u64::from(listed.is_some());
        match Difference::of(&number, listed) {
            Some(_) if number.is_moving(self.since) => self.comparison.moving.push(number),
            Some(difference) => self.comparison.different.push((difference, number)),
            None => {}
        }
    }

    /// What was found.
    pub fn done(self) -> Comparison {
        let mut comparison = self.comparison;
        comparison.unknown = (self.listed.len() as u64).saturating_sub(self.known);
        comparison.sort();
        comparison
    }
}

impl Comparison {
    /// Brings what differs into the order of repair.
    pub fn sort(&mut self) {
        let key = |(difference, number): &(Difference, Number)| (*difference, number.phone.clone());
        self.different.sort_by_key(key);
    }
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
