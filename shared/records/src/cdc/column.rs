//! One column's value.

use std::any::type_name;
use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::{ColumnError, excerpt};
use super::integer::{self, NoInteger};
use crate::json::Value;
use crate::number::{Number, NumberError};
use crate::timestamp::Timestamp;

/// A column of a row: its name and its value, which stays text until it is asked for.
///
/// There is no list of the spellings that DMS uses for a type: a `BIGINT` comes as `17`, `1.0E+17` or `"17"`, depending
/// on the engine's version and on settings. The methods take every spelling of what they are asked for.
///
/// ```
/// use records::cdc::Row;
///
/// let row = Row::from_json(r#"{"key":1.7E+1,"price":"13.560","seen":"2023-01-16T06:18:32.915241000Z","raw":"0x0aFF"}"#)?;
/// assert_eq!(row.required("key")?.integer::<i32>()?, 17);
/// assert_eq!(row.required("key")?.key_text()?, "17");
/// assert_eq!(row.required("price")?.number()?.as_str(), "13.56");
/// assert_eq!(row.required("seen")?.time()?.to_string(), "2023-01-16T06:18:32.915241Z");
/// assert_eq!(row.required("raw")?.hex()?, [10, 255]);
/// let error = row.required("price")?.integer::<i32>().unwrap_err();
/// assert_eq!(error.to_string(), "the column `price` is another string, not a whole number");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Column<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Value<'a>,
}

/// A value as it is written.
///
/// ```
/// use records::cdc::{ColumnValue, Row};
///
/// let row = Row::from_json(r#"{"amount":300.00,"name":"Ada"}"#)?;
/// assert_eq!(row.required("amount")?.value()?, ColumnValue::Number("300.00"));
/// assert_eq!(row.required("name")?.value()?, ColumnValue::Text("Ada".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnValue<'a> {
    /// NULL, written out.
    Null,
    /// A truth value.
    Bool(bool),
    /// The text of a number, digit for digit.
    Number(&'a str),
    /// A string, borrowed from the payload unless it has escapes.
    Text(Cow<'a, str>),
    /// The JSON text of an object or array. Columns of type JSON are strings in DMS records, so that this is
    /// something that a mapping rule has added.
    Json(&'a str),
}

impl<'a> Column<'a> {
    pub(super) fn new(name: Cow<'a, str>, value: Value<'a>) -> Self {
        Self { name, value }
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value's JSON text.
    pub fn json(&self) -> &'a str {
        self.value.text()
    }

    /// Whether the value is NULL.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// The value as it is written. An error for strings whose escapes are no characters only.
    pub fn value(&self) -> Result<ColumnValue<'a>, ColumnError> {
        let text = self.value.text();
        Ok(match text.as_bytes().first() {
            Some(b'n') => ColumnValue::Null,
            Some(b't' | b'f') => ColumnValue::Bool(text == "true"),
            Some(b'"') => ColumnValue::Text(self.string("a string")?),
            Some(b'{' | b'[') => ColumnValue::Json(text),
            _ => ColumnValue::Number(text),
        })
    }

    /// The content of a string.
    pub fn text(&self) -> Result<Cow<'a, str>, ColumnError> {
        self.string("a string")
    }

    /// Text that is the same for every spelling of one key: a string's content, the canonical digits of a number
    /// (`46`, `46.0` and `4.6E1` are `46`), `true` or `false`.
    pub fn key_text(&self) -> Result<Cow<'a, str>, ColumnError> {
        const EXPECTED: &str = "a string or number";
        match self.value()? {
            ColumnValue::Text(text) => Ok(text),
            ColumnValue::Bool(truth) => Ok(Cow::Borrowed(if truth { "true" } else { "false" })),
            ColumnValue::Number(digits) => match Number::parse(digits) {
                Ok(number) => Ok(number.into_text()),
                Err(error) => Err(self.not_kept(error, EXPECTED)),
            },
            ColumnValue::Null | ColumnValue::Json(_) => Err(self.wrong_type(EXPECTED)),
        }
    }

    /// A whole number of any spelling: `17`, `17.0`, `1.7E+1`, `"17"`.
    ///
    /// DMS casts whole numbers to floats of 64 bits unless `UseLargeIntegerValue` is set: of those beyond 2^53 the last
    /// digits are lost before they get here.
    pub fn integer<T: TryFrom<i128>>(&self) -> Result<T, ColumnError> {
        const EXPECTED: &str = "a whole number";
        let digits = self.digits(EXPECTED)?;
        let integer = match integer::parse(&digits) {
            Ok(integer) => T::try_from(integer).ok(),
            Err(NoInteger::TooLarge) => None,
            Err(NoInteger::NotWhole) => return Err(self.wrong_type(EXPECTED)),
        };
        integer.ok_or_else(|| ColumnError::IntegerOutOfRange {
            column: excerpt(&self.name),
            expected: type_name::<T>(),
        })
    }

    /// An exact decimal number, as a number or in a string.
    pub fn number(&self) -> Result<Number<'a>, ColumnError> {
        const EXPECTED: &str = "a number";
        let number = match self.digits(EXPECTED)? {
            Cow::Borrowed(digits) => Number::parse(digits),
            Cow::Owned(digits) => Number::parse(&digits).map(Number::into_owned),
        };
        number.map_err(|error| self.not_kept(error, EXPECTED))
    }

    /// A truth value: `true`, `1` or `t`, `false`, `0` or `f`, in letters of any case, as itself, a number or a string.
    pub fn boolean(&self) -> Result<bool, ColumnError> {
        const EXPECTED: &str = "a truth value";
        let word = match self.value()? {
            ColumnValue::Bool(truth) => return Ok(truth),
            ColumnValue::Number(word) => Cow::Borrowed(word),
            ColumnValue::Text(word) => word,
            ColumnValue::Null | ColumnValue::Json(_) => return Err(self.wrong_type(EXPECTED)),
        };
        let is_any = |words: [&str; 3]| words.iter().any(|known| known.eq_ignore_ascii_case(&word));
        match (is_any(["1", "t", "true"]), is_any(["0", "f", "false"])) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(self.wrong_type(EXPECTED)),
        }
    }

    /// The bytes of a binary column of a DMS record: hex digits, behind `0x` unless `NoHexPrefix` is set.
    pub fn hex(&self) -> Result<Vec<u8>, ColumnError> {
        const EXPECTED: &str = "a string of hex digits";
        let text = self.string(EXPECTED)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text).as_bytes();
        let (pairs, odd) = digits.as_chunks();
        let byte = |[high, low]: &[u8; 2]| Some(nibble(*high)? << 4 | nibble(*low)?);
        let bytes = pairs.iter().map(byte).collect::<Option<_>>();
        bytes
            .filter(|_| odd.is_empty())
            .ok_or_else(|| self.wrong_type(EXPECTED))
    }

    /// The bytes of a binary column of a Debezium record, whose `binary.handling.mode` is `bytes` by default: base64.
    pub fn base64(&self) -> Result<Vec<u8>, ColumnError> {
        const EXPECTED: &str = "a string of base64";
        let text = self.string(EXPECTED)?;
        let bytes = STANDARD.decode(&*text);
        bytes.map_err(|_| self.wrong_type(EXPECTED))
    }

    /// A date, or a date and time: `2015-10-17`, `2023-01-16T06:18:32Z`, with up to nine digits of a fraction, of
    /// which six are kept. Without an offset it is taken as UTC, which is what DMS writes.
    ///
    /// Debezium writes numbers whose unit is known from the schema only: they are for [`Column::integer`].
    pub fn time(&self) -> Result<Timestamp, ColumnError> {
        const EXPECTED: &str = "a date and time";
        let text = self.string(EXPECTED)?;
        let time = Timestamp::from_rfc3339(&text).or_else(|| Timestamp::from_civil(&text));
        time.ok_or_else(|| self.wrong_type(EXPECTED))
    }

    fn string(&self, expected: &'static str) -> Result<Cow<'a, str>, ColumnError> {
        self.value.string().ok_or_else(|| self.wrong_type(expected))
    }

    /// The text of a number, or of a string that may be one.
    fn digits(&self, expected: &'static str) -> Result<Cow<'a, str>, ColumnError> {
        match self.value()? {
            ColumnValue::Number(digits) => Ok(Cow::Borrowed(digits)),
            ColumnValue::Text(text) => Ok(text),
            _ => Err(self.wrong_type(expected)),
        }
    }

    #[cold]
    fn not_kept(&self, error: NumberError, expected: &'static str) -> ColumnError {
        match error {
            NumberError::NotANumber => self.wrong_type(expected),
            _ => ColumnError::NumberNotKept {
                column: excerpt(&self.name),
                error,
            },
        }
    }

    #[cold]
    fn wrong_type(&self, expected: &'static str) -> ColumnError {
        let column = excerpt(&self.name);
        let found = match self.value.text().as_bytes().first() {
            Some(b'n') => return ColumnError::Null(column),
            Some(b't' | b'f') => "a truth value",
            Some(b'"') if self.value.string().is_none() => "a string of broken characters",
            Some(b'"') => "another string",
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            _ => "another number",
        };
        ColumnError::WrongType {
            column,
            found,
            expected,
        }
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
