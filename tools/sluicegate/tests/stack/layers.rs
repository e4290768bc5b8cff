//! Records with layers around their payloads.

use std::collections::HashSet;
use std::time::Duration;

use records::compression::Compression;
use sluicegate::console::Console;
use sluicegate::produce::sensors::subject;
use sluicegate::produce::wrap::{Registered, Wrapping};

use crate::bench::Bench;
use crate::{assert_nothing_lost, readings};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a whole stack: make test-stack"]
async fn nothing_of_an_aggregate_is_lost_when_function_and_runner_are_killed_within_a_batch() {
    let bench = Bench::up(&["SensorRecordLayers=gzip,kpl,glue"]);
    let glue = bench.glue();
    let registered = Registered::register(&glue, "streams", &subject()).await;
    let wrapping = Wrapping {
        aggregate: true,
        compression: Some(Compression::Gzip),
        schemas: Some(registered.unwrap()),
    };
    assert_eq!(wrapping.layers(), "gzip,kpl,glue");
    let (stack, console) = (bench.stack(), Console::plain());
    let rate = "2000".parse().unwrap();
    let producing = stack.produce_wrapped(readings(6_000), rate, &wrapping, console);
    let killing = async {
        bench.in_a_batch().await;
        bench.kill_functions();
        bench.in_a_batch().await;
        bench.kill_runner().await;
        // The function has no schemas any more, and nobody to ask for them.
        bench.kill_stand_in("schema-registry");
        bench.kill_functions();
        let up = bench.run(&["local", "up"]);
        assert_eq!(up.code, 0, "{}", up.err);
        assert!(
            up.err.contains("the schema registry did not run"),
            "{}",
            up.err
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    let (ledger, ()) = tokio::join!(producing, killing);
    let ledger = ledger.unwrap();
    assert_nothing_lost(&bench, &ledger).await;
    let places = ledger
        .receipts
        .iter()
        .map(|receipt| &receipt.sequence_number);
    let stream_records = places.collect::<HashSet<_>>().len();
    assert!(
        stream_records < 1_000,
        "{stream_records} for 6,000 readings"
    );

    // What was registered has outlived its registry.
    let again = Registered::register(&glue, "streams", &subject()).await;
    assert_eq!(again.unwrap().ids(), wrapping.schemas.unwrap().ids());
    bench.down();
}
