//! What columns are for, and their values as DMS writes them.

use records::Timestamp;

use super::image::Image;
use crate::produce::dms::Json;

/// What a column's values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Whole {
        is_unsigned: bool,
    },
    Decimal,
    Text(Charset),
    Binary,
    Date,
    DateTime,
    Timestamp,
    Year,
    Enum(Vec<String>),
    Set(Vec<String>),
    /// Not told of; the type's name.
    LeftOut(String),
}

/// How text is kept in the log: as in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8 or ASCII.
    Utf8,
    /// MySQL's latin1, which is Windows-1252.
    Latin1,
}

/// The value does not go with its column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value of another type than its column")]
pub(super) struct Mismatch;

impl Kind {
    /// By the words of `information_schema.COLUMNS`.
    pub(super) fn of(data_type: &str, column_type: &str, charset: Option<&str>) -> Self {
        let left_out = || Self::LeftOut(column_type.to_owned());
        match data_type {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Self::Whole {
                is_unsigned: column_type.contains("unsigned"),
            },
            "decimal" => Self::Decimal,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => match charset {
                Some("utf8" | "utf8mb3" | "utf8mb4" | "ascii") => Self::Text(Charset::Utf8),
                Some("latin1") => Self::Text(Charset::Latin1),
                _ => left_out(),
            },
            "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Self::Binary,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "timestamp" => Self::Timestamp,
            "year" => Self::Year,
            "enum" => Self::Enum(choices(column_type)),
            "set" => Self::Set(choices(column_type)),
            _ => left_out(),
        }
    }

    /// A value of the log; none if the column is left out.
    pub(super) fn of_log(&self, image: Option<Image>) -> Result<Option<Json>, Mismatch> {
        let Some(image) = image else {
            return Ok(self.of_query(None));
        };
        let text = match (self, image) {
            (Self::LeftOut(_), _) => return Ok(None),
            (Self::Whole { is_unsigned: true }, Image::Whole(number, _)) => number.to_string(),
            (Self::Whole { .. }, Image::Whole(number, bytes)) => signed(number, bytes).to_string(),
            (Self::Decimal, Image::Decimal(digits)) => digits,
            (Self::Text(charset), Image::Bytes(bytes)) => charset.text(&bytes),
            (Self::Binary, Image::Bytes(bytes)) => return Ok(Some(hex(&bytes))),
            (Self::Date, Image::Date(text)) | (Self::DateTime, Image::DateTime(text)) => text,
            (Self::Timestamp, Image::Timestamp(0, fraction)) => {
                format!("0000-00-00 00:00:00{fraction}")
            }
            (Self::Timestamp, Image::Timestamp(seconds, fraction)) => {
                let micros = i64::try_from(seconds).unwrap_or_default() * 1_000_000;
                let time = Timestamp::from_micros(micros).to_string();
                time.replace('T', " ").trim_end_matches('Z').to_owned() + &fraction
            }
            (Self::Year, Image::Year(year)) => format!("{year:04}"),
            (Self::Enum(texts), Image::Choice(place)) => {
                let place = usize::try_from(place)
                    .ok()
                    .and_then(|place| place.checked_sub(1));
                place
                    .and_then(|place| texts.get(place))
                    .cloned()
                    .unwrap_or_default()
            }
            (Self::Set(texts), Image::Choice(bits)) => {
                let chosen = texts
                    .iter()
                    .zip(0..64)
                    .filter(|(_, bit)| bits >> bit & 1 == 1);
                let chosen: Vec<&str> = chosen.map(|(text, _)| text.as_str()).collect();
                chosen.join(",")
            }
            _ => return Err(Mismatch),
        };
        Ok(self.of_query(Some(text.as_bytes())))
    }

    /// A value as a query's answer has it, in UTF-8 and in UTC; none if the column is left out.
    pub(super) fn of_query(&self, value: Option<&[u8]>) -> Option<Json> {
        if matches!(self, Self::LeftOut(_)) {
            return None;
        }
        let Some(value) = value else {
            return Some(Json::Raw("null".to_owned()));
        };
        let text = String::from_utf8_lossy(value);
        Some(match self {
            Self::Whole { .. } | Self::Decimal => Json::Raw(text.into_owned()),
            // The digits of a year may begin with zeros, which those of a number may not.
            Self::Year => Json::Raw(text.parse::<u16>().unwrap_or_default().to_string()),
            Self::Binary => hex(value),
            Self::DateTime | Self::Timestamp => Json::string(&(text.replace(' ', "T") + "Z")),
            _ => Json::string(&text),
        })
    }
}

impl Charset {
    fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Latin1 => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        }
    }
}

/// The five bytes that Windows leaves free are control characters to MySQL.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let high = byte
        .checked_sub(0x80)
        .and_then(|place| HIGH.get(usize::from(place)));
    high.copied().unwrap_or(char::from(byte))
}

/// The number whose two's complement of so many bytes that is.
fn signed(number: u64, bytes: u32) -> i64 {
    let unused = 64 - 8 * bytes.clamp(1, 8);
    number
        .cast_signed()
        .wrapping_shl(unused)
        .wrapping_shr(unused)
}

fn hex(bytes: &[u8]) -> Json {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    Json::string(&format!("0x{}", digits.collect::<String>()))
}

/// The texts of `enum('a','b''c')`.
fn choices(column_type: &str) -> Vec<String> {
    let list = column_type.split_once('(').map_or("", |(_, list)| list);
    let list = list.strip_suffix(')').unwrap_or(list);
    let mut texts = Vec::new();
    let mut characters = list.chars().peekable();
    while characters.any(|character| character == '\'') {
        let mut text = String::new();
        while let Some(character) = characters.next() {
            if character != '\'' {
                text.push(character);
            } else if characters.next_if_eq(&'\'').is_some() {
                text.push('\'');
            } else {
                break;
            }
        }
        texts.push(text);
    }
    texts
}

#[cfg(test)]
#[path = "kind_tests.rs"]
mod tests;
