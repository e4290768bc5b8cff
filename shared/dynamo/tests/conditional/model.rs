//! Random puts by two writers at once over a wire that fails, against a model.

use std::time::Duration;

use dynamo::{ConditionalWriter, Guard, GuardedPut, Item, PutOutcome, Row};
use testkit::FaultPlan;
use tokio::time::Instant;

use super::support::{LONG, Source, is_unfinished, source, writer};

/// The guards of a history, by the number of parts of its versions: one part has to be newer, several not older.
const PARTS: [&str; 3] = ["a", "b", "c"];

/// Orders of a history: few, so that they are put often.
const ORDERS: usize = 4;

/// A version in one or more parts.
type Version = Vec<String>;

/// One put of a history. Puts of equal versions have equal contents unless several parts let one replace the other.
#[derive(Clone, Debug)]
struct Put {
    order: usize,
    version: Version,
}

impl Put {
    fn random(random: &mut fastrand::Rng, parts: usize) -> Self {
        Self {
            order: random.usize(0..ORDERS),
            version: (0..parts)
                .map(|_| format!("{:02}", random.u8(0..12)))
                .collect(),
        }
    }

    fn guarded(&self) -> GuardedPut<'_> {
        let order = i64::try_from(self.order).unwrap();
        let item = Item::new()
            .number("orderId", order.into())
            .text("entity", "ORDER");
        let parts = PARTS.iter().zip(&self.version);
        GuardedPut {
            item: parts.fold(item, |item, (part, version)| item.text(part, version)),
            guard: match self.version.len() {
                1 => Guard::Newer(PARTS[0]),
                2 => Guard::NotOlder(&["a", "b"]),
                _ => Guard::NotOlder(&PARTS),
            },
        }
    }
}

fn version_of(row: &Row) -> Version {
    let parts = PARTS.iter().map_while(|part| row.text(part));
    parts.map(str::to_owned).collect()
}

/// Whether each part of `one` is at most that of `other`.
fn is_at_most(one: &Version, other: &Version) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one <= other)
}

/// For each order the version that is there.
async fn stored(source: &Source) -> Vec<Option<Version>> {
    let rows = source.dynamodb.scan("Source").await;
    let mut versions = vec![None; ORDERS];
    for row in rows {
        let order: usize = row["orderId"].trim_start_matches("N:").parse().unwrap();
        let parts = PARTS.iter().map_while(|part| row.get(*part));
        let parts = parts.map(|part| part.trim_start_matches("S:").to_owned());
        versions[order] = Some(parts.collect());
    }
    versions
}

/// Puts all of `puts`, a few at a time, and gives the outcomes.
async fn put(
    writer: &ConditionalWriter,
    puts: &[Put],
    at_once: usize,
    time: Duration,
) -> Vec<PutOutcome> {
    let mut outcomes = Vec::new();
    for some in puts.chunks(at_once) {
        let some: Vec<_> = some.iter().map(Put::guarded).collect();
        outcomes.extend(writer.put_all(&some, Instant::now() + time).await);
    }
    outcomes
}

/// What is there now is what an outcome says, or newer.
fn check_outcome(put: &Put, outcome: &PutOutcome, now: Option<&Version>) {
    match outcome {
        PutOutcome::Written => assert!(is_at_most(&put.version, now.unwrap()), "{put:?} {now:?}"),
        PutOutcome::Superseded(there) => {
            let there = version_of(there);
            // The guard was right to refuse.
            if put.version.len() == 1 {
                assert!(put.version <= there, "{put:?} {there:?}");
            } else {
                assert!(!is_at_most(&there, &put.version), "{put:?} {there:?}");
            }
            assert!(is_at_most(&there, now.unwrap()), "{there:?} {now:?}");
        }
        PutOutcome::Rejected { .. } => panic!("{put:?} {outcome:?}"),
        PutOutcome::Unfinished { .. } => {}
    }
}

/// Looks at the table until the history ends: no row goes back.
async fn watch(source: &Source) {
    let mut before = vec![None; ORDERS];
    loop {
        let now = stored(source).await;
        for (before, now) in before.iter().zip(&now) {
            if let Some(before) = before {
                assert!(
                    is_at_most(before, now.as_ref().unwrap()),
                    "{before:?} {now:?}"
                );
            }
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_order_and_the_faults_no_row_goes_back_and_the_greatest_version_stays() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let parts = random.usize(1..=PARTS.len());
        let source = source(FaultPlan::random(seed, 0.3)).await;
        let (faulty, other) = writer(&source.dynamodb, FaultPlan::random(seed + 1_000, 0.3));
        let mut puts = || -> Vec<Put> {
            (0..random.usize(1..30))
                .map(|_| Put::random(&mut random, parts))
                .collect()
        };
        let (mine, theirs) = (puts(), puts());
        let (at_once, time) = (random.usize(1..10), Duration::from_secs(random.u64(0..10)));
        let both = async {
            tokio::join!(
                put(&source.writer, &mine, at_once, time),
                put(&other, &theirs, at_once, time)
            )
        };
        let (outcomes, other_outcomes) = tokio::select! {
            outcomes = both => outcomes,
            () = watch(&source) => unreachable!(),
        };
        let now = stored(&source).await;
        let all = || mine.iter().chain(&theirs);
        assert_eq!(outcomes.len() + other_outcomes.len(), all().count());
        for (put, outcome) in all().zip(outcomes.iter().chain(&other_outcomes)) {
            check_outcome(put, outcome, now[put.order].as_ref());
        }

        // The faults are over, and all of it comes again in another order.
        source.faulty.heal();
        faulty.heal();
        let mut again: Vec<_> = all().cloned().collect();
        random.shuffle(&mut again);
        let outcomes = put(&source.writer, &again, at_once, LONG).await;
        assert!(!outcomes.iter().any(is_unfinished), "seed {seed}");
        let now = stored(&source).await;
        for (put, outcome) in again.iter().zip(&outcomes) {
            check_outcome(put, outcome, now[put.order].as_ref());
        }
        for (order, now) in now.iter().enumerate() {
            let versions = || again.iter().filter(|put| put.order == order);
            let is_greatest = |version: &Version| {
                versions().all(|put| put.version == *version || !is_at_most(version, &put.version))
            };
            match now {
                Some(now) => assert!(is_greatest(now), "seed {seed} order {order}: {now:?}"),
                None => assert_eq!(versions().count(), 0, "seed {seed} order {order}"),
            }
        }
    }
}
