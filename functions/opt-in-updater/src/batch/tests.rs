use records::cdc::CdcFormat;
use records::{Position, SequenceNumber};

use super::*;
use crate::source::Country;

fn record(operation: &str, user: u32, phone: &str, optin: u32, place: u32) -> String {
    format!(
        r#"{{"data":{{"userid":{user},"phone":"{phone}","optin":{optin}}},"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"blog_db","table-name":"optin_status","transaction-id":1,"transaction-record-id":{place},"stream-position":"bin.000001:4:0:4:1:bin.000001:4"}}}}"#
    )
}

const A: &str = "+12065550100";
const B: &str = "+12065550101";

fn with_batch<T>(records: &[String], act: impl FnOnce(Batch<'_>) -> T) -> T {
    let reader = SourceReader {
        format: CdcFormat::default(),
        schema: "blog_db".to_owned(),
        table: "optin_status".to_owned(),
        epoch: 0,
        default_country: Country::parse("US").unwrap(),
    };
    let records = records.iter().map(|json| UserRecord {
        data: json.as_bytes(),
        position: Position {
            sequence_number: SequenceNumber::new("7").unwrap(),
            subsequence_number: 0,
        },
        arrival: None,
        partition_key: None,
    });
    act(Batch::read(&reader, &records.collect::<Vec<_>>()))
}

fn number(users: &[usize], says: Option<usize>) -> Number {
    let users = users.to_vec();
    Number { users, says }
}

#[test]
fn of_each_row_the_newest_change_is_written_and_of_each_number_the_newest_that_says_something() {
    for (records, expected) in [
        (
            vec![record("insert", 1, A, 1, 1), record("update", 1, A, 0, 2)],
            vec![number(&[1], Some(1))],
        ),
        (
            vec![record("update", 1, A, 0, 2), record("insert", 1, A, 1, 1)],
            vec![number(&[0], Some(0))],
        ),
        // Who says yes and goes has said yes.
        (
            vec![record("insert", 1, A, 1, 1), record("delete", 1, A, 1, 2)],
            vec![number(&[1], Some(0))],
        ),
        (vec![record("delete", 1, A, 1, 2)], vec![number(&[0], None)]),
        (
            vec![record("insert", 1, A, 1, 1), record("insert", 2, A, 0, 2)],
            vec![number(&[0, 1], Some(1))],
        ),
        // With one version the opt-out wins, whoever comes first.
        (
            vec![record("insert", 1, A, 1, 1), record("insert", 2, A, 0, 1)],
            vec![number(&[0, 1], Some(1))],
        ),
        (
            vec![record("insert", 1, A, 0, 1), record("insert", 2, A, 1, 1)],
            vec![number(&[0, 1], Some(0))],
        ),
        // Of the same change twice the later one.
        (
            vec![record("insert", 1, A, 1, 1), record("insert", 1, A, 1, 1)],
            vec![number(&[1], Some(1))],
        ),
        (
            vec![record("insert", 1, B, 1, 1), record("insert", 1, A, 1, 2)],
            vec![number(&[1], Some(1)), number(&[0], Some(0))],
        ),
    ] {
        with_batch(&records, |batch| {
            assert_eq!(batch.numbers(), expected, "{records:?}");
        });
    }
}

/// The outcomes of a yes, a no behind it, and somebody else's yes for the same number before both.
fn outcomes(number: Fate, channel: Option<&str>, changes: [Fate; 3]) -> Vec<Outcome> {
    let records = [
        record("insert", 1, A, 1, 2),
        record("update", 1, A, 0, 3),
        record("insert", 2, A, 1, 1),
    ];
    let fates = Fates {
        numbers: vec![number],
        channel: vec![channel.map(str::to_owned)],
        changes: changes.into(),
    };
    with_batch(&records, |batch| batch.into_outcomes(&fates))
}

#[test]
fn a_record_is_done_when_row_number_and_channel_are() {
    use Fate::{Collapsed, Superseded, Written};
    let again = |detail: &str| Outcome::Retry(detail.to_owned());
    let all = |two| [Collapsed, two, Written];
    assert_eq!(
        outcomes(Written, None, all(Written)),
        [Outcome::Collapsed, Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(
        outcomes(Written, None, all(Superseded)),
        [Outcome::Collapsed, Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(
        outcomes(Superseded, None, all(Superseded)),
        [Outcome::Collapsed, Outcome::Skipped, Outcome::Applied]
    );
    // The channel is the matter of the change that the number's row is of.
    assert_eq!(
        outcomes(Written, Some("c"), all(Written)),
        [Outcome::Collapsed, again("c"), Outcome::Applied]
    );
    // Without the number's row nothing of the number is done.
    assert_eq!(
        outcomes(
            Fate::Unfinished("n".to_owned()),
            None,
            [Collapsed, Collapsed, Collapsed]
        ),
        [Outcome::Collapsed, again("n"), again("n")]
    );
    assert_eq!(
        outcomes(Written, None, all(Fate::Unfinished("u".to_owned()))),
        [Outcome::Collapsed, again("u"), Outcome::Applied]
    );
    let rejected = outcomes(
        Fate::Rejected("rejected"),
        None,
        [Collapsed, Collapsed, Collapsed],
    );
    assert!(matches!(
        &rejected[1..],
        [Outcome::Poison(_), Outcome::Poison(_)]
    ));
}

#[test]
fn a_record_with_poison_in_it_is_poison_but_comes_again_if_the_rest_is_not_done() {
    let half = record("update", 1, A, 0, 1).replace(
        r#","metadata""#,
        r#","before-image":{"userid":1},"metadata""#,
    );
    for (fate, is_poison) in [
        (Fate::Written, true),
        (Fate::Unfinished(String::new()), false),
    ] {
        let fates = Fates {
            numbers: vec![fate.clone()],
            channel: vec![None],
            changes: vec![fate],
        };
        let outcomes = with_batch(std::slice::from_ref(&half), |batch| {
            batch.into_outcomes(&fates)
        });
        assert_eq!(matches!(outcomes[0], Outcome::Poison(_)), is_poison);
        assert_eq!(matches!(outcomes[0], Outcome::Retry(_)), !is_poison);
    }
}
