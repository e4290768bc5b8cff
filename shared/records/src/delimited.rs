//! Lines of delimited text to JSON text.
//!
//! ```
//! use records::delimited::Delimited;
//!
//! let csv: Delimited = "csv(sensor_id temperature:number note)".parse()?;
//! let mut text = Vec::new();
//! csv.read(b"s-1,81.40,\"a \"\"note\"\", quoted\"\r\n", &mut text)?;
//! assert_eq!(text, br#"{"sensor_id":"s-1","temperature":81.40,"note":"a \"note\", quoted"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::decimal::Decimal;
use crate::json::write::{push_string, quoted};

/// What a line's columns are called and how they are parted. Quotes are as in RFC 4180: around a whole column, two for
/// one inside.
///
/// Its text is a name for the separator, `csv` (a comma), `tsv` (a tab), `psv` (a bar) or `ssv` (a semicolon), and the
/// columns in brackets with spaces between them. A column is a string, or with `:number` a number, which is null where
/// nothing is written.
///
/// ```
/// let lines: records::delimited::Delimited = "tsv(sensor_id temperature:number)".parse()?;
/// let mut json = Vec::new();
/// lines.read(b"s-1\t81.40", &mut json)?;
/// assert_eq!(json, br#"{"sensor_id":"s-1","temperature":81.40}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimited {
    separator: u8,
    columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    /// `"name":`
    key: String,
    is_number: bool,
}

/// Why a line cannot be read. Always poison.
///
/// ```
/// let lines: records::delimited::Delimited = "csv(a b)".parse()?;
/// let error = lines.read(b"1,2,3", &mut Vec::new()).unwrap_err();
/// assert_eq!(error.to_string(), "the line has 3 columns, expected 2");
/// # Ok::<(), records::delimited::DelimitedFormatError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelimitedError {
    /// It is not text.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// There are other columns than are expected.
    #[error("the line has {found} columns, expected {expected}")]
    Columns {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A quote is not closed, or has something behind it.
    #[error("column {0} has a quote without an end")]
    Quote(usize),
    /// What is not a number.
    #[error("column {0} is not a number")]
    NotANumber(usize),
    /// There is more than one line.
    #[error("there is more than one line")]
    Lines,
}

impl DelimitedError {
    /// A short fixed name of the reason, for metrics and quarantine.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::Columns { .. } => "column-count",
            Self::Quote(_) => "open-quote",
            Self::NotANumber(_) => "not-a-number",
            Self::Lines => "several-lines",
        }
    }
}

/// The text is not a description of columns.
///
/// ```
/// assert!("csv()".parse::<records::delimited::Delimited>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "delimited text is described like csv(name other:number): csv, tsv, psv or ssv, at least one column, none twice"
)]
pub struct DelimitedFormatError;

const SEPARATORS: [(&str, u8); 4] = [("csv", b','), ("tsv", b'\t'), ("psv", b'|'), ("ssv", b';')];

impl Delimited {
    /// Appends the JSON object of a line, which may end with a line break. `out` is left as it was if that fails.
    pub fn read(&self, line: &[u8], out: &mut Vec<u8>) -> Result<(), DelimitedError> {
        let start = out.len();
        let read = std::str::from_utf8(line)
            .map_err(|_| DelimitedError::NotUtf8)
            .and_then(|line| self.read_text(line, out));
        if read.is_err() {
            out.truncate(start);
        }
        read
    }

    fn read_text(&self, line: &str, out: &mut Vec<u8>) -> Result<(), DelimitedError> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let mut rest = Some(line.strip_suffix('\r').unwrap_or(line));
        let mut found = 0;
        while let Some(text) = rest {
            let (value, behind) = self.split(text, found + 1)?;
            rest = behind;
            if let Some(column) = self.columns.get(found) {
                out.push(if found == 0 { b'{' } else { b',' });
                out.extend_from_slice(column.key.as_bytes());
                if column.is_number {
                    push_number(out, value.trim()).ok_or(DelimitedError::NotANumber(found + 1))?;
                } else {
                    push_string(out, &value);
                }
            }
            found += 1;
        }
        let expected = self.columns.len();
        if found != expected {
            return Err(DelimitedError::Columns { found, expected });
        }
        out.push(b'}');
        Ok(())
    }

    /// The first column, and what is behind it if there are more.
    fn split<'l>(
        &self,
        text: &'l str,
        number: usize,
    ) -> Result<(Cow<'l, str>, Option<&'l str>), DelimitedError> {
        let separator = char::from(self.separator);
        let Some(inside) = text.strip_prefix('"') else {
            let (value, rest) = match text.split_once(separator) {
                Some((value, rest)) => (value, Some(rest)),
                None => (text, None),
            };
            if value.contains(['\n', '\r']) {
                return Err(DelimitedError::Lines);
            }
            return Ok((Cow::Borrowed(value), rest));
        };
        let mut end = 0;
        let open = DelimitedError::Quote(number);
        loop {
            let rest = inside.get(end..).unwrap_or_default();
            end += rest.find('"').ok_or(open)?;
            let behind = inside.get(end + 1..).unwrap_or_default();
            if behind.starts_with('"') {
                end += 2;
                continue;
            }
            let rest = match behind.strip_prefix(separator) {
                None if behind.is_empty() => None,
                None => return Err(open),
                some => some,
            };
            let value = inside.get(..end).unwrap_or_default();
            let value = if value.contains('"') {
                Cow::Owned(value.replace("\"\"", "\""))
            } else {
                Cow::Borrowed(value)
            };
            return Ok((value, rest));
        }
    }
}

/// Appends a number in JSON's grammar, which knows neither a leading plus nor leading zeros.
fn push_number(out: &mut Vec<u8>, text: &str) -> Option<()> {
    if text.is_empty() {
        out.extend_from_slice(b"null");
        return Some(());
    }
    let number = Decimal::parse(text)?;
    if number.negative {
        out.push(b'-');
    }
    let unsigned = text.trim_start_matches(['-', '+']);
    let digits = number.integer.trim_start_matches('0');
    out.extend_from_slice(if digits.is_empty() { "0" } else { digits }.as_bytes());
    let behind = unsigned.get(number.integer.len()..).unwrap_or_default();
    out.extend_from_slice(behind.as_bytes());
    Some(())
}

impl FromStr for Delimited {
    type Err = DelimitedFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, columns) = text
            .strip_suffix(')')
            .and_then(|text| text.split_once('('))
            .ok_or(DelimitedFormatError)?;
        let separator = SEPARATORS.iter().find(|(known, _)| *known == name);
        let mut all: Vec<Column> = Vec::new();
        for column in columns.split_ascii_whitespace() {
            let (name, is_number) = match column.split_once(':') {
                Some((name, "number")) => (name, true),
                Some(_) => return Err(DelimitedFormatError),
                None => (column, false),
            };
            if name.is_empty() || all.iter().any(|other| other.name == name) {
                return Err(DelimitedFormatError);
            }
            all.push(Column {
                name: name.to_owned(),
                key: format!("{}:", quoted(name)),
                is_number,
            });
        }
        let (_, separator) = separator
            .filter(|_| !all.is_empty())
            .ok_or(DelimitedFormatError)?;
        Ok(Self {
            separator: *separator,
            columns: all,
        })
    }
}

impl fmt::Display for Delimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = SEPARATORS.iter().find(|(_, byte)| *byte == self.separator);
        f.write_str(separator.map_or("csv", |(name, _)| name))?;
        for (index, column) in self.columns.iter().enumerate() {
            f.write_str(if index == 0 { "(" } else { " " })?;
            f.write_str(&column.name)?;
            f.write_str(if column.is_number { ":number" } else { "" })?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests;
