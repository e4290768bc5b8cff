//! The server: whether its log can be read, and where it stands.

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, Opts, Row};
use std::str::FromStr;

use super::error::{BinlogError, one_line};

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// With the oldest file that the server has.
    Start,
    /// With what is committed from now on.
    Now,
    /// Where an event begins that begins a transaction.
    At {
        /// The log's file.
        file: String,
        /// The place in it, in bytes.
        place: u64,
    },
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "start" => return Ok(Self::Start),
            "now" => return Ok(Self::Now),
            _ => {}
        }
        let place = text.rsplit_once(':');
        let place = place.and_then(|(file, place)| Some((file, place.parse::<u32>().ok()?)));
        match place {
            Some((file, place)) if !file.is_empty() => Ok(Self::At {
                file: file.to_owned(),
                place: place.into(),
            }),
            _ => Err("expected start, now or FILE:POS, for instance binlog.000001:4".to_owned()),
        }
    }
}

/// The database server, found fit to be read.
#[derive(Clone, Debug)]
pub struct Server {
    opts: Opts,
    is_mariadb: bool,
    /// For people: where it is, and what it says that it is.
    pub name: String,
}

/// Where the log stands.
pub(super) type Place = (String, u64);

impl Server {
    /// Connects and looks at the settings that matter.
    pub async fn find(url: &str) -> Result<Self, BinlogError> {
        let opts = Opts::from_url(url).map_err(|_| {
            // An address has a password in it.
            let place = url.rsplit_once('@').map_or(url, |(_, place)| place);
            BinlogError::Url(place.to_owned())
        })?;
        let mut server = Self {
            is_mariadb: false,
            name: String::new(),
            opts,
        };
        let mut conn = server.connect().await?;
        let what = "the database's settings cannot be read";
        let answer = conn.query_first::<(String, i64), _>("SELECT VERSION(), @@global.log_bin");
        let answer = answer.await.map_err(BinlogError::of(what, "SELECT"))?;
        let (version, log_bin) = answer.unwrap_or_default();
        server.is_mariadb = version.contains("MariaDB");
        server.name = format!("{version} at {}", server.place());
        expect(
            "log_bin",
            &log_bin.to_string(),
            "1",
            "start the server with --log-bin",
        )?;
        for (name, expected, remedy) in [
            (
                "binlog_format",
                "ROW",
                "SET GLOBAL binlog_format=ROW, and connect all clients again",
            ),
            (
                "binlog_row_image",
                "FULL",
                "SET GLOBAL binlog_row_image=FULL, and connect all clients again",
            ),
        ] {
            let query = format!("SELECT @@global.{name}");
            let found: Option<String> = conn
                .query_first(query)
                .await
                .map_err(BinlogError::of(what, "SELECT"))?;
            expect(name, &found.unwrap_or_default(), expected, remedy)?;
        }
        disconnect(conn).await;
        Ok(server)
    }

    /// Host and port, or socket.
    fn place(&self) -> String {
        match self.opts.socket() {
            Some(socket) => socket.to_owned(),
            None => format!("{}:{}", self.opts.ip_or_hostname(), self.opts.tcp_port()),
        }
    }

    /// Another connection, in UTC and UTF-8.
    pub(super) async fn connect(&self) -> Result<Conn, BinlogError> {
        let failed = |error| BinlogError::Unreachable {
            place: self.place(),
            reason: one_line(&error),
        };
        let mut conn = Conn::new(self.opts.clone()).await.map_err(failed)?;
        let settings = "SET NAMES utf8mb4, time_zone = '+00:00'";
        conn.query_drop(settings).await.map_err(failed)?;
        Ok(conn)
    }

    /// Where the log ends.
    pub(super) async fn end(&self, conn: &mut Conn) -> Result<Place, BinlogError> {
        let (what, query, privilege) = match (self.is_mariadb, conn.server_version()) {
            (true, _) => ("SHOW MASTER STATUS", "SHOW MASTER STATUS", "BINLOG MONITOR"),
            (false, version) if version < (8, 2, 0) => (
                "SHOW MASTER STATUS",
                "SHOW MASTER STATUS",
                "REPLICATION CLIENT",
            ),
            _ => (
                "SHOW BINARY LOG STATUS",
                "SHOW BINARY LOG STATUS",
                "REPLICATION CLIENT",
            ),
        };
        let row: Option<Row> = conn
            .query_first(query)
            .await
            .map_err(BinlogError::of(what, privilege))?;
        let place = row.and_then(|row| Some((row.get(0)?, row.get(1)?)));
        place.ok_or_else(|| BinlogError::Server {
            what,
            reason: "no answer".to_owned(),
        })
    }

    /// Has the connection see the data as of one moment, and tells where the log stood then.
    pub(super) async fn snapshot(&self, conn: &mut Conn) -> Result<Place, BinlogError> {
        const SNAPSHOT: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
        const MARIADB_SNAPSHOT: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
        let what = "the data cannot be seen as of one moment";
        drop_query(
            conn,
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            what,
        )
        .await?;
        if self.is_mariadb {
            // MariaDB remembers where the log stood at that moment.
            drop_query(conn, MARIADB_SNAPSHOT, what).await?;
            let status: Vec<(String, String)> =
                rows(conn, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'", what).await?;
            let value = |name: &str| {
                let found = status
                    .iter()
                    .find(|(other, _)| other.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone())
            };
            let place = value("binlog_snapshot_position").and_then(|text| text.parse().ok());
            let place = value("binlog_snapshot_file").zip(place);
            return place.ok_or_else(|| BinlogError::Server {
                what,
                reason: "the server does not tell where its log stands".to_owned(),
            });
        }
        // With MySQL nobody may write in between.
        let lock = conn.query_drop("FLUSH TABLES WITH READ LOCK").await;
        lock.map_err(BinlogError::of(what, "RELOAD"))?;
        drop_query(conn, SNAPSHOT, what).await?;
        let place = self.end(conn).await?;
        drop_query(conn, "UNLOCK TABLES", what).await?;
        Ok(place)
    }
}

/// Ends a connection in good order; the server would say so in its log otherwise.
pub(super) async fn disconnect(conn: Conn) {
    // It is of no use any more either way.
    let _ = conn.disconnect().await;
}

async fn drop_query(conn: &mut Conn, query: &str, what: &'static str) -> Result<(), BinlogError> {
    let done = conn.query_drop(query).await;
    done.map_err(BinlogError::of(what, "SELECT"))
}

async fn rows<T: FromRow + Send + 'static>(
    conn: &mut Conn,
    query: &str,
    what: &'static str,
) -> Result<Vec<T>, BinlogError> {
    let rows = conn.query(query).await;
    rows.map_err(BinlogError::of(what, "SELECT"))
}

fn expect(
    name: &'static str,
    found: &str,
    expected: &'static str,
    remedy: &'static str,
) -> Result<(), BinlogError> {
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(BinlogError::Setting {
        name,
        found: found.to_owned(),
        expected,
        remedy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_word_or_a_file_and_a_number() {
        assert_eq!("start".parse(), Ok(From::Start));
        assert_eq!("now".parse(), Ok(From::Now));
        let file = "a:bin.000001".to_owned();
        assert_eq!("a:bin.000001:4".parse(), Ok(From::At { file, place: 4 }));
        for text in [
            "",
            "bin.000001",
            ":4",
            "bin.000001:",
            "bin.000001:-4",
            "bin.000001:4294967296",
        ] {
            assert!(text.parse::<From>().is_err(), "{text}");
        }
    }
}
