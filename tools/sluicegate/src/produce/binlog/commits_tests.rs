use records::cdc::LogPosition;

use super::*;
use crate::produce::binlog::TableId;

fn change() -> Change {
    let id = TableId {
        schema: "s".to_owned(),
        table: "t".to_owned(),
    };
    Change {
        table: Arc::new(Definition {
            id,
            columns: Vec::new(),
            key: Vec::new(),
        }),
        before: None,
        after: None,
    }
}

fn commits() -> Commits {
    let mut commits = Commits::default();
    commits.file("bin.000002".to_owned(), 4);
    commits
}

#[test]
fn a_position_names_event_row_transaction_and_its_start() {
    let mut commits = commits();
    let begin = commits.span(300, 42);
    commits.begin(begin.start);
    let rows = commits.span(400, 60);
    commits.add(change(), rows, 0);
    commits.add(change(), rows, 1);
    assert_eq!(commits.settled(), ("bin.000002", 4));
    commits.span(431, 31);
    let committed = commits.commit(7);
    let positions: Vec<&str> = committed
        .iter()
        .map(|(_, place)| &*place.position)
        .collect();
    assert_eq!(
        positions,
        [
            "bin.000002:340:0:400:8589934850:bin.000002:258",
            "bin.000002:340:1:400:8589934850:bin.000002:258",
        ]
    );
    let (_, last) = &committed[1];
    assert_eq!((last.record, last.previous), (2, Some((8_589_934_850, 1))));
    assert_eq!(last.committed_at, 7_000_000);
    assert_eq!(commits.settled(), ("bin.000002", 431));
    assert!(!commits.waits() && !commits.is_open());
}

#[test]
fn what_is_rolled_back_is_gone_and_the_rest_stays() {
    let mut commits = commits();
    commits.begin(4);
    let span = commits.span(100, 10);
    commits.add(change(), span, 0);
    commits.savepoint("a".to_owned());
    commits.add(change(), span, 1);
    commits.roll_back_to("a");
    assert_eq!(commits.commit(0).len(), 1);
    commits.begin(100);
    commits.add(change(), span, 0);
    commits.roll_back();
    assert_eq!(commits.commit(0).len(), 0);
}

#[test]
fn places_grow_in_a_file_of_more_than_four_gigabytes_and_over_files() {
    let mut commits = commits();
    let mut before = None;
    for (file, end) in [
        (2, 4_000_000_000),
        (2, 100_000_000),
        (2, 200_000_000),
        (3, 300),
    ] {
        if file == 3 {
            commits.file("bin.000003".to_owned(), 4);
        }
        let span = commits.span(end, 50);
        commits.add(change(), span, 0);
        let (_, place) = commits.commit(0).remove(0);
        let at = LogPosition::from_dms(&place.position, place.record);
        assert!(at > before, "{}", place.position);
        before = at;
    }
    assert_eq!(commits.at(), "bin.000003:300");
}
