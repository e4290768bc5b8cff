//! demo
use crate::Ending;
use crate::console::Console;
use anyhow::Result;
/// Args
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {}
/// Run
pub async fn run(_: DemoArgs, _: Console) -> Result<Ending> {
    Ok(Ending::Good)
}
