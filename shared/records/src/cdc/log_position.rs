//! Places in the logs of databases.

/// The place of a change in its source's log, comparable with all others of the same source.
///
/// It orders the changes of *one row*: a database does not let two transactions change a row at once, so that the
/// place of a change in the log, the place of its commit and the time of its commit are all in the same order.
///
/// ```
/// use records::cdc::LogPosition;
///
/// let update = LogPosition::from_dms("00000002/7C007328.2.00000002/7C007328", 1);
/// let later = LogPosition::from_dms("00000002/7C0073F8.2.00000002/7C0073F8", 1);
/// assert!(update.is_some() && update < later);
/// // The log's number is one, however many digits it has.
/// assert!(LogPosition::from_binlog("bin.999999", 400, 1) < LogPosition::from_binlog("bin.1000000", 4, 1));
/// // A system change number of Oracle is not known here.
/// assert_eq!(LogPosition::from_dms("1234567890", 1), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition {
    /// MySQL: number of the log's file. PostgreSQL: upper half of the log sequence number.
    pub(super) log: u32,
    /// MySQL: place in the file. PostgreSQL: lower half of the log sequence number.
    pub(super) offset: u64,
    /// Number of the change in its transaction or log entry.
    pub(super) change: u64,
}

impl LogPosition {
    /// Reads `stream-position` of a DMS record and takes its `transaction-record-id`, as the changes of a transaction
    /// may share a position.
    ///
    /// - MySQL and MariaDB: `mysql-bin-changelog.002171:36912271:0:36912333:9324410911751:mysql-bin-changelog.002171:36912209`.
    ///   The first two parts count, file and place in it: what follows is the row in the entry, the entry's end,
    ///   the transaction and where that starts.
    /// - PostgreSQL: `00000002/7C007178.3.00000002/7C007178`. The first log sequence number counts.
    ///
    /// `None` for all others: those of Oracle and SQL Server are not documented.
    pub fn from_dms(stream_position: &str, transaction_record_id: u64) -> Option<Self> {
        if let Some((file, rest)) = stream_position.split_once(':') {
            let offset = rest.split(':').next()?;
            return Self::from_binlog(file, digits(offset)?, transaction_record_id);
        }
        let (high, rest) = stream_position.split_once('/')?;
        let low = rest.split('.').next()?;
        let half = |text: &str| {
            let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            u32::from_str_radix(text, 16).ok().filter(|_| is_hex)
        };
        Some(Self {
            log: half(high)?,
            offset: half(low)?.into(),
            change: transaction_record_id,
        })
    }

    /// A place in MySQL's binary log. The file's name ends in its number; `None` if it does not.
    pub fn from_binlog(file: &str, offset: u64, change: u64) -> Option<Self> {
        let (_, number) = file.rsplit_once('.')?;
        let log = u32::try_from(digits(number)?).ok()?;
        Some(Self {
            log,
            offset,
            change,
        })
    }

    /// A place in PostgreSQL's write-ahead log.
    pub fn from_lsn(lsn: u64, change: u64) -> Self {
        Self {
            log: u32::try_from(lsn >> 32).unwrap_or(u32::MAX),
            offset: lsn & u64::from(u32::MAX),
            change,
        }
    }
}

/// A number written in digits only, without a sign.
fn digits(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn positions_of_mysql_and_postgresql_are_read_and_no_others() {
        let parts =
            |text| LogPosition::from_dms(text, 7).map(|position| (position.log, position.offset));
        for (text, expected) in [
            (
                "mysql-bin-changelog.002171:36912271:0:36912333:9324410911751:mysql-bin-changelog.002171:36912209",
                Some((2171, 36_912_271)),
            ),
            (
                "mysql-bin-changelog.157832:1975:-1:2002:677883278264080:x.157832:1876",
                Some((157_832, 1975)),
            ),
            ("mysql-bin-changelog.000024:373", Some((24, 373))),
            ("mysql-bin-changelog.1000000:4", Some((1_000_000, 4))),
            ("my.server.000001:4", Some((1, 4))),
            (
                "mysql-bin.2147483647:18446744073709551615",
                Some((2_147_483_647, u64::MAX)),
            ),
            (
                "00000002/7C007178.3.00000002/7C007178",
                Some((2, 0x7c00_7178)),
            ),
            ("2/7c007178", Some((2, 0x7c00_7178))),
            (
                "FFFFFFFF/FFFFFFFF.1.0/0",
                Some((u32::MAX, u64::from(u32::MAX))),
            ),
            ("mysql-bin.4294967296:4", None),
            ("mysql-bin.000001:18446744073709551616", None),
            ("mysql-bin.000001:-4", None),
            ("mysql-bin.000001:+4", None),
            ("mysql-bin.000001:", None),
            ("mysql-bin:4", None),
            ("mysql-bin.:4", None),
            ("00000027:00000ac0:0002", None),
            ("1234567890", None),
            ("100000000/0.1.0/0", None),
            ("+2/7C007178", None),
            ("/7C007178", None),
            ("2/", None),
            ("2/X", None),
            ("", None),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_log_sequence_number_is_the_same_as_text_and_as_a_number() {
        let text = LogPosition::from_dms("2/7C007178", 0);
        assert_eq!(text, Some(LogPosition::from_lsn(0x0000_0002_7c00_7178, 0)));
    }

    proptest! {
        #[test]
        fn any_text_is_a_position_or_none(text in "\\PC{0,30}|[a-f0-9:./+-]{0,40}", record in any::<u64>()) {
            let _ = LogPosition::from_dms(&text, record);
            let _ = LogPosition::from_binlog(&text, record, record);
        }

        #[test]
        fn the_log_then_the_place_then_the_change_decide(
            left in (0..=i32::MAX.unsigned_abs(), any::<u64>(), any::<u64>()),
            right in (0..=i32::MAX.unsigned_abs(), any::<u64>(), any::<u64>()),
        ) {
            let position = |(log, offset, change): (u32, u64, u64)| {
                LogPosition::from_dms(&format!("bin.{log:06}:{offset}:0:1:2:bin.{log:06}:3"), change).unwrap()
            };
            prop_assert_eq!(position(left).cmp(&position(right)), left.cmp(&right));
        }

        #[test]
        fn log_sequence_numbers_keep_their_order(left in any::<u64>(), right in any::<u64>()) {
            let position = |lsn: u64| {
                let text = format!("{:08X}/{:08X}.2.0/0", lsn >> 32, lsn & 0xffff_ffff);
                LogPosition::from_dms(&text, 1).unwrap()
            };
            prop_assert_eq!(position(left).cmp(&position(right)), left.cmp(&right));
            prop_assert_eq!(position(left), LogPosition::from_lsn(left, 1));
        }
    }
}
