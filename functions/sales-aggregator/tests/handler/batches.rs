//! However the mapping cuts a window into batches, and wherever it goes back to, the table is the same.

use std::time::Duration;

use proptest::prelude::*;
use sales_aggregator::state::Limits;
use serde_json::{Value, json};
use testkit::{FaultPlan, KinesisEventBuilder};

use crate::support::{Setup, Stack};

const TIME: Duration = Duration::from_secs(30);

/// The event of the sales from `from` on, with the sequence numbers that they have in the whole.
pub(crate) fn event(sales: &[String], from: usize, state: &Value) -> KinesisEventBuilder {
    KinesisEventBuilder::new()
        .starting_at(u64::try_from(from).unwrap() + 1)
        .arrival_millis(1_763_712_000_000 + u64::try_from(from).unwrap())
        .records(&sales[from..])
        .field(
            "window",
            r#"{"start":"2025-11-21T08:00:00Z","end":"2025-11-21T08:00:30Z"}"#,
        )
        .field("shardId", r#""shardId-000000000000""#)
        .field(
            "eventSourceARN",
            r#""arn:aws:kinesis:us-east-1:123456789012:stream/sales""#,
        )
        .field("state", state.to_string())
}

/// What kind of call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Records,
    Final,
    EndedEarly,
}

/// Has the sales of `range` counted; gives the next state.
pub(crate) async fn invoke(
    stack: &Stack,
    sales: &[String],
    range: std::ops::Range<usize>,
    state: &Value,
    call: Call,
) -> Result<Value, String> {
    let event = event(&sales[..range.end], range.start, state)
        .field("isFinalInvokeForWindow", (call == Call::Final).to_string())
        .field(
            "isWindowTerminatedEarly",
            (call == Call::EndedEarly).to_string(),
        );
    let answer = stack.invoke(&event.build(), TIME).await?;
    Ok(answer["state"].clone())
}

pub(crate) fn sale(id: u8, store: u8, amount: i16) -> String {
    format!(r#"{{"ID":"{id}","store":"{store}","sales":{amount}.25}}"#)
}

/// Limits that make a part of every two groups, and remember two ids.
const SMALL: Limits = Limits {
    part_bytes: 200,
    ids: 2,
};

async fn start(each_id_once: bool, limits: Limits) -> Stack {
    let setup = Setup {
        each_id_once,
        limits,
        ..Setup::default()
    };
    Stack::start(setup, FaultPlan::none()).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn other_batches_from_an_older_checkpoint_leave_the_same_table(
        sales in prop::collection::vec((0..6_u8, 0..4_u8, any::<i16>()), 1..30),
        each_id_once in any::<bool>(),
        sizes in prop::collection::vec(1..9_usize, 60),
        back in any::<prop::sample::Index>(),
    ) {
        let sales: Vec<String> = sales.into_iter().map(|(id, store, amount)| sale(id, store, amount)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let whole = start(each_id_once, SMALL).await;
            invoke(&whole, &sales, 0..sales.len(), &json!({}), Call::Final).await.unwrap();
            let expected = whole.rows().await;

            let stack = start(each_id_once, SMALL).await;
            let mut sizes = sizes.into_iter();
            let mut checkpoints = vec![(0, json!({}))];
            // The whole window, then once more from some checkpoint on, in other batches.
            for _ in 0..2 {
                let (mut from, mut state) = checkpoints.last().unwrap().clone();
                while from < sales.len() {
                    let to = sales.len().min(from + sizes.next().unwrap());
                    state = invoke(&stack, &sales, from..to, &state, Call::Records).await.unwrap();
                    from = to;
                    checkpoints.push((from, state.clone()));
                }
                invoke(&stack, &sales, from..from, &state, Call::Final).await.unwrap();
                assert_eq!(stack.rows().await, expected);
                checkpoints.truncate(back.index(checkpoints.len()) + 1);
            }
        });
    }
}

/// Counts of the total rows by store.
async fn counts(stack: &Stack) -> Vec<(String, String)> {
    let rows = stack.rows().await.into_iter();
    let totals = rows.filter(|row| row["Series"].starts_with("S:total#"));
    let mut counts: Vec<_> = totals
        .map(|row| (row["Group"].clone(), row["Count"].clone()))
        .collect();
    counts.sort();
    counts
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(group, count)| (format!("S:{group}"), format!("N:{count}")))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_id_counts_once_in_a_window_though_its_first_sale_is_in_a_part_handed_over() {
    let sales =
        [(1, 1), (2, 2), (3, 3), (4, 4), (1, 1), (5, 5)].map(|(id, store)| sale(id, store, 7));
    let limits = Limits {
        part_bytes: 200,
        ..Limits::default()
    };
    let stack = start(true, limits).await;
    let state = invoke(&stack, &sales, 0..4, &json!({}), Call::Records)
        .await
        .unwrap();
    let state = invoke(&stack, &sales, 4..6, &state, Call::Records)
        .await
        .unwrap();
    assert_eq!(
        counts(&stack).await,
        pairs(&[("1", "1"), ("2", "1")]),
        "the first part"
    );
    invoke(&stack, &sales, 6..6, &state, Call::Final)
        .await
        .unwrap();
    let once = ["1", "2", "3", "4", "5"].map(|store| (store, "1"));
    assert_eq!(counts(&stack).await, pairs(&once));
}

/// What is not promised: Lambda drops the state of a window that it ends early, and the ids with it; and of very many
/// ids only the last ones are known.
#[tokio::test(start_paused = true)]
async fn an_id_counts_again_after_an_early_end_and_behind_more_ids_than_are_remembered() {
    let sales = [sale(1, 1, 7), sale(1, 1, 7)];
    let stack = start(true, Limits::default()).await;
    let state = invoke(&stack, &sales, 0..1, &json!({}), Call::Records)
        .await
        .unwrap();
    invoke(&stack, &sales, 1..1, &state, Call::EndedEarly)
        .await
        .unwrap();
    invoke(&stack, &sales, 1..2, &json!({}), Call::Final)
        .await
        .unwrap();
    assert_eq!(counts(&stack).await, pairs(&[("1", "2")]));

    let sales = [1, 2, 1, 3, 4, 1].map(|id| sale(id, 1, 7));
    let stack = start(true, SMALL).await;
    invoke(&stack, &sales, 0..6, &json!({}), Call::Final)
        .await
        .unwrap();
    assert_eq!(
        counts(&stack).await,
        pairs(&[("1", "5")]),
        "1 2 3 4 and 1 again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_state_of_very_many_groups_is_handed_over_in_parts_that_stay_small() {
    let store = |store: u32| format!(r#"{{"store":"{store:0>128}","sales":{store}}}"#);
    let sales: Vec<String> = (0..2_000).map(store).collect();
    let stack = start(false, Limits::default()).await;
    let state = invoke(&stack, &sales, 0..2_000, &json!({}), Call::Records)
        .await
        .unwrap();
    for part in state["parts"].as_array().unwrap() {
        let length = part.to_string().len();
        assert!(length < 290 * 1024, "{length}");
    }
    let state = invoke(&stack, &sales, 2_000..2_000, &state, Call::Records)
        .await
        .unwrap();
    assert_eq!(
        state["parts"].as_array().unwrap().len(),
        1,
        "the complete parts are handed over"
    );
    assert!(state.to_string().len() < 290 * 1024);
    invoke(&stack, &sales, 2_000..2_000, &state, Call::Final)
        .await
        .unwrap();
    assert_eq!(counts(&stack).await.len(), 2_000);
}
