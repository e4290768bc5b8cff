//! Values of columns as rows of the log have them.
//!
//! MySQL internals, "Rows event" and `my_decimal`, `my_time`; MariaDB's rows are laid out alike.

use std::fmt::Write;

use mysql_async::consts::ColumnType;

use super::bytes::{Bytes, TooShort};

/// A value before it is known what its column is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Image {
    /// Of so many bytes, without its sign.
    Whole(u64, u32),
    /// All digits of the column: `300.00`.
    Decimal(String),
    Bytes(Vec<u8>),
    /// As SQL writes it.
    Date(String),
    /// As SQL writes it.
    DateTime(String),
    /// Seconds since 1970 and digits of a fraction with their point.
    Timestamp(u64, String),
    Year(u16),
    /// The place of an enumeration's text, from 1, or a bit for each text of a set.
    Choice(u64),
    /// Of a kind that is not told of.
    Other,
}

/// Why a value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ImageError {
    #[error(transparent)]
    TooShort(#[from] TooShort),
    #[error("values of type {0:?} cannot be read")]
    Type(ColumnType),
}

impl Image {
    /// Takes a value of the type that the log's description of the table tells.
    pub(super) fn read(
        bytes: &mut Bytes<'_>,
        column_type: ColumnType,
        meta: &[u8],
    ) -> Result<Self, ImageError> {
        use ColumnType as T;
        let first = meta.first().copied().unwrap_or_default();
        let second = meta.get(1).copied().unwrap_or_default();
        let mut whole = |count: u32| Ok(Self::Whole(bytes.little(count as usize)?, count));
        let value = match column_type {
            T::MYSQL_TYPE_TINY => return whole(1),
            T::MYSQL_TYPE_SHORT => return whole(2),
            T::MYSQL_TYPE_INT24 => return whole(3),
            T::MYSQL_TYPE_LONG => return whole(4),
            T::MYSQL_TYPE_LONGLONG => return whole(8),
            T::MYSQL_TYPE_NEWDECIMAL => Self::Decimal(decimal(bytes, first, second)?),
            T::MYSQL_TYPE_VARCHAR | T::MYSQL_TYPE_VAR_STRING => {
                text(bytes, usize::from(first) | usize::from(second) << 8)?
            }
            T::MYSQL_TYPE_STRING => {
                // Two bits of a long CHAR's length are among those of its type.
                let high = usize::from(first & 0x30 ^ 0x30) << 4;
                text(bytes, high | usize::from(second))?
            }
            T::MYSQL_TYPE_TINY_BLOB
            | T::MYSQL_TYPE_BLOB
            | T::MYSQL_TYPE_MEDIUM_BLOB
            | T::MYSQL_TYPE_LONG_BLOB => {
                let length = bytes.length(first.into())?;
                Self::Bytes(bytes.take(length)?.to_vec())
            }
            T::MYSQL_TYPE_GEOMETRY | T::MYSQL_TYPE_JSON | T::MYSQL_TYPE_VECTOR => {
                let length = bytes.length(first.into())?;
                bytes.take(length)?;
                Self::Other
            }
            T::MYSQL_TYPE_ENUM | T::MYSQL_TYPE_SET => Self::Choice(bytes.little(second.into())?),
            T::MYSQL_TYPE_DATE | T::MYSQL_TYPE_NEWDATE => {
                let packed = bytes.little(3)?;
                let (year, month, day) = (packed >> 9, packed >> 5 & 15, packed & 31);
                Self::Date(format!("{year:04}-{month:02}-{day:02}"))
            }
            T::MYSQL_TYPE_DATETIME2 => Self::DateTime(date_time(bytes, first)?),
            T::MYSQL_TYPE_TIMESTAMP2 => {
                let seconds = bytes.big(4)?;
                Self::Timestamp(seconds, fraction(bytes, first)?)
            }
            T::MYSQL_TYPE_YEAR => Self::Year(match bytes.byte()? {
                0 => 0,
                years => 1900 + u16::from(years),
            }),
            T::MYSQL_TYPE_TIME2 => {
                bytes.take(3 + usize::from(first).div_ceil(2))?;
                Self::Other
            }
            T::MYSQL_TYPE_FLOAT | T::MYSQL_TYPE_DOUBLE => {
                bytes.take(first.into())?;
                Self::Other
            }
            T::MYSQL_TYPE_BIT => {
                bytes.take(usize::from(second) + usize::from(first > 0))?;
                Self::Other
            }
            other => return Err(ImageError::Type(other)),
        };
        Ok(value)
    }
}

/// Text of at most `longest` bytes, behind its length.
fn text(bytes: &mut Bytes<'_>, longest: usize) -> Result<Image, TooShort> {
    let length = bytes.length(if longest < 256 { 1 } else { 2 })?;
    Ok(Image::Bytes(bytes.take(length)?.to_vec()))
}

/// Groups of nine digits in four bytes each; what is left over in as few bytes as hold it. The first bit is the sign, and
/// of a negative number all others are turned over.
fn decimal(bytes: &mut Bytes<'_>, precision: u8, scale: u8) -> Result<String, TooShort> {
    const BYTES: [usize; 9] = [0, 1, 1, 2, 2, 3, 3, 4, 4];
    let scale = usize::from(scale);
    let whole = usize::from(precision).saturating_sub(scale);
    let of = |digits: usize| BYTES.get(digits).copied().unwrap_or_default();
    let size = of(whole % 9) + 4 * (whole / 9) + 4 * (scale / 9) + of(scale % 9);
    let mut packed = bytes.take(size)?.to_vec();
    let is_negative = packed.first().is_some_and(|first| first & 0x80 == 0);
    if let Some(first) = packed.first_mut() {
        *first ^= 0x80;
    }
    if is_negative {
        for byte in &mut packed {
            *byte = !*byte;
        }
    }
    let mut packed = Bytes(&packed);
    let mut digits = String::with_capacity(whole + scale + 1);
    let mut group = |digits: &mut String, count: usize| -> Result<(), TooShort> {
        if count > 0 {
            let number = packed.big(if count == 9 { 4 } else { of(count) })?;
            // Writing to a string cannot fail.
            let _ = write!(digits, "{number:0count$}");
        }
        Ok(())
    };
    group(&mut digits, whole % 9)?;
    for _ in 0..whole / 9 {
        group(&mut digits, 9)?;
    }
    let mut text = String::with_capacity(digits.len() + scale + 3);
    if is_negative {
        text.push('-');
    }
    let significant = digits.trim_start_matches('0');
    text.push_str(if significant.is_empty() {
        "0"
    } else {
        significant
    });
    if scale > 0 {
        text.push('.');
    }
    for _ in 0..scale / 9 {
        group(&mut text, 9)?;
    }
    group(&mut text, scale % 9)?;
    Ok(text)
}

fn date_time(bytes: &mut Bytes<'_>, places: u8) -> Result<String, TooShort> {
    let packed = bytes.big(5)?.wrapping_sub(1 << 39);
    let (months, day) = (packed >> 22 & 0x1_ffff, packed >> 17 & 31);
    let (hour, minute, second) = (packed >> 12 & 31, packed >> 6 & 63, packed & 63);
    let (year, month) = (months / 13, months % 13);
    let fraction = fraction(bytes, places)?;
    Ok(format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}"
    ))
}

/// A fraction of a second with so many places, in pairs of digits.
fn fraction(bytes: &mut Bytes<'_>, places: u8) -> Result<String, TooShort> {
    let places = usize::from(places);
    if places == 0 {
        return Ok(String::new());
    }
    let pairs = places.div_ceil(2);
    let width = 2 * pairs;
    let mut text = format!(".{:0width$}", bytes.big(pairs)?);
    text.truncate(1 + places);
    Ok(text)
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
