//! The database's log: where its changes stand.

use fastrand::Rng;

use super::settings::Engine;

/// MySQL begins another file of its log when one is that long: short, so that a small run has several.
const FILE_BYTES: u64 = 1 << 20;
/// Number of the first file. After two more it has one digit more.
const FIRST_FILE: u64 = 999_998;
/// Bytes of a file before its first transaction: magic number and description.
const FILE_START: u64 = 157;
/// Bytes of the events of MySQL's log.
const GTID_EVENT: u64 = 74;
const BEGIN_EVENT: u64 = 62;
const ROWS_EVENT: u64 = 35;
const ROW: u64 = 48;
const COMMIT_EVENT: u64 = 31;
/// PostgreSQL's first place: a megabyte before the upper half of log sequence numbers grows.
const FIRST_LSN: u64 = 0x2_fff0_0000;
const FIRST_XID: u64 = 1_139;
/// Between two commits at most, in microseconds.
const LONGEST_PAUSE: i64 = 200_000;

/// The log.
#[derive(Clone, Debug)]
pub struct Log {
    engine: Engine,
    /// Of the transaction before, PostgreSQL only.
    xid: u64,
    file: u64,
    /// Where the next transaction begins.
    offset: u64,
    /// Time of the last commit, in microseconds since 1970.
    pub now: i64,
    previous: Option<(u64, u64)>,
}

/// The place of a change, and what DMS tells with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The transaction's number.
    pub transaction: u64,
    /// The change's place in the transaction, from 1.
    pub record: u64,
    /// Transaction and place in it of the change before.
    pub previous: Option<(u64, u64)>,
    /// When it was committed, in microseconds since 1970.
    pub committed_at: i64,
    /// `stream-position`.
    pub position: String,
}

impl Log {
    /// A log that is empty at `start`, in seconds since 1970.
    pub fn new(engine: Engine, start: i64) -> Self {
        Self {
            engine,
            xid: FIRST_XID,
            file: FIRST_FILE,
            offset: match engine {
                Engine::Mysql => FILE_START,
                Engine::Postgresql => FIRST_LSN,
            },
            now: start.saturating_mul(1_000_000),
            previous: None,
        }
    }

    /// Commits a transaction whose changes are of these statements, numbers that grow.
    pub fn commit(&mut self, rng: &mut Rng, statements: &[u32]) -> Vec<Place> {
        self.now = self.now.saturating_add(rng.i64(1_000..LONGEST_PAUSE));
        let (transaction, positions) = match self.engine {
            Engine::Mysql => self.mysql(statements),
            Engine::Postgresql => self.postgresql(rng, statements.len()),
        };
        let committed_at = match self.engine {
            // The log has whole seconds.
            Engine::Mysql => self.now - self.now % 1_000_000,
            Engine::Postgresql => self.now,
        };
        let places = (1..).zip(positions).map(|(record, position)| Place {
            transaction,
            record,
            previous: self.previous.replace((transaction, record)),
            committed_at,
            position,
        });
        places.collect()
    }

    /// The rows of one statement are in one event and share its place; then comes the number of the row in it.
    fn mysql(&mut self, statements: &[u32]) -> (u64, Vec<String>) {
        if self.offset > FILE_BYTES {
            self.file += 1;
            self.offset = FILE_START;
        }
        let file = format!("mysql-bin-changelog.{:06}", self.file);
        let transaction = (self.file << 32) | self.offset;
        let begin = self.offset + GTID_EVENT;
        let mut event = begin + BEGIN_EVENT;
        let mut positions = Vec::with_capacity(statements.len());
        for rows in statements.chunk_by(|left, right| left == right) {
            let end = event + ROWS_EVENT + ROW * rows.len() as u64;
            for row in 0..rows.len() {
                positions.push(format!(
                    "{file}:{event}:{row}:{end}:{transaction}:{file}:{begin}"
                ));
            }
            event = end;
        }
        self.offset = event + COMMIT_EVENT;
        (transaction, positions)
    }

    /// The changes of a transaction share its place.
    fn postgresql(&mut self, rng: &mut Rng, count: usize) -> (u64, Vec<String>) {
        self.xid += rng.u64(1..4);
        self.offset += rng.u64(100..400) + 8 * count as u64;
        let lsn = format!(
            "{:08X}/{:08X}",
            self.offset >> 32,
            self.offset & 0xffff_ffff
        );
        let position = |record| format!("{lsn}.{record}.{lsn}");
        (self.xid, (2..).take(count).map(position).collect())
    }
}

#[cfg(test)]
mod tests {
    use records::cdc::LogPosition;

    use super::*;

    #[test]
    fn places_are_as_the_engine_writes_them() {
        let rng = &mut Rng::with_seed(1);
        let mut log = Log::new(Engine::Mysql, 1_700_000_000);
        let places = log.commit(rng, &[0, 0, 1]);
        let positions: Vec<&str> = places.iter().map(|place| &*place.position).collect();
        assert_eq!(
            positions,
            [
                "mysql-bin-changelog.999998:293:0:424:4294958706065565:mysql-bin-changelog.999998:231",
                "mysql-bin-changelog.999998:293:1:424:4294958706065565:mysql-bin-changelog.999998:231",
                "mysql-bin-changelog.999998:424:0:507:4294958706065565:mysql-bin-changelog.999998:231",
            ]
        );
        assert_eq!(places[0].previous, None);
        assert_eq!(places[2].previous, Some((4_294_958_706_065_565, 2)));
        assert!(places[0].committed_at % 1_000_000 == 0);

        let mut log = Log::new(Engine::Postgresql, 1_700_000_000);
        let places = log.commit(rng, &[0, 1]);
        assert!(places[0].position.starts_with("00000002/FFF00"));
        assert!(places[0].position.contains(".2.") && places[1].position.contains(".3."));
        assert!((1_140..1_143).contains(&places[1].transaction));
    }

    #[test]
    fn places_grow_over_files_and_halves() {
        for (engine, last) in [
            (Engine::Mysql, "mysql-bin-changelog.1000"),
            (Engine::Postgresql, "00000003/0"),
        ] {
            let rng = &mut Rng::with_seed(1);
            let mut log = Log::new(engine, 0);
            let mut before = None;
            let mut before_at = 0;
            for _ in 0..10_000 {
                for place in log.commit(rng, &[0, 1, 1]) {
                    let at = LogPosition::from_dms(&place.position, place.record);
                    assert!(at.is_some() && at > before, "{}", place.position);
                    assert!(place.committed_at >= before_at);
                    before = at;
                    before_at = place.committed_at;
                    log.previous = Some((place.transaction, place.record));
                }
            }
            let place = log.commit(rng, &[0]).remove(0);
            assert!(place.position.starts_with(last), "{}", place.position);
        }
    }
}
