use records::cdc::CdcFormat;
use records::{Position, SequenceNumber};

use super::*;

/// Records of the order 1 or its item 2, at these places in the log; `x` is poison, `-` something else.
fn batch(texts: &[String]) -> Batch<'_> {
    let reader = SourceReader {
        format: CdcFormat::default(),
        schema: "orders".to_owned(),
        epoch: 0,
    };
    let position = Position {
        sequence_number: SequenceNumber::new("1").unwrap(),
        subsequence_number: 0,
    };
    let record = |text: &'_ String| UserRecord {
        position,
        partition_key: None,
        arrival: None,
        // Leaked: tests are over soon.
        data: text.clone().leak().as_bytes(),
    };
    let records: Vec<_> = texts.iter().map(record).collect();
    Batch::read(&reader, &records)
}

fn record(word: &str) -> String {
    let (kind, place) = word.split_at(1);
    let (table, data) = match kind {
        "o" => ("order", r#"{"orderId":1}"#),
        "i" => ("order_item", r#"{"orderId":1,"itemId":2}"#),
        // `m` has moved there from order 1.
        "j" | "m" => ("order_item", r#"{"orderId":3,"itemId":2}"#),
        "-" => ("other", "{}"),
        _ => return "{".to_owned(),
    };
    let before = if kind == "m" {
        r#""before-image":{"orderId":1},"#
    } else {
        ""
    };
    format!(
        r#"{{"data":{data},{before}"metadata":{{"record-type":"data","operation":"update","schema-name":"orders","table-name":"{table}","transaction-record-id":1,"stream-position":"a.1:{place}"}}}}"#
    )
}

fn read(words: &str) -> Vec<String> {
    words.split(' ').map(record).collect()
}

/// One letter for each outcome.
fn outcomes(words: &str, fate: impl Fn(&SourceChange<'_>) -> Fate, joined: Joined) -> String {
    let texts = read(words);
    let batch = batch(&texts);
    let mut fates = vec![Fate::Collapsed; batch.changes()];
    for head in batch.heads() {
        fates[head] = fate(batch.change(head));
    }
    let letter = |outcome: &Outcome| match outcome {
        Outcome::Applied => 'A',
        Outcome::Collapsed => 'C',
        Outcome::Skipped => 'S',
        Outcome::Poison(_) => 'P',
        Outcome::Retry(_) => 'R',
    };
    batch
        .into_outcomes(fates, joined)
        .iter()
        .map(letter)
        .collect()
}

fn unfinished(order_id: i64) -> Joined {
    Joined {
        unfinished: HashMap::from([(order_id, "later".to_owned())]),
        ..Joined::default()
    }
}

#[test]
fn of_the_changes_of_a_row_the_newest_is_written_wherever_it_stands() {
    let written = |_: &SourceChange<'_>| Fate::Written;
    for (words, expected) in [
        ("o1", "A"),
        ("o1 o2 o3", "CCA"),
        ("o3 o1 o2", "ACC"),
        ("o2 o2", "CA"),
        ("o1 i1 o2 i2", "CCAA"),
        ("x o1 -1", "PAS"),
    ] {
        assert_eq!(
            outcomes(words, written, Joined::default()),
            expected,
            "{words}"
        );
    }
}

#[test]
fn older_changes_of_a_row_follow_the_newest_in_their_order() {
    let texts = read("i1 o5 o7 o6 i2");
    let batch = batch(&texts);
    let heads = batch.heads();
    assert_eq!(heads.len(), 2);
    let head = *heads
        .iter()
        .find(|head| batch.change(**head).key.entity == Entity::Order)
        .unwrap();
    let chain = std::iter::successors(Some(head), |place| batch.older(*place));
    let versions: Vec<String> = chain
        .map(|place| batch.change(place).version.to_string())
        .collect();
    let places: Vec<&str> = versions.iter().map(|version| &version[31..32]).collect();
    assert_eq!(places, ["7", "6", "5"]);
}

#[test]
fn what_is_not_done_of_an_order_brings_all_its_records_again_and_no_others() {
    let written = |_: &SourceChange<'_>| Fate::Written;
    assert_eq!(outcomes("o1 o2 i1 j1", written, unfinished(1)), "RRRA");
    assert_eq!(outcomes("o1 m2 j1", written, unfinished(3)), "ARR");
    assert_eq!(outcomes("i1 m2", written, unfinished(1)), "RR");
    let lost = |change: &SourceChange<'_>| match change.key.entity {
        Entity::Order => Fate::Unfinished("throttled".to_owned()),
        Entity::Item(_) => Fate::Written,
    };
    assert_eq!(outcomes("o1 i1 j1", lost, Joined::default()), "RRA");
}

#[test]
fn a_row_that_cannot_be_written_is_the_fault_of_the_records_that_it_follows_from() {
    let rejection = Rejection {
        reason: "item-too-large",
        detail: String::new(),
    };
    let rejected = |key| Joined {
        rejected: vec![(key, rejection.clone())],
        ..Joined::default()
    };
    let written = |_: &SourceChange<'_>| Fate::Written;
    assert_eq!(outcomes("o1 i1 j1", written, rejected((1, 2))), "PPA");
    assert_eq!(outcomes("o1 i1 j1", written, rejected((1, 9))), "PAA");
    assert_eq!(outcomes("i1 m2", written, rejected((1, 2))), "CP");
    assert_eq!(
        outcomes(
            "m2 i3",
            |_| Fate::Rejected(rejection.clone()),
            Joined::default()
        ),
        "PP"
    );
}

#[test]
fn what_the_table_had_already_is_skipped() {
    let superseded = |_: &SourceChange<'_>| Fate::Superseded;
    assert_eq!(outcomes("o1 o2 i1", superseded, Joined::default()), "CSS");
    // Of a move one half may be there and the other not.
    let half = |change: &SourceChange<'_>| match change.columns {
        Some(_) => Fate::Written,
        None => Fate::Superseded,
    };
    assert_eq!(outcomes("m2", half, Joined::default()), "A");
}

#[test]
fn an_order_is_wanted_with_the_items_that_may_have_changed() {
    let texts = read("o1 i1 m2 x -1");
    let wanted = batch(&texts).wanted();
    let shown: Vec<_> = wanted
        .iter()
        .map(|(order, wanted)| {
            (
                *order,
                wanted.all,
                wanted.items.iter().copied().collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(shown, [(1, true, vec![2]), (3, false, vec![2])]);
}
