//! The Lambda function that completes rows when there are new products: wiring only.

use std::process::ExitCode;

use order_enrichment::{COMPLETION_NAME, Completion, JoinConfig};
use pipeline::StartError;

// One thread, as in the function itself.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    pipeline::run_event(COMPLETION_NAME, async |setup| {
        let config = JoinConfig::read(&setup.environment)?;
        Completion::new(config, &setup.sdk).map_err(|error| StartError::Client(Box::new(error)))
    })
    .await
}
