//! A part that is in the table with other sales than those that come now: nobody can tell which count, so it is said.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use testkit::FaultPlan;

use crate::batches::{Call, invoke, sale};
use crate::support::{Setup, Stack};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_there_with_other_sales_stays_and_is_an_error_in_the_log() {
    let log = Log::default();
    let out = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || out.clone())
        .with_max_level(tracing::Level::ERROR)
        .finish();
    let _log_of_this_test = tracing::subscriber::set_default(subscriber);

    let stack = Stack::start(Setup::default(), FaultPlan::none()).await;
    let sales = [sale(1, 1, 10), sale(2, 1, 20), sale(3, 1, 30)];
    let fresh = json!({});
    for _ in 0..2 {
        let ended = invoke(&stack, &sales, 0..2, &fresh, Call::Final).await;
        ended.unwrap();
    }
    assert_eq!(log.text(), "", "the same again is no error");
    let rows = stack.rows().await;

    let ended = invoke(&stack, &sales, 0..3, &fresh, Call::Final).await;
    ended.unwrap();
    assert_eq!(stack.rows().await, rows);
    let told = log.text();
    for part in [
        "ERROR",
        "2025-11-21T08:00:00Z#1#shardId-000000000000#",
        "written=2 now=3",
    ] {
        assert!(told.contains(part), "{told}");
    }
}
