//! A MariaDB server in a folder of its own, and the command that reads it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::replay::Rows;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/walkthrough/database.sh");
/// Where distributions keep the server.
const SERVERS: [&str; 4] = [
    "/usr/sbin/mariadbd",
    "/usr/libexec/mariadbd",
    "/usr/local/bin/mariadbd",
    "/opt/homebrew/bin/mariadbd",
];

/// A server, stopped and removed when dropped.
pub(crate) struct Database {
    folder: TempDir,
    options: String,
    url: String,
}

/// What the command printed.
pub(crate) struct Produced {
    pub(crate) records: Vec<String>,
    pub(crate) err: String,
    /// Where it said to go on.
    pub(crate) next: String,
}

impl Database {
    /// Starts a server with more options; none where there is no MariaDB.
    pub(crate) fn start(options: &str) -> Option<Self> {
        if !SERVERS.iter().any(|path| Path::new(path).exists()) {
            eprintln!("skipped: no MariaDB server is installed (mariadb-server)");
            return None;
        }
        let mut database = Self {
            folder: tempfile::tempdir().unwrap(),
            options: options.to_owned(),
            url: String::new(),
        };
        database.restart();
        Some(database)
    }

    fn restart(&mut self) {
        // Tests that start at once must not come upon the same port.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let output = self.script(&["start"], port);
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{err}");
        out.trim().clone_into(&mut self.url);
    }

    pub(crate) fn stop(&self) {
        assert!(self.script(&["stop"], 0).status.success());
    }

    fn script(&self, args: &[&str], port: u16) -> Output {
        let mut command = Command::new(SCRIPT);
        command.args(args).env("DATABASE_DIR", self.folder.path());
        command.env("DATABASE_PORT", port.to_string());
        command.env("DATABASE_OPTIONS", &self.options);
        command.output().unwrap()
    }

    /// Runs statements and returns the rows that come of it, separated by tabs.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let args = ["client", "--batch", "--skip-column-names", "--execute"];
        let output = self.script(&[&args[..], &[statements]].concat(), 0);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{err}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the server again with a statement that its user may not run.
    pub(crate) fn as_root(&mut self, statement: &str) {
        self.stop();
        let file = self.folder.path().join("root.sql");
        std::fs::write(&file, format!("{statement};\n")).unwrap();
        self.options = format!("--init-file={}", file.display());
        self.restart();
    }

    fn command(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluicegate"));
        command.args(["produce", "binlog", "--print", "--until-idle", "1"]);
        command.args(["--database", &self.url]).args(args);
        command.output().unwrap()
    }

    /// Runs `produce binlog` until there is nothing new.
    pub(crate) fn produce(&self, args: &[&str]) -> Produced {
        let output = self.command(args);
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{err}");
        let out = String::from_utf8(output.stdout).unwrap();
        let next = err.rsplit_once("--from ").unwrap().1.trim();
        Produced {
            records: out.lines().map(str::to_owned).collect(),
            next: next.to_owned(),
            err,
        }
    }

    /// Why `produce binlog` fails, one line.
    pub(crate) fn fail(&self, args: &[&str]) -> String {
        let output = self.command(args);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{err}");
        let line = err.lines().find(|line| line.starts_with("error: "));
        line.expect(&err).to_owned()
    }

    /// All rows of both tables as the database has them.
    pub(crate) fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        for (table, keys) in [("order", 1), ("order_item", 2)] {
            let columns = self.sql(&format!("SHOW COLUMNS FROM `{table}`"));
            let columns: Vec<&str> = columns
                .lines()
                .map(|line| line.split('\t').next().unwrap())
                .collect();
            // Each column as hex digits: the client changes some of the characters.
            let hex: Vec<String> = columns
                .iter()
                .map(|name| format!("HEX(CONVERT(CAST(`{name}` AS CHAR) USING utf8mb4))"))
                .collect();
            let query = format!(
                "SET time_zone = '+00:00'; SELECT {} FROM `{table}`",
                hex.join(", ")
            );
            for line in self.sql(&query).lines() {
                let values: Vec<String> = line.split('\t').map(text).collect();
                let key = values[..keys].join(".");
                let row: BTreeMap<String, String> = columns
                    .iter()
                    .map(|name| (*name).to_owned())
                    .zip(values)
                    .collect();
                let row = row.into_iter().filter(|(_, value)| value != "NULL");
                rows.insert((table.to_owned(), key), row.collect());
            }
        }
        rows
    }
}

fn text(hex: &str) -> String {
    if hex == "NULL" {
        return hex.to_owned();
    }
    let bytes = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

impl Drop for Database {
    fn drop(&mut self) {
        self.script(&["remove"], 0);
    }
}
