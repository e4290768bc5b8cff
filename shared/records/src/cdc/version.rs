//! Which of two changes of one row is the later one.

use std::fmt;

use super::{LogPosition, Operation, RowChange};
use crate::sequence::{Position, SequenceNumber};

/// The order of the changes of one row.
///
/// Versions compare as values and, with the same result, as the text that [`fmt::Display`] writes: byte by byte, as
/// DynamoDB compares strings. So a row is kept with the text of its version, and a write has the condition
/// `attribute_not_exists(version) OR version < :new`. A change that comes again has the version that it had: the
/// condition refuses it, and nothing is lost by that.
///
/// # The rule
///
/// What comes first in this list decides; the rest is looked at among equals only.
///
/// 1. The *epoch*, a number that is set by hand ([`Version::in_epoch`]), 0 to begin with.
/// 2. The basis of the order: rows of a load are before all changes that have the stream's order only, and those are
///    before all that have a place in the source's log ([`Basis`]).
/// 3. Within a basis: of two changes with a place in the log, the log (number of MySQL's file, upper half of
///    PostgreSQL's LSN), the place in it, and the number of the change in its transaction, which tells apart several
///    changes of one row in one transaction. Of two without one, the Kinesis sequence number.
///
/// A change has a place in the log if DMS writes transaction details (`IncludeTransactionDetails`) and the source is
/// MySQL, MariaDB or PostgreSQL, or if Debezium's `source` has `lsn` or `file` and `pos`. Those places hold across
/// shards, partition keys and restarts of the task. The sequence number, which all others fall back to, holds among
/// records of one partition key only: without transaction details all changes of a row have to have the same
/// partition key, and a change that is sent again after a restart counts as a new one.
///
/// # Its limits
///
/// - *Loaded again.* A row of a load never replaces a change of the same epoch, as it may be older. After a table has
///   been loaded again to repair something, raise the epoch.
/// - *Another server.* A failover that keeps the log keeps the order: PostgreSQL's standbys, RDS with several zones,
///   Aurora's cluster volume. After a move to a server whose log starts anew (MySQL's file numbers, an LSN after
///   restoring into a new cluster), raise the epoch; the file's name before its number is not looked at.
/// - *Transaction details switched on* is fine: changes with a place in the log replace those without. *Switched off*
///   is not: raise the epoch.
/// - *Rollover.* File numbers are numbers: `binlog.1000000` is behind `binlog.999999`. MySQL's end at 2^31 - 1;
///   after `RESET MASTER` raise the epoch.
/// - *Sources of other kinds.* Positions of Oracle and SQL Server are not read: the sequence number decides.
///
/// ```
/// use records::cdc::{LogPosition, Version};
///
/// let place = LogPosition::from_dms("mysql-bin-changelog.002171:36912271:0:36912333:1:x.1:4", 2).ok_or("no place")?;
/// let version = Version::of_log(place);
/// let text = version.to_string();
/// assert_eq!(text, "0000-2-0000087b-0000000002333c8f-0000000000000002");
/// assert_eq!(Version::parse(&text), Some(version));
/// assert!(version < version.in_epoch(1) && text < version.in_epoch(1).to_string());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version<'a> {
    epoch: u16,
    point: Point<'a>,
}

/// The order of the variants is that of their versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Point<'a> {
    Load(Position<'a>),
    Sequence(Position<'a>),
    Log(LogPosition),
}

/// What a version's order rests on, the earliest first.
///
/// A function that is set up for a source with places in its log counts the changes that come without one: their
/// versions are before all others, so that they change nothing where there is anything.
///
/// ```
/// use records::cdc::Basis;
/// use records::{Position, SequenceNumber, Version};
///
/// let sequence_number = SequenceNumber::new("495903").ok_or("no sequence number")?;
/// let version = Version::of_sequence(Position { sequence_number, subsequence_number: 0 });
/// assert_eq!(version.basis(), Basis::Sequence);
/// assert!(Basis::Load < Basis::Sequence && Basis::Sequence < Basis::Log);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A row that was loaded: before every change of the stream, whenever it comes. Of two, the sequence number decides.
    Load,
    /// The Kinesis sequence number.
    Sequence,
    /// The place in the source's log.
    Log,
}

impl<'a> RowChange<'a> {
    /// The change's version, in epoch 0, given where its record stands in the stream.
    pub fn version(&self, position: Position<'a>) -> Version<'a> {
        match (self.operation, self.log_position) {
            (Operation::Load, _) => Version::of_load(position),
            (_, Some(place)) => Version::of_log(place),
            (_, None) => Version::of_sequence(position),
        }
    }
}

impl<'a> Version<'a> {
    /// The version of a row that was loaded.
    pub fn of_load(position: Position<'a>) -> Self {
        Self::new(Point::Load(plain(position)))
    }

    /// The version of a change that has no place in the source's log.
    pub fn of_sequence(position: Position<'a>) -> Self {
        Self::new(Point::Sequence(plain(position)))
    }

    /// The version of a change with a place in the source's log.
    pub fn of_log(place: LogPosition) -> Version<'static> {
        Version::new(Point::Log(place))
    }

    fn new(point: Point<'a>) -> Self {
        Self { epoch: 0, point }
    }

    /// The same in an epoch of its own: all versions of an epoch are behind all of those before it.
    #[must_use]
    pub fn in_epoch(self, epoch: u16) -> Self {
        Self { epoch, ..self }
    }

    /// What the order rests on.
    pub fn basis(&self) -> Basis {
        match self.point {
            Point::Load(_) => Basis::Load,
            Point::Sequence(_) => Basis::Sequence,
            Point::Log(_) => Basis::Log,
        }
    }

    /// Reads what [`fmt::Display`] writes; `None` for anything else.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (epoch, rest) = text.split_once('-')?;
        let (basis, rest) = rest.split_once('-')?;
        let point = match basis {
            "0" => Point::Load(parse_position(rest)?),
            "1" => Point::Sequence(parse_position(rest)?),
            "2" => {
                let (log, rest) = rest.split_once('-')?;
                let (offset, change) = rest.split_once('-')?;
                Point::Log(LogPosition {
                    log: u32::try_from(parse_hex(log, 8)?).ok()?,
                    offset: parse_hex(offset, 16)?,
                    change: parse_hex(change, 16)?,
                })
            }
            _ => return None,
        };
        let epoch = u16::try_from(parse_hex(epoch, 4)?).ok()?;
        Some(Self { epoch, point })
    }
}

/// Epoch, basis and what it rests on, all hex digits of a fixed width. Decimal numbers of any length have their length
/// before them, as the longer one is the larger one: `0000-1-056-49590338271490256608559692538361571095921575989136588898-01-0`.
impl fmt::Display for Version<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, point } = self;
        let basis = self.basis() as u8;
        match point {
            Point::Load(position) | Point::Sequence(position) => {
                let sequence = position.sequence_number.as_str();
                let length = sequence.len();
                let sub = position.subsequence_number;
                let sub_length = sub.checked_ilog10().unwrap_or(0) + 1;
                write!(
                    f,
                    "{epoch:04x}-{basis}-{length:03}-{sequence}-{sub_length:02}-{sub}"
                )
            }
            Point::Log(place) => {
                let mut text = *LOG_TEXT;
                let log = u64::from(place.log);
                for (number, place) in [
                    (u64::from(*epoch), 0..4),
                    (log, 7..15),
                    (place.offset, 16..32),
                    (place.change, 33..49),
                ] {
                    write_hex(number, text.get_mut(place).unwrap_or_default());
                }
                f.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
        }
    }
}

/// The text of a version whose numbers are all 0.
const LOG_TEXT: &[u8; 49] = b"0000-2-00000000-0000000000000000-0000000000000000";

/// Writes the last digits of a number, as many as there is room for. The standard library's formatter takes long
/// beside the rest of what is done for a record.
fn write_hex(mut number: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        let [.., last] = (number % 16).to_be_bytes();
        *digit = last + if last < 10 { b'0' } else { b'a' - 10 };
        number /= 16;
    }
}

/// Without leading zeros, which a sequence number's text may have.
fn plain(position: Position<'_>) -> Position<'_> {
    let text = position.sequence_number.as_str();
    let digits = text.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    Position {
        sequence_number: SequenceNumber::accepted(digits),
        ..position
    }
}

fn parse_position(text: &str) -> Option<Position<'_>> {
    let (length, rest) = text.split_once('-')?;
    let (sequence, rest) = rest.split_once('-')?;
    let (sub_length, sub) = rest.split_once('-')?;
    let has_length = |text: &str, length: &str, width: usize| {
        length.len() == width && length.parse() == Ok(text.len()) && !length.starts_with('+')
    };
    let position = Position {
        sequence_number: SequenceNumber::new(sequence)?,
        subsequence_number: sub.parse().ok()?,
    };
    let is_plain = plain(position) == position
        && !sub.starts_with('+')
        && (sub == "0" || !sub.starts_with('0'))
        && has_length(sequence, length, 3)
        && has_length(sub, sub_length, 2);
    is_plain.then_some(position)
}

fn parse_hex(text: &str, width: usize) -> Option<u64> {
    let is_lower = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_plain = text.len() == width && text.bytes().all(is_lower);
    u64::from_str_radix(text, 16).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests;
