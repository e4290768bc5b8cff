//! The lists, and what each action does to them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use records::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ListError;
use crate::bucket::Bucket;

/// The list that every account has.
const DEFAULT: &str = "Default";

/// "Each destination phone number can only be deleted once every 30 days" (API reference, `DeleteOptedOutNumber`).
const REMOVAL_PAUSE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What of the service can be set.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Calls a second of `PutOptedOutNumber`, and as many of `DeleteOptedOutNumber`. 10 in a new account.
    pub calls_per_second: u32,
    /// Calls a second of each other action. 1 in a new account.
    pub other_calls_per_second: u32,
    /// How long a number that was deleted cannot be deleted again.
    pub removal_pause: Duration,
}

impl Default for Options {
    /// As a new account has it.
    fn default() -> Self {
        Self {
            calls_per_second: 10,
            other_calls_per_second: 1,
            removal_pause: REMOVAL_PAUSE,
        }
    }
}

/// All opt-out lists of one account and region.
#[derive(Clone, Debug)]
pub struct OptOutLists {
    options: Options,
    lists: BTreeMap<String, List>,
    /// Numbers that can never be opted in through the API.
    refused: BTreeSet<String>,
    /// Numbers that no list takes.
    unlistable: BTreeSet<String>,
    buckets: BTreeMap<String, Bucket>,
    changes: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct List {
    /// Microseconds since 1970.
    pub(crate) created: i64,
    pub(crate) token: Option<String>,
    pub(crate) numbers: BTreeMap<String, OptedOut>,
    /// When each number was last deleted, in microseconds since 1970.
    pub(crate) removed: BTreeMap<String, i64>,
}

/// What of the lists is kept in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredLists {
    lists: BTreeMap<String, List>,
    refused: BTreeSet<String>,
}

/// A number on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptedOut {
    /// Since when, in microseconds since 1970.
    pub since: i64,
    /// Whether its owner asked for it by replying STOP.
    pub end_user: bool,
}

impl OptOutLists {
    /// An account with the list `Default` alone.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            lists: BTreeMap::from([(DEFAULT.to_owned(), List::default())]),
            refused: BTreeSet::new(),
            unlistable: BTreeSet::new(),
            buckets: BTreeMap::new(),
            changes: 0,
        }
    }

    /// Creates a list. The same name with the same token is the same list; without one it is a conflict.
    pub fn create(
        &mut self,
        name: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ListError> {
        if let Some(list) = self.lists.get(name) {
            return match token {
                Some(token) if list.token.as_deref() == Some(token) => Ok(()),
                _ => Err(ListError::Conflict {
                    reason: "RESOURCE_ALREADY_EXISTS",
                    message: "a list of this name exists",
                    resource_type: "opt-out-list",
                    resource_id: name.to_owned(),
                }),
            };
        }
        let list = List {
            created: now.as_micros(),
            token: token.map(str::to_owned),
            ..List::default()
        };
        self.lists.insert(name.to_owned(), list);
        self.changes += 1;
        Ok(())
    }

    /// Puts a number on a list. One that is there stays as it is.
    pub fn put(&mut self, list: &str, number: &str, now: Timestamp) -> Result<OptedOut, ListError> {
        if self.unlistable.contains(number) {
            return Err(ListError::Validation {
                reason: "CANNOT_ADD_OPTED_OUT_NUMBER",
                field: "OptedOutNumber",
                expected: "a number that can be opted out",
            });
        }
        self.opt_out(list, number, false, now)
    }

    /// What a reply of STOP does: the number is on the list, by its owner's wish.
    pub fn end_user_opts_out(
        &mut self,
        list: &str,
        number: &str,
        now: Timestamp,
    ) -> Result<OptedOut, ListError> {
        self.opt_out(list, number, true, now)
    }

    /// Takes a number off a list, at most once in 30 days.
    pub fn delete(
        &mut self,
        list: &str,
        number: &str,
        now: Timestamp,
    ) -> Result<OptedOut, ListError> {
        let refused = self.refused.contains(number);
        let pause = self.options.removal_pause;
        let found = self.list_mut(list)?;
        let Some(entry) = found.numbers.get(number).copied() else {
            return Err(ListError::NotFound {
                resource_type: "opted-out-number",
                resource_id: number.to_owned(),
            });
        };
        if refused {
            return Err(ListError::Validation {
                reason: "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
                field: "OptedOutNumber",
                expected: "a number that can be opted in",
            });
        }
        let before = found
            .removed
            .get(number)
            .copied()
            .map(Timestamp::from_micros);
        if before.is_some_and(|before| now.saturating_since(before) < pause) {
            return Err(ListError::Conflict {
                reason: "RESOURCE_DELETION_NOT_ALLOWED",
                message: "the number was deleted less than 30 days ago",
                resource_type: "opted-out-number",
                resource_id: number.to_owned(),
            });
        }
        found.numbers.remove(number);
        found.removed.insert(number.to_owned(), now.as_micros());
        self.changes += 1;
        Ok(entry)
    }

    /// From now on the number cannot be opted in through the API.
    pub fn refuse_opt_in(&mut self, number: impl Into<String>) {
        self.refused.insert(number.into());
        self.changes += 1;
    }

    /// From now on, until it is started again, the number cannot be opted out through the API.
    pub fn refuse_opt_out(&mut self, number: impl Into<String>) {
        self.unlistable.insert(number.into());
    }

    /// Deletes a list with its numbers.
    pub fn delete_list(&mut self, list: &str) -> Result<(), ListError> {
        let name = self.name(list)?.to_owned();
        self.lists.remove(&name);
        self.changes += 1;
        Ok(())
    }

    /// The numbers on a list, in their order; `None` when there is no such list.
    pub fn numbers(&self, list: &str) -> Option<&BTreeMap<String, OptedOut>> {
        let name = self.name(list).ok()?;
        self.lists.get(name).map(|list| &list.numbers)
    }

    /// How many changes there were: what has the same number of changes is the same.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The name of a list that is given by name or ARN.
    pub(crate) fn name<'a>(&self, list: &'a str) -> Result<&'a str, ListError> {
        let name = list.rsplit_once(":opt-out-list/");
        let name = name.map_or(list, |(_, name)| name);
        if self.lists.contains_key(name) && (name == list || arn(name) == list) {
            return Ok(name);
        }
        Err(ListError::NotFound {
            resource_type: "opt-out-list",
            resource_id: list.to_owned(),
        })
    }

    pub(crate) fn lists(&self) -> &BTreeMap<String, List> {
        &self.lists
    }

    pub(crate) fn to_stored(&self) -> StoredLists {
        StoredLists {
            lists: self.lists.clone(),
            refused: self.refused.clone(),
        }
    }

    pub(crate) fn take_up(&mut self, stored: StoredLists) {
        self.lists = stored.lists;
        self.refused = stored.refused;
    }

    /// Whether the quota of this action has room for a call now.
    pub(crate) fn admit(&mut self, action: &str, now: Timestamp) -> Result<(), ListError> {
        let rate = match action {
            "PutOptedOutNumber" | "DeleteOptedOutNumber" => self.options.calls_per_second,
            _ => self.options.other_calls_per_second,
        };
        let bucket = self.buckets.entry(action.to_owned());
        if bucket.or_insert_with(|| Bucket::new(rate)).take(now) {
            Ok(())
        } else {
            Err(ListError::Throttling)
        }
    }

    fn opt_out(
        &mut self,
        list: &str,
        number: &str,
        end_user: bool,
        now: Timestamp,
    ) -> Result<OptedOut, ListError> {
        let list = self.list_mut(list)?;
        let entry = list.numbers.entry(number.to_owned()).or_insert(OptedOut {
            since: now.as_micros(),
            end_user,
        });
        entry.end_user |= end_user;
        let entry = *entry;
        self.changes += 1;
        Ok(entry)
    }

    fn list_mut(&mut self, list: &str) -> Result<&mut List, ListError> {
        let name = self.name(list)?;
        self.lists.get_mut(name).ok_or(ListError::Internal)
    }
}

/// The ARN of a list, in the account that local emulators use.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sms-voice:us-east-1:000000000000:opt-out-list/{name}")
}
