//! A timeline that somebody else than a scenario has written, for instance of several shards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use mapping::Verdict;
use records::Timestamp;
use simulator::timeline::{Entry, Invoke, Outcome, State, Timeline, WaitReason, What, Window};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn entry(seconds: i64, shard: &str, what: What) -> Entry {
    Entry {
        at: at(seconds),
        shard: Some(shard.to_owned()),
        what,
    }
}

fn invoke(records: &[u64]) -> What {
    What::Invoke(Invoke {
        records: records.to_vec(),
        attempt: 1,
        window: None,
        end: None,
    })
}

#[test]
fn shards_stand_beside_each_other_and_do_not_explain_one_another() {
    let mut timeline = Timeline::default();
    let first = timeline.add(entry(0, "a", invoke(&[1, 2])));
    timeline.end(first, at(0), Outcome::Throw, Verdict::Failed);
    // The numbers of another shard: no sequel of the one before.
    let second = timeline.add(entry(1, "b", invoke(&[1])));
    timeline.end(second, at(3), Outcome::Ok, Verdict::Succeeded);
    timeline.add(entry(4, "a", invoke(&[1, 2])));
    timeline.add(entry(5, "a", What::Note("the runner crashed".to_owned())));
    assert_eq!(
        timeline.to_table(),
        [
            " at  shard  event   records  outcome\n",
            "0 s  a      invoke  1-2      threw; 1-2 again\n",
            "1 s  b      invoke  1        ok at 3 s\n",
            "4 s  a      invoke  1-2      has not ended\n",
            "5 s  a      note             the runner crashed\n",
        ]
        .concat()
    );
    let lines = timeline.to_json_lines();
    let mut lines = lines.lines();
    let throw = r#"{"at":0,"shard":"a","event":"invoke","records":[1,2],"final":false,"terminated_early":false,"outcome":"throw","attempt":1}"#;
    assert_eq!(lines.next(), Some(throw));
    let note = r#"{"at":5,"shard":"a","event":"note","text":"the runner crashed"}"#;
    assert_eq!(lines.last(), Some(note));
}

#[test]
fn a_wait_stands_where_it_began() {
    let mut timeline = Timeline::default();
    let place = timeline.reserve();
    timeline.add(entry(2, "a", What::Filtered { records: vec![3] }));
    let what = What::Wait {
        until: at(5),
        reason: Some(WaitReason::BatchingWindow),
    };
    timeline.put(place, entry(1, "a", what));
    // A place that nothing has come of leaves no trace.
    timeline.reserve();
    assert_eq!(
        timeline.to_table(),
        [
            " at  shard  event     records  outcome\n",
            "1 s  a      wait               until 5 s, for more records\n",
            "2 s  a      filtered  3\n",
        ]
        .concat()
    );
}

#[test]
fn a_state_is_kept_up_to_1_kb_and_shortened_to_a_column() {
    let window = |state: &str| {
        What::Invoke(Invoke {
            records: vec![],
            attempt: 1,
            window: Some(Window {
                start: at(0),
                end: at(30),
                state: State::new(state),
                is_final: true,
                terminated_early: true,
            }),
            end: None,
        })
    };
    let in_full = format!("\"{}\"", "x".repeat(1022));
    let too_long = format!("\"{}\"", "x".repeat(1023));
    let mut timeline = Timeline::default();
    timeline.add(entry(0, "a", window(&in_full)));
    timeline.add(entry(0, "a", window(&too_long)));
    let lines = timeline.to_json_lines();
    assert!(lines.contains(&format!(r#""state":{in_full},"final":true"#)));
    assert!(
        lines.contains(
            r#""state":"… 1025 bytes","final":true,"terminated_early":true,"outcome":null"#
        )
    );
    assert_eq!(
        timeline.to_table(),
        [
            " at  shard  event                       window  state                                     outcome\n",
            "0 s  a      invoke, final, ended early  0-30 s  \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  has not ended\n",
            "0 s  a      invoke, final, ended early  0-30 s  … 1025 bytes                              has not ended\n",
        ]
        .concat()
    );
}
