//! The bodies of the requests, checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ListError;

/// Most results of a page, and what a page has unless the request wants less.
const PAGE: usize = 100;

/// Most names or numbers that one request may ask for.
const NAMED: usize = 5;

/// What is listed, and the token of the next page if there is one.
type Page<'a, T> = (Vec<(&'a String, T)>, Option<String>);

/// Any request of the API: every action reads the members it knows.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Request {
    opt_out_list_name: Option<String>,
    opted_out_number: Option<String>,
    opted_out_numbers: Option<Vec<String>>,
    opt_out_list_names: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<i64>,
    pub(crate) client_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    name: String,
    values: Vec<String>,
}

impl Request {
    pub(crate) fn read(body: &[u8]) -> Result<Self, ListError> {
        serde_json::from_slice(body).map_err(|_| ListError::Validation {
            reason: "CANNOT_PARSE",
            field: "body",
            expected: "a JSON object with the members of the action",
        })
    }

    /// The list's name or ARN.
    pub(crate) fn list(&self) -> Result<&str, ListError> {
        let list = self.opt_out_list_name.as_deref();
        let list = list.ok_or(missing("OptOutListName"))?;
        check(named(list, 256, ":/"), "OptOutListName", "a name or an ARN")?;
        Ok(list)
    }

    /// The name of a new list.
    pub(crate) fn new_list(&self) -> Result<&str, ListError> {
        let name = self.opt_out_list_name.as_deref();
        let name = name.ok_or(missing("OptOutListName"))?;
        let expected = "1 to 64 letters, digits, _ or -";
        check(named(name, 64, ""), "OptOutListName", expected)?;
        Ok(name)
    }

    /// The number, with its plus sign.
    pub(crate) fn number(&self) -> Result<String, ListError> {
        let number = self.opted_out_number.as_deref();
        e164(number.ok_or(missing("OptedOutNumber"))?)
    }

    /// The numbers asked for; none means all.
    pub(crate) fn numbers(&self) -> Result<Vec<String>, ListError> {
        let numbers = self.opted_out_numbers.as_deref().unwrap_or_default();
        check(numbers.len() <= NAMED, "OptedOutNumbers", "at most 5")?;
        numbers.iter().map(|number| e164(number)).collect()
    }

    /// The lists asked for; none means all.
    pub(crate) fn lists(&self) -> Result<&[String], ListError> {
        let names = self.opt_out_list_names.as_deref().unwrap_or_default();
        check(names.len() <= NAMED, "OptOutListNames", "at most 5")?;
        Ok(names)
    }

    /// The one filter there is: `end-user-opted-out`.
    pub(crate) fn end_user(&self) -> Result<Option<bool>, ListError> {
        let mut wanted = None;
        for filter in self.filters.as_deref().unwrap_or_default() {
            wanted = match (filter.name.as_str(), filter.values.as_slice()) {
                ("end-user-opted-out", [value]) if value == "true" => Some(true),
                ("end-user-opted-out", [value]) if value == "false" => Some(false),
                _ => {
                    return Err(ListError::Validation {
                        reason: "INVALID_FILTER_VALUES",
                        field: "Filters",
                        expected: "end-user-opted-out with the value true or false",
                    });
                }
            };
        }
        Ok(wanted)
    }

    /// The page asked for of what is sorted by its key, and the token of the next one.
    pub(crate) fn page<'a, T>(
        &self,
        all: impl Iterator<Item = (&'a String, T)>,
    ) -> Result<Page<'a, T>, ListError> {
        let most = match self.max_results {
            None => PAGE,
            Some(most) => match usize::try_from(most) {
                Ok(most @ 1..=PAGE) => most,
                _ => return Err(invalid("MaxResults", "1 to 100")),
            },
        };
        let after = self.next_token.as_deref();
        if after.is_some_and(|after| after.is_empty() || after.len() > 1024) {
            return Err(ListError::Validation {
                reason: "INVALID_NEXT_TOKEN",
                field: "NextToken",
                expected: "the token of the page before",
            });
        }
        let all: BTreeMap<&String, T> = all.collect();
        let mut rest = all
            .into_iter()
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let page: Vec<(&String, T)> = rest.by_ref().take(most).collect();
        let last = page.last().map(|(key, _)| (*key).clone());
        Ok((page, rest.next().and(last)))
    }
}

/// `\+?[1-9][0-9]{1,18}`, with the plus sign.
fn e164(number: &str) -> Result<String, ListError> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let fits = (2..=19).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let expected = "a number in E.164: \\+?[1-9][0-9]{1,18}";
    check(fits, "OptedOutNumber", expected)?;
    Ok(format!("+{digits}"))
}

fn named(name: &str, most: usize, more: &str) -> bool {
    let allowed =
        |char: char| char.is_ascii_alphanumeric() || "_-".contains(char) || more.contains(char);
    (1..=most).contains(&name.len()) && name.chars().all(allowed)
}

fn check(fits: bool, field: &'static str, expected: &'static str) -> Result<(), ListError> {
    if fits {
        Ok(())
    } else {
        Err(invalid(field, expected))
    }
}

fn invalid(field: &'static str, expected: &'static str) -> ListError {
    ListError::Validation {
        reason: "INVALID_PARAMETER",
        field,
        expected,
    }
}

fn missing(field: &'static str) -> ListError {
    ListError::Validation {
        reason: "MISSING_PARAMETER",
        field,
        expected: "must be given",
    }
}
