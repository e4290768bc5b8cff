//! Why a binary log cannot be read.

use std::fmt;

use mysql_async::Error;

/// The server's errors where a user lacks a privilege (`ER_ACCESS_DENIED_ERROR`, `ER_SPECIFIC_ACCESS_DENIED_ERROR`).
const NOT_PRIVILEGED: [u16; 2] = [1045, 1227];

/// Why a binary log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BinlogError {
    /// No such place.
    #[error("{0:?} is no address of a database: expected mysql://USER:PASSWORD@127.0.0.1:3306")]
    Url(String),
    /// Nothing answers, or not as a database does.
    #[error("the database at {place} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port, or socket.
        place: String,
        /// What the client says.
        reason: String,
    },
    /// A setting of the server that the log cannot be read with.
    #[error("{name} of the database is {found:?}, expected {expected:?}: {remedy}")]
    Setting {
        /// The server's variable.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it has to be.
        expected: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The user may not do that.
    #[error(
        "the user of the database may not {what}: GRANT {privilege} ON *.* TO that user ({reason})"
    )]
    Privilege {
        /// What was tried.
        what: &'static str,
        /// What is missing.
        privilege: &'static str,
        /// What the server says.
        reason: String,
    },
    /// The server refuses something else, or is gone.
    #[error("{what}: {reason}")]
    Server {
        /// What was tried.
        what: &'static str,
        /// What the client says.
        reason: String,
    },
    /// There is no such table, or the user may not see it.
    #[error(
        "the database has no table {0}, or the user may not read it: CREATE it, or GRANT SELECT on it"
    )]
    NoTable(TableName),
    /// Rows of a table without a primary key cannot be told apart.
    #[error("table {0} has no primary key: rows need one")]
    NoKey(TableName),
    /// The log's rows are not those of the table as it is now.
    #[error(
        "at {at}: rows of table {table} have {found} columns, the table has {expected}: \
         SET GLOBAL binlog_row_metadata=FULL, or start behind the change of the table"
    )]
    Columns {
        /// File and place.
        at: String,
        /// The table.
        table: TableName,
        /// Columns of the log's rows.
        found: usize,
        /// Columns of the table.
        expected: usize,
    },
    /// Rows of a table that the log has not described since reading began.
    #[error(
        "at {0}: rows come before the description of their table: start where a transaction begins"
    )]
    MidTransaction(String),
    /// Something in the log that is not understood.
    #[error("at {at}: {what}")]
    Broken {
        /// File and place.
        at: String,
        /// What is wrong with it.
        what: String,
    },
    /// Something in the log that tells of changes in a way that is not read.
    #[error("at {at}: {what}: {remedy}")]
    NotRead {
        /// File and place.
        at: String,
        /// What there is.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
}

/// Schema and table, for people.
pub(super) type TableName = String;

impl BinlogError {
    /// What the server answers to `what`, which needs `privilege`.
    pub(super) fn of(what: &'static str, privilege: &'static str) -> impl FnOnce(Error) -> Self {
        move |error| match error {
            Error::Server(error) if NOT_PRIVILEGED.contains(&error.code) => Self::Privilege {
                what,
                privilege,
                reason: error.message,
            },
            error => Self::Server {
                what,
                reason: one_line(&error),
            },
        }
    }

    pub(super) fn broken(at: &str, what: &dyn fmt::Display) -> Self {
        Self::Broken {
            at: at.to_owned(),
            what: what.to_string(),
        }
    }
}

pub(super) fn one_line(error: &Error) -> String {
    match error {
        Error::Server(error) => format!("{} ({})", error.message, error.code),
        Error::Io(mysql_async::IoError::Io(error)) => error.to_string(),
        error => error.to_string().replace('\n', " "),
    }
}
