//! Compares table, audience, opt-out list and quarantine with what must be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ledger::{Ledger, Place};
use super::rows::{NUMBER, TOMBSTONE, place, said_row, show_place, text, user_row};
use crate::demo::findings::{Findings, differences, show};
use crate::demo::poisoned::judge_quarantine;
use crate::demo::read_back::{Attribute, QuarantineLine, StoredRow};
use crate::produce::consent::Said;

/// Why a number is still on the list although its owner has said yes: it has left the list within 30 days.
const TOO_SOON: &str = "opted-in-within-30-days";
/// All that was found in the stack.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The rows of the table.
    pub rows: Vec<StoredRow>,
    /// What `sluicegate audience` says of each country.
    pub audience: BTreeMap<String, BTreeSet<String>>,
    /// The numbers on the opt-out list.
    pub listed: BTreeSet<String>,
    /// Those of them that the list does not let go yet.
    pub kept: BTreeSet<String>,
    /// The quarantine.
    pub quarantine: Vec<QuarantineLine>,
}

/// What became of the records, judged by table, list and quarantine alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Records that have decided about a row that is as it must be.
    pub applied: u64,
    /// Rows of users that are right in every attribute.
    pub rows: u64,
    /// Numbers whose row is right and that are on the list or not, as they must be.
    pub numbers: u64,
    /// Those of them that are on the list: opted out.
    pub opted_out: u64,
    /// Those of them that are still on the list although they are opted in, and say why.
    pub pending: u64,
    /// Numbers that may be written to, by country.
    pub audience: BTreeMap<String, u64>,
    /// Poison that is in quarantine for the right reason, by reason.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// What is lost or wrong.
    pub findings: Findings,
}

impl Verdict {
    /// Compares what was found with the ledger.
    pub fn new(ledger: &Ledger, found: &Found) -> Self {
        let mut verdict = Self::default();
        let mut live = verdict.sort(&found.rows, ledger);
        let model = &ledger.model;
        for (key, said) in &model.rows {
            let expected = user_row(key, said, model.is_audience(key));
            let place = Place::User(key.clone());
            let row = live.remove(&place);
            let versions = ["version", "numberVersion"];
            let is_right = verdict.judge(ledger, &place, row, &expected, &versions);
            verdict.rows += u64::from(is_right);
        }
        for (phone, said) in &model.numbers {
            let place = Place::Number(phone.clone());
            let row = live.remove(&place);
            verdict.judge_number(ledger, phone, said, row, found);
        }
        let foreign: BTreeMap<Place, StoredRow> = live.into_iter().collect();
        for (place, row) in foreign {
            let last = ledger.last(&place);
            let shown = show_place(&place);
            verdict.findings.is_wrong(
                last,
                match last {
                    Some(_) => format!("{shown} must be gone, and is {}", show(&row)),
                    None => format!("a row that nobody put: {}", show(&row)),
                },
            );
        }
        for phone in &found.listed {
            if !model.numbers.contains_key(phone) {
                let description =
                    format!("{phone} is on the opt-out list, and nobody put it there");
                verdict.findings.is_wrong(None, description);
            }
        }
        verdict.judge_audience(ledger, &found.audience);
        verdict.applied = ledger.decisive().saturating_sub(verdict.findings.bad());
        let quarantine = judge_quarantine(ledger.poison(), &found.quarantine);
        verdict.quarantined = quarantine.quarantined;
        verdict.findings.lost.append(quarantine.lost);
        verdict.findings.wrong.append(quarantine.wrong);
        verdict
    }

    /// Whether everything is as it must be.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// The live rows by what they are of. Of a row that is gone nothing may be left but its key.
    fn sort(&mut self, rows: &[StoredRow], ledger: &Ledger) -> HashMap<Place, StoredRow> {
        let mut live = HashMap::new();
        for row in rows {
            let place = match place(row) {
                Ok(Some(place)) => place,
                Ok(None) => continue,
                Err(description) => {
                    self.findings.is_wrong(None, description);
                    continue;
                }
            };
            if !row.contains_key("deleted") {
                live.insert(place, row.clone());
            } else if !row.keys().all(|name| TOMBSTONE.contains(&name.as_str())) {
                let description = format!(
                    "{} is gone, and its row is {}",
                    show_place(&place),
                    show(row)
                );
                self.findings.is_wrong(ledger.last(&place), description);
            }
        }
        live
    }

    /// Compares a row with what must be in it, apart from what only has to be there.
    fn judge(
        &mut self,
        ledger: &Ledger,
        place: &Place,
        row: Option<StoredRow>,
        expected: &StoredRow,
        versions: &[&str],
    ) -> bool {
        let last = ledger.last(place);
        let shown = show_place(place);
        let Some(mut row) = row else {
            self.findings.is_lost(last, format!("{shown} is missing"));
            return false;
        };
        for version in versions {
            if !matches!(row.remove(*version), Some(Attribute::Text(_))) {
                self.findings
                    .is_wrong(last, format!("{shown} has no {version}"));
                return false;
            }
        }
        if row != *expected {
            let differs = differences(&row, expected);
            self.findings
                .is_wrong(last, format!("{shown} has {differs}"));
        }
        row == *expected
    }

    fn judge_number(
        &mut self,
        ledger: &Ledger,
        phone: &str,
        said: &Said,
        row: Option<StoredRow>,
        found: &Found,
    ) {
        let is_listed = found.listed.contains(phone);
        // Only a number that has just left the list may stay there against its owner's wish.
        let is_kept = said.is_in && is_listed && found.kept.contains(phone);
        let mut expected = said_row(said);
        expected.insert("phone".to_owned(), text(phone));
        expected.insert("entity".to_owned(), text(NUMBER));
        expected.insert(
            "channel".to_owned(),
            text(if is_kept { "PENDING" } else { "IN_STEP" }),
        );
        if is_kept {
            expected.insert("channelReason".to_owned(), text(TOO_SOON));
            expected.insert("pending".to_owned(), text("sms"));
        }
        let mut row = row;
        let at = row.as_mut().and_then(|row| row.remove("channelAt"));
        let place = Place::Number(phone.to_owned());
        let last = ledger.last(&place);
        let shown = show_place(&place);
        let is_there = row.is_some();
        if !self.judge(ledger, &place, row, &expected, &["version"]) {
            return;
        }
        if is_there && !matches!(at, Some(Attribute::Number(_))) {
            self.findings
                .is_wrong(last, format!("{shown} has no channelAt"));
        } else if said.is_in == is_listed && !is_kept {
            self.findings.is_wrong(
                last,
                if is_listed {
                    format!("{shown} is opted in, and on the opt-out list")
                } else {
                    format!("{shown} is opted out, and not on the opt-out list")
                },
            );
        } else {
            self.numbers += 1;
            self.opted_out += u64::from(!said.is_in);
            self.pending += u64::from(is_kept);
        }
    }

    fn judge_audience(&mut self, ledger: &Ledger, found: &BTreeMap<String, BTreeSet<String>>) {
        let expected = ledger.model.audience();
        let none = BTreeSet::new();
        for (country, numbers) in &expected {
            let found = found.get(*country).unwrap_or(&none);
            for phone in numbers.iter().filter(|phone| !found.contains(**phone)) {
                let last = ledger.last(&Place::Number((*phone).to_owned()));
                let description = format!("{phone} is not in the audience of {country}");
                self.findings.is_lost(last, description);
            }
        }
        for (country, numbers) in found {
            let expected = expected.get(country.as_str());
            let is_expected = |phone: &str| expected.is_some_and(|all| all.contains(phone));
            for phone in numbers.iter().filter(|phone| !is_expected(phone)) {
                let last = ledger.last(&Place::Number(phone.clone()));
                let description = format!("{phone} must not be in the audience of {country}");
                self.findings.is_wrong(last, description);
            }
            self.audience.insert(country.clone(), numbers.len() as u64);
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
