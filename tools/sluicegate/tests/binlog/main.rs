//! `sluicegate produce binlog` with a MariaDB server of its own.
//!
//! Where MariaDB is not installed the tests say so and pass.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod database;
mod replay;

use std::collections::BTreeMap;

use database::Database;
use records::cdc::Operation;
use replay::Replay;

/// What is typed into the database: the walk-through, then what databases do beside it.
const STATEMENTS: &str = "
    UPDATE `order` SET orderStatus = 'New';
    UPDATE order_item SET itemStatus = 'New';
    UPDATE `order` SET shipToName = 'Ångström 東京 👩‍🚀 \\\"q\\\" \\\\ \\n', shipToCity = NULL, shipToState = ''
        WHERE orderId = 10000001;
    UPDATE `order` SET orderAmount = -0.05 WHERE orderId = 10000002;
    UPDATE `order` SET orderAmount = 9999.99 WHERE orderId = 10000003;
    UPDATE order_item SET itemQuantity = -2147483648, itemAmount = NULL WHERE itemId = 999900001;
    START TRANSACTION;
    UPDATE `order` SET orderId = 20000004 WHERE orderId = 10000004;
    UPDATE order_item SET orderId = 20000004 WHERE orderId = 10000004;
    UPDATE `order` SET orderStatus = 'a' WHERE orderId = 20000004;
    UPDATE `order` SET orderStatus = 'b' WHERE orderId = 20000004;
    COMMIT;
    DELETE FROM order_item WHERE orderId = 10000005;
    DELETE FROM `order` WHERE orderId = 10000005;
    INSERT INTO `order` (orderId) VALUES (10000005);
    START TRANSACTION; DELETE FROM `order`; ROLLBACK;
    START TRANSACTION;
    UPDATE `order` SET orderStatus = 'kept' WHERE orderId = 10000006;
    SAVEPOINT here;
    UPDATE `order` SET orderStatus = 'undone' WHERE orderId = 10000006;
    ROLLBACK TO here;
    COMMIT;
    CREATE TABLE other (id INT PRIMARY KEY); INSERT INTO other VALUES (1);
    REPLACE INTO order_item VALUES (10000006, 999900011, 1, 1.10, 'Neu');
    INSERT INTO order_item VALUES (10000006, 999900011, 2, 2.20, 'x')
        ON DUPLICATE KEY UPDATE itemQuantity = 7;
";

/// Columns of all other kinds, added while the log is read.
const COLUMNS: &str = "
    ALTER TABLE `order` ADD d DATE, ADD dt DATETIME(3), ADD ts TIMESTAMP(6) NULL, ADD y YEAR,
        ADD e ENUM('a','b''c'), ADD s SET('x','y','z'), ADD l VARCHAR(300) CHARACTER SET latin1, ADD c CHAR(9),
        ADD big BIGINT UNSIGNED, ADD small TINYINT, ADD medium MEDIUMINT, ADD n DECIMAL(38,10), ADD t TEXT;
    UPDATE `order` SET d = '2015-10-17', dt = '2023-01-16 06:18:32.123', ts = '2023-01-16 06:18:32.000001', y = 2023,
        e = 'b''c', s = 'x,z', l = 'Zoë €', c = 'é', big = 18446744073709551615, small = -128, medium = -8388608,
        n = -1234567890123456789012345678.0123456789, t = REPEAT('ü', 30000) WHERE orderId = 10000007;
    UPDATE `order` SET d = '0001-01-01', dt = '1000-01-01 00:00:00', ts = '2037-12-31 23:59:59', y = 1901,
        e = 'a', s = '', l = '', c = '', big = 0, small = 127, medium = 8388607, n = 0, t = '' WHERE orderId = 10000008;
";

#[test]
fn records_that_come_out_are_read_to_the_rows_of_the_database() {
    for (name, options) in [
        ("as it comes", ""),
        (
            "compressed",
            "--log-bin-compress --log-bin-compress-min-len=10 --max-binlog-size=4096",
        ),
        (
            "with names, without checksums",
            "--binlog-row-metadata=FULL --binlog-checksum=NONE",
        ),
    ] {
        let Some(database) = Database::start(options) else {
            return;
        };
        let loaded = database.produce(&["--load"]);
        assert_eq!(loaded.records.len(), 45, "{name}: {}", loaded.err);
        database.sql(STATEMENTS);
        let first = database.produce(&["--from", &loaded.next]);
        database.sql(COLUMNS);
        let second = database.produce(&["--from", &first.next]);

        let events = database.sql("SHOW BINLOG EVENTS");
        assert_eq!(
            events.contains("_compressed"),
            options.contains("compress"),
            "{name}"
        );

        let mut records = loaded.records.clone();
        records.extend(first.records.iter().cloned());
        records.extend(second.records.iter().cloned());
        let rows = database.rows();
        let replay = Replay::of(&records);
        replay.assert_versions_grow();
        assert_eq!(replay.rows(), rows, "{name}");
        // Whatever comes first, and twice.
        records.extend(first.records.iter().cloned());
        records.reverse();
        assert_eq!(Replay::of(&records).rows(), rows, "{name}, from behind");

        // Rows from before the new columns can be told only where the log has names; they have the versions that they had.
        if !options.contains("binlog-row-metadata=FULL") {
            let failed = database.fail(&["--from", &loaded.next]);
            assert!(failed.contains("9 columns, the table has 22"), "{failed}");
            continue;
        }
        let again = database.produce(&["--from", &loaded.next]);
        let versions = |records: &[String]| Replay::of(records).versions();
        let mut both = versions(&first.records);
        both.extend(versions(&second.records));
        assert_eq!(versions(&again.records), both, "{name}");
    }
}

#[test]
fn the_walk_through_is_one_update_a_row_of_one_transaction() {
    let Some(database) = Database::start("") else {
        return;
    };
    let loaded = database.produce(&["--load"]);
    database
        .sql("UPDATE `order` SET orderStatus = 'New'; UPDATE order_item SET itemStatus = 'New'");
    let changes = database.produce(&["--from", &loaded.next]);
    let replay = Replay::of(&changes.records);
    assert_eq!(replay.changes.len(), 30, "{}", changes.err);
    let mut transactions = BTreeMap::new();
    for change in &replay.changes {
        assert_eq!(
            (change.operation, &*change.table),
            (Operation::Update, "order_item")
        );
        assert_eq!(change.row["itemStatus"], "New");
        assert!(
            !change.is_key_changed && change.before.len() == 2,
            "{change:?}"
        );
        *transactions.entry(change.transaction.clone()).or_insert(0) += 1;
    }
    assert_eq!(transactions.into_values().collect::<Vec<_>>(), [30]);
    // Positions are those that the server tells itself.
    let events = database.sql("SHOW BINLOG EVENTS");
    for change in &replay.changes {
        let (place, end) = change.span();
        let is_event = |line: &str| {
            let mut fields = line.split('\t').skip(1);
            fields.next() == Some(&place)
                && fields
                    .next()
                    .is_some_and(|kind| kind.starts_with("Update_rows"))
                && fields.nth(1) == Some(&end)
        };
        assert!(events.lines().any(is_event), "{place} {end}: {events}");
    }
}

#[test]
fn a_key_that_changes_comes_with_the_key_before_and_a_delete_with_the_row() {
    let Some(database) = Database::start("") else {
        return;
    };
    let next = database.produce(&["--load"]).next;
    database.sql("UPDATE `order` SET orderId = 7, shipToCity = NULL WHERE orderId = 10000001; DELETE FROM order_item WHERE itemId = 999900002");
    let replay = Replay::of(&database.produce(&["--from", &next]).records);
    let [moved, gone] = &*replay.changes else {
        panic!("{replay:?}");
    };
    assert!(moved.is_key_changed);
    assert_eq!(
        moved.before,
        BTreeMap::from([("orderId".to_owned(), "10000001".to_owned())])
    );
    assert_eq!(
        (&*moved.row["orderId"], &*moved.row["orderAmount"]),
        ("7", "300.00")
    );
    assert_eq!(
        (gone.operation, &*gone.row["itemAmount"]),
        (Operation::Delete, "200.00")
    );
}

#[test]
fn a_server_that_cannot_be_read_is_refused_with_what_is_and_what_would_be_right() {
    for (options, parts) in [
        ("--skip-log-bin", ["log_bin", "\"0\"", "--log-bin"]),
        (
            "--binlog-format=STATEMENT",
            ["binlog_format", "\"STATEMENT\"", "\"ROW\""],
        ),
        (
            "--binlog-row-image=MINIMAL",
            ["binlog_row_image", "\"MINIMAL\"", "\"FULL\""],
        ),
    ] {
        let Some(database) = Database::start(options) else {
            return;
        };
        let failed = database.fail(&["--load"]);
        assert!(parts.iter().all(|part| failed.contains(part)), "{failed}");
    }
    let Some(mut database) = Database::start("") else {
        return;
    };
    let failed = database.fail(&["--tables", "orders.nothing"]);
    assert!(failed.contains("no table orders.nothing"), "{failed}");
    let failed = database.fail(&["--from", "binlog.000099:4"]);
    assert!(failed.contains("binary log"), "{failed}");
    database.as_root("GRANT BINLOG ADMIN ON *.* TO 'sluicegate'@'127.0.0.1'");
    database.sql("SET SESSION binlog_format = STATEMENT; UPDATE `order` SET orderStatus = 'x'");
    let failed = database.fail(&["--from", "start"]);
    assert!(failed.contains("in place of its rows"), "{failed}");
    for (privilege, from) in [("BINLOG MONITOR", "now"), ("REPLICATION SLAVE", "start")] {
        database.as_root(&format!(
            "REVOKE {privilege} ON *.* FROM 'sluicegate'@'127.0.0.1'"
        ));
        let failed = database.fail(&["--from", from]);
        let expected = format!("GRANT {privilege} ON *.*");
        assert!(failed.contains(&expected), "{failed}");
    }
    database.stop();
    let failed = database.fail(&["--load"]);
    assert!(failed.contains("cannot be reached"), "{failed}");
}
