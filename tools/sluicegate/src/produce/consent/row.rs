//! Rows of `optin_status`.

use fastrand::Rng;
use records::Timestamp;

use super::phone::Phone;
use crate::produce::dms::{self, Numbers, Settings, TableName, Value};

/// Database and table.
pub(super) const TABLE: TableName<'static> = ("blog_db", "optin_status");
/// The columns, those of the primary key first.
pub(super) const COLUMNS: [&str; 4] = ["userid", "phone", "optin", "lastupdate"];
/// How many columns the primary key has.
pub(super) const KEY_COLUMNS: usize = 2;

/// Spellings of a yes and of a no that columns of some type have.
const YES: [&str; 8] = [
    "1",
    "true",
    r#""1""#,
    r#""t""#,
    r#""Y""#,
    r#"" Yes ""#,
    r#""TRUE""#,
    r#""0x01""#,
];
const NO: [&str; 8] = [
    "0",
    "false",
    r#""0""#,
    r#""f""#,
    r#""N""#,
    r#""no""#,
    r#""False""#,
    r#""0x00""#,
];
/// What is neither, and so a no.
const UNCLEAR: [&str; 6] = ["2", "-1", r#""maybe""#, r#""0x02""#, "{}", r#""yes, no""#];

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    values: [Value; COLUMNS.len()],
    user: u64,
    phone: Phone,
    is_in: bool,
}

/// What tells rows apart once their numbers are read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConsentKey {
    /// The number in E.164.
    pub phone: String,
    /// The user's id.
    pub user: String,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Country of the number.
    pub country: &'static str,
    /// Whether it is an unambiguous yes.
    pub is_in: bool,
    /// `lastupdate` as it is told.
    pub source_time: Option<String>,
}

/// What a user answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Nothing, or something that nobody understands.
    Unclear,
}

impl Row {
    pub(super) fn new(rng: &mut Rng, user: u64, phone: Phone) -> Self {
        let spelled = Value::Text(phone.spelled(rng));
        Self {
            values: [Value::Whole(user), spelled, Value::Null, Value::Null],
            user,
            phone,
            is_in: false,
        }
    }

    pub(super) fn is_in(&self) -> bool {
        self.is_in
    }

    /// The user has answered; `now` is in microseconds since 1970.
    pub(super) fn answer(&mut self, rng: &mut Rng, numbers: Numbers, answer: Answer, now: i64) {
        self.is_in = answer == Answer::Yes;
        let words = match answer {
            Answer::Yes => &YES[..],
            Answer::No => &NO[..],
            Answer::Unclear => &UNCLEAR[..],
        };
        // A column of one type has one spelling.
        let word = match numbers {
            Numbers::Mixed => rng.choice(words),
            Numbers::Number => words.first(),
            Numbers::String => words.get(2),
        };
        self.values[2] = match word {
            Some(word) if answer != Answer::Unclear || rng.bool() => Value::Written(word),
            _ => Value::Null,
        };
        self.values[3] = if rng.u8(0..16) == 0 {
            Value::Null
        } else {
            let seconds = now - now.rem_euclid(1_000_000);
            let time = Timestamp::from_micros(seconds).to_string();
            Value::Text(time.replace('T', " ").trim_end_matches('Z').to_owned())
        };
    }

    /// The row gets another number, or another spelling of its own.
    pub(super) fn set_phone(&mut self, rng: &mut Rng, phone: Phone) {
        self.values[1] = Value::Text(phone.spelled(rng));
        self.phone = phone;
    }

    pub(super) fn phone(&self) -> &Phone {
        &self.phone
    }

    pub(super) fn user(&self) -> u64 {
        self.user
    }

    pub(super) fn set_user(&mut self, user: u64) {
        self.values[0] = Value::Whole(user);
        self.user = user;
    }
}

impl dms::Row for Row {
    type Key = ConsentKey;
    type Attributes = Said;

    fn table(&self) -> TableName<'static> {
        TABLE
    }

    fn names(&self) -> &'static [&'static str] {
        &COLUMNS
    }

    fn values(&self) -> &[Value] {
        &self.values
    }

    fn key_columns(&self) -> usize {
        KEY_COLUMNS
    }

    fn key(&self) -> ConsentKey {
        ConsentKey {
            phone: self.phone.e164.clone(),
            user: self.user.to_string(),
        }
    }

    fn attributes(&self, _: &Settings) -> Said {
        let source_time = match &self.values[3] {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        Said {
            country: self.phone.country,
            is_in: self.is_in,
            source_time,
        }
    }
}
