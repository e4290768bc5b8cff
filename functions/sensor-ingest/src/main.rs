//! The Lambda function: wiring only.

use std::process::ExitCode;

use pipeline::StartError;
use sensor_ingest::{Config, SensorIngest};

// One thread: Lambda gives a whole processor from 1,769 MB on only, and the work is waiting for calls.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    pipeline::run(sensor_ingest::NAME, async |setup| {
        let config = Config::read(&setup.environment)?;
        SensorIngest::new(config, &setup.sdk).map_err(|error| StartError::Client(Box::new(error)))
    })
    .await
}
