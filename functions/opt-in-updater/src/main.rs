//! The Lambda function: wiring only.

use std::process::ExitCode;

use opt_in_updater::{Config, OptInUpdater};
use pipeline::StartError;

// One thread: Lambda gives a whole processor from 1,769 MB on only, and the work is waiting for calls.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    pipeline::run(opt_in_updater::NAME, async |setup| {
        let config = Config::read(&setup.environment)?;
        OptInUpdater::new(config, &setup.sdk).map_err(|error| StartError::Client(Box::new(error)))
    })
    .await
}
