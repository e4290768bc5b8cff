//! Reading: the full load, then the log.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use mysql_async::binlog::events::{Event, RotateEvent, TableMapEvent};
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest};

use super::commits::{Commits, Span};
use super::definition::{Definition, TableId};
use super::error::BinlogError;
use super::event::{self, Rows, kind};
use super::record::Records;
use super::server::{From, Place, Server, disconnect};
use super::statement::Statement;
use crate::produce::dms::PartitionKey;
use crate::produce::outgoing::Outgoing;

/// An event that only this connection gets has no place in the log.
const ARTIFICIAL: u16 = 0x20;

/// What has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Records of committed changes, none of them perhaps.
    Records(Vec<Outgoing>),
    /// Something to tell the user.
    Note(String),
}

/// The log of a server, from a place on.
#[derive(Debug)]
pub struct Source {
    pub(super) server: Server,
    pub(super) tables: HashMap<TableId, Arc<Definition>>,
    /// Whether a statement may have changed the tables since they were asked for.
    pub(super) is_stale: bool,
    /// Descriptions of tables by their numbers; none of a table that is not told of.
    pub(super) described: HashMap<u64, Option<(Arc<Definition>, TableMapEvent<'static>)>>,
    pub(super) records: Records,
    pub(super) commits: Commits,
    /// Where the compressed transaction stands that events come out of.
    pub(super) payload: Option<Span>,
    pub(super) start: Place,
    /// How many records there have been.
    pub(super) count: u64,
}

impl Source {
    /// Asks for the tables and for the place to begin at.
    pub async fn new(
        server: Server,
        tables: &[TableId],
        from: From,
        partition_key: PartitionKey,
    ) -> Result<Self, BinlogError> {
        let mut conn = server.connect().await?;
        let start = match from {
            From::Start => (String::new(), 4),
            From::Now => server.end(&mut conn).await?,
            From::At { file, place } => (file, place),
        };
        let mut source = Self {
            server,
            tables: HashMap::new(),
            is_stale: false,
            described: HashMap::new(),
            records: Records::new(partition_key),
            commits: Commits::default(),
            payload: None,
            start,
            count: 0,
        };
        for id in tables {
            let definition = Definition::read(&mut conn, id).await?;
            source.tables.insert(id.clone(), Arc::new(definition));
        }
        disconnect(conn).await;
        Ok(source)
    }

    /// Columns that no record tells of, one line for each.
    pub fn left_out(&self) -> Vec<String> {
        let tables = self.tables.values();
        let columns = tables.flat_map(|table| {
            let columns = table.left_out();
            columns.map(move |(name, kind)| format!("{}.{name} is left out: {kind}", table.id))
        });
        let mut columns: Vec<String> = columns.collect();
        columns.sort();
        columns
    }

    /// Asks the server for its log.
    pub async fn open(&self) -> Result<BinlogStream, BinlogError> {
        let mut conn = self.server.connect().await?;
        // MariaDB writes its own kinds of events as others unless a replica knows them. To MySQL it means nothing.
        let knows = conn.query_drop("SET @mariadb_slave_capability = 4").await;
        knows.map_err(BinlogError::of("read the binary log", "REPLICATION SLAVE"))?;
        let (file, place) = &self.start;
        // Two replicas of one number would push each other out.
        let request = BinlogStreamRequest::new(fastrand::u32(1 << 31..))
            .with_filename(file.as_bytes())
            .with_pos(*place);
        let stream = conn.get_binlog_stream(request).await;
        stream.map_err(BinlogError::of("read the binary log", "REPLICATION SLAVE"))
    }

    /// Where reading can begin again, so that nothing is left out and nothing comes twice; empty if that is not known yet.
    pub fn settled(&self) -> String {
        let (file, place) = match self.commits.settled() {
            ("", _) => (&*self.start.0, self.start.1),
            settled => settled,
        };
        if file.is_empty() {
            return String::new();
        }
        format!("{file}:{place}")
    }

    /// The next thing in the log. May be dropped while it waits.
    pub async fn next(&mut self, stream: &mut BinlogStream) -> Result<Option<Read>, BinlogError> {
        let event = stream.next().await;
        let failed = BinlogError::of("read the binary log", "REPLICATION SLAVE");
        let Some(event) = event.transpose().map_err(failed)? else {
            return Err(BinlogError::Server {
                what: "the binary log has ended",
                reason: "the server has closed the connection".to_owned(),
            });
        };
        self.event(&event).await
    }

    async fn event(&mut self, event: &Event) -> Result<Option<Read>, BinlogError> {
        let header = event.header();
        let raw = header.event_type_raw();
        if raw == kind::ROTATE {
            let rotate = event.read_event::<RotateEvent<'_>>();
            let rotate = rotate.map_err(|error| BinlogError::broken(&self.commits.at(), &error))?;
            // Before the log has told of checksums, this event's own is taken for a part of the name.
            let name = rotate.name_raw();
            let name = match name.split_last_chunk() {
                Some((name, sum)) if event::checksum(event) == Some(*sum) => name,
                _ => name,
            };
            let name = String::from_utf8_lossy(name).into_owned();
            self.commits.file(name, rotate.position());
            return Ok(None);
        }
        if header.log_pos() == 0 && self.payload.is_none()
            || header.flags_raw() & ARTIFICIAL != 0
            || raw == kind::HEARTBEAT
        {
            return Ok(None);
        }
        let span = match self.payload {
            Some(span) => span,
            None => self.commits.span(header.log_pos(), header.event_size()),
        };
        if let Some(rows) = self.read(Rows::read(raw, event.data()))? {
            self.rows(&rows, span)?;
            return Ok(None);
        }
        if let Some(text) = self.read(event::statement(raw, event.data()))? {
            return self.statement(&text, span, header.timestamp());
        }
        match raw {
            kind::TABLE_MAP => {
                let map = event.read_event::<TableMapEvent<'_>>();
                let map = map.map_err(|error| BinlogError::broken(&self.commits.at(), &error))?;
                self.describe(map.into_owned()).await?;
            }
            kind::GTID | kind::ANONYMOUS_GTID | kind::TAGGED_GTID | kind::MARIADB_GTID => {
                self.commits.begin(span.start);
            }
            kind::TRANSACTION_PAYLOAD => self.payload = Some(span),
            kind::XID => return Ok(Some(self.commit(header.timestamp()))),
            kind::PARTIAL_UPDATE => {
                return Err(self.not_read(
                    "an update of parts of JSON",
                    "SET GLOBAL binlog_row_value_options=''",
                ));
            }
            kind::XA_PREPARE if self.commits.waits() => return Err(self.two_phase()),
            kind::INCIDENT => {
                return Err(self.not_read(
                    "the server has lost events here",
                    "start behind it, with --load",
                ));
            }
            _ if !self.commits.is_open() => self.commits.end(),
            _ => {}
        }
        Ok(None)
    }

    fn read<T>(&self, read: Result<T, event::EventError>) -> Result<T, BinlogError> {
        read.map_err(|error| BinlogError::broken(&self.commits.at(), &error))
    }

    fn not_read(&self, what: &str, remedy: &'static str) -> BinlogError {
        BinlogError::NotRead {
            at: self.commits.at(),
            what: what.to_owned(),
            remedy,
        }
    }

    fn two_phase(&self) -> BinlogError {
        self.not_read(
            "a transaction in two phases (XA)",
            "start behind it, with --load",
        )
    }

    fn statement(
        &mut self,
        text: &str,
        span: Span,
        seconds: u32,
    ) -> Result<Option<Read>, BinlogError> {
        match Statement::of(text) {
            Statement::Begin => self.commits.begin(span.start),
            Statement::Commit => return Ok(Some(self.commit(seconds))),
            Statement::Rollback => {
                self.commits.roll_back();
                self.payload = None;
            }
            Statement::Savepoint(name) => self.commits.savepoint(name),
            Statement::RollbackTo(name) => self.commits.roll_back_to(&name),
            Statement::TwoPhase if self.commits.waits() => return Err(self.two_phase()),
            Statement::TwoPhase => self.commits.end(),
            Statement::Rows => {
                let remedy =
                    "the session that ran it needs binlog_format=ROW; start behind it, with --load";
                return Err(self.not_read("a statement in place of its rows", remedy));
            }
            Statement::Removal => {
                self.is_stale = true;
                self.commits.end();
                let at = self.commits.at();
                let note = format!("at {at}: rows that this removes come with no record: {text}");
                return Ok(Some(Read::Note(note)));
            }
            Statement::Definition => {
                self.is_stale = true;
                self.commits.end();
            }
        }
        Ok(None)
    }

    fn commit(&mut self, seconds: u32) -> Read {
        self.payload = None;
        let committed = self.commits.commit(seconds).into_iter();
        let records = committed.map(|(change, place)| {
            self.count += 1;
            self.records.change(change, &place, self.count)
        });
        Read::Records(records.collect())
    }
}
