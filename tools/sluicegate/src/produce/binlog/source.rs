//! Reading: the full load, then the log.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use mysql_async::binlog::events::{Event, RotateEvent, TableMapEvent};
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest, Row, Value};

use super::commits::{Change, Commits, Span};
use super::definition::{Definition, TableId, Values};
use super::error::BinlogError;
use super::event::{self, Rows, RowsKind, kind};
use super::record::Records;
use super::server::{From, Place, Server, disconnect};
use super::statement::Statement;
use crate::produce::orders::PartitionKey;
use crate::produce::outgoing::Outgoing;

/// How many rows of the full load are handed over at once.
const ROWS: usize = 500;
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
    server: Server,
    tables: HashMap<TableId, Arc<Definition>>,
    /// Whether a statement may have changed the tables since they were asked for.
    is_stale: bool,
    /// Descriptions of tables by their numbers.
    described: HashMap<u64, (Arc<Definition>, TableMapEvent<'static>)>,
    records: Records,
    commits: Commits,
    /// Where the compressed transaction stands that events come out of.
    payload: Option<Span>,
    start: Place,
    /// How many records there have been.
    count: u64,
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

    /// Reads all rows as of one moment, hands them to `each`, and has the log begin at that moment.
    pub async fn load<E: std::convert::From<BinlogError>>(
        &mut self,
        mut each: impl AsyncFnMut(Vec<Outgoing>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut conn = self.server.connect().await?;
        self.start = self.server.snapshot(&mut conn).await?;
        let mut tables: Vec<Arc<Definition>> = self.tables.values().cloned().collect();
        tables.sort_by(|left, right| left.id.cmp(&right.id));
        for table in tables {
            let failed = || BinlogError::of("a table cannot be read", "SELECT");
            let query = select(&table);
            let mut rows = conn.query_iter(query).await.map_err(failed())?;
            let mut records = Vec::with_capacity(ROWS);
            while let Some(row) = rows.next().await.map_err(failed())? {
                self.count += 1;
                records.push(self.records.load(&table, values(&table, row), self.count));
                if records.len() == ROWS {
                    each(std::mem::take(&mut records)).await?;
                }
            }
            each(records).await?;
        }
        disconnect(conn).await;
        Ok(self.count)
    }

    /// Asks the server for its log.
    pub async fn open(&self) -> Result<BinlogStream, BinlogError> {
        let conn = self.server.connect().await?;
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
            let rotate = rotate.map_err(|error| BinlogError::broken(&self.commits.at(), error))?;
            self.commits
                .file(rotate.name().into_owned(), rotate.position());
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
                let map = map.map_err(|error| BinlogError::broken(&self.commits.at(), error))?;
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
        read.map_err(|error| BinlogError::broken(&self.commits.at(), error))
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

    /// Notes what the rows that follow are of.
    async fn describe(&mut self, map: TableMapEvent<'static>) -> Result<(), BinlogError> {
        let id = TableId {
            schema: map.database_name().into_owned(),
            table: map.table_name().into_owned(),
        };
        if !self.tables.contains_key(&id) {
            self.described.remove(&map.table_id());
            return Ok(());
        }
        if self.is_stale {
            let mut conn = self.server.connect().await?;
            for (id, table) in &mut self.tables {
                // A table that is gone again is known as it was.
                match Definition::read(&mut conn, id).await {
                    Ok(definition) => *table = Arc::new(definition),
                    Err(BinlogError::NoTable(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            disconnect(conn).await;
            self.is_stale = false;
        }
        let Some(table) = self.tables.get(&id) else {
            return Ok(());
        };
        let names = names(&map);
        let table = match &*names {
            [] => Arc::clone(table),
            names => Arc::new(table.with_names(names)?),
        };
        let found = usize::try_from(map.columns_count()).unwrap_or_default();
        if found != table.columns.len() {
            return Err(BinlogError::Columns {
                at: self.commits.at(),
                table: id.to_string(),
                found,
                expected: table.columns.len(),
            });
        }
        self.described.insert(map.table_id(), (table, map));
        Ok(())
    }

    fn rows(&mut self, rows: &Rows, span: Span) -> Result<(), BinlogError> {
        self.commits.begin(span.start);
        let Some((table, map)) = self.described.get(&rows.table) else {
            return Ok(());
        };
        let broken = |error: &dyn std::fmt::Display| BinlogError::broken(&self.commits.at(), error);
        let images = rows.images(map).map_err(|error| broken(&error))?;
        let mut sides = Vec::with_capacity(images.len());
        for images in images {
            let values = table.columns.iter().zip(images);
            let values = values.map(|(column, image)| column.kind.of_log(image));
            let values: Values = values
                .collect::<Result<_, _>>()
                .map_err(|error| broken(&error))?;
            sides.push(Some(values));
        }
        let per_change = if rows.kind == RowsKind::Update { 2 } else { 1 };
        for (row, sides) in sides.chunks_mut(per_change).enumerate() {
            let (first, second) = match sides {
                [first, second] => (first.take(), second.take()),
                [first] => (first.take(), None),
                _ => (None, None),
            };
            let (before, after) = match rows.kind {
                RowsKind::Write => (None, first),
                RowsKind::Update => (first, second),
                RowsKind::Delete => (first, None),
            };
            let table = Arc::clone(table);
            self.commits.add(
                Change {
                    table,
                    before,
                    after,
                },
                span,
                row,
            );
        }
        Ok(())
    }
}

/// The columns' names, if the server writes them (`binlog_row_metadata=FULL`).
fn names(map: &TableMapEvent<'_>) -> Vec<String> {
    use mysql_async::binlog::events::OptionalMetadataField;
    let fields = map.iter_optional_meta().filter_map(Result::ok);
    let names = fields.filter_map(|field| match field {
        OptionalMetadataField::ColumnName(names) => {
            let names = names.iter_names().filter_map(Result::ok);
            Some(names.map(|name| name.name().into_owned()).collect())
        }
        _ => None,
    });
    names.last().unwrap_or_default()
}

fn select(table: &Definition) -> String {
    let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
    let columns = table.columns.iter().map(|column| quoted(&column.name));
    let columns: Vec<String> = columns.collect();
    let (schema, name) = (quoted(&table.id.schema), quoted(&table.id.table));
    format!("SELECT {} FROM {schema}.{name}", columns.join(", "))
}

fn values(table: &Definition, row: Row) -> Values {
    let values = table.columns.iter().zip(row.unwrap_raw());
    let values = values.map(|(column, value)| match value {
        Some(Value::Bytes(bytes)) => column.kind.of_query(Some(&bytes)),
        _ => column.kind.of_query(None),
    });
    values.collect()
}
