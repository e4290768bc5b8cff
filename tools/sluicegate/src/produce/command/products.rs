//! `sluicegate produce products`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use aws_sdk_s3::primitives::ByteStream;
use serde::Serialize;

use crate::aws::AccountArgs;
use crate::console::Console;
use crate::produce::products::{USUAL_COUNT, ndjson, products};
use crate::produce::target::{BUCKET, Target};
use crate::{Ending, UsageError, causes};

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce products                                   # to the local stack's bucket
  sluicegate produce products --file products.ndjson
  sluicegate produce products --file - --count 10 | head -3
  sluicegate produce products --bucket reference --profile dev  # to an account";

/// The `--file` that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

#[derive(Clone, Debug, clap::Args)]
pub(super) struct ProductArgs {
    /// How many products to make
    #[arg(long, value_name = "N", default_value_t = USUAL_COUNT, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// What decides about everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Write them to a file instead, or with `-` to standard output
    #[arg(long, value_name = "PATH", conflicts_with_all = ["bucket", "key"])]
    file: Option<PathBuf>,
    /// Name of the bucket [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// The object's key [default: products.ndjson]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    products: u32,
    bytes: usize,
    seed: u64,
}

pub(super) async fn run(args: ProductArgs, console: Console) -> Result<Ending> {
    let is_printed = args
        .file
        .as_deref()
        .is_some_and(|file| file == STANDARD_OUTPUT);
    if is_printed && args.json {
        return Err(UsageError(
            "--json does not go with --file -: standard output has the products".to_owned(),
        )
        .into());
    }
    let list = ndjson(&products(args.count, args.seed));
    if is_printed {
        console.print(list.trim_end());
        return Ok(Ending::Good);
    }
    let mut summary = Summary {
        file: args.file,
        bucket: None,
        key: None,
        products: args.count,
        bytes: list.len(),
        seed: args.seed,
    };
    let place = if let Some(file) = &summary.file {
        let failed = || format!("file {} cannot be written", file.display());
        std::fs::write(file, list).with_context(failed)?;
        file.display().to_string()
    } else {
        let kind = BUCKET.of_output("ProductsBucketName");
        let target = Target::find(args.bucket, &args.account, kind).await?;
        let key = args.key.unwrap_or_else(|| "products.ndjson".to_owned());
        put(&target, &key, list).await?;
        let place = format!("{}/{key} ({})", target.name, target.place);
        summary.bucket = Some(target.name);
        summary.key = Some(key);
        place
    };
    let Summary {
        products, bytes, ..
    } = summary;
    console.note(&format!("{products} products, {bytes} bytes in {place}"));
    if args.json {
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}

async fn put(target: &Target, key: &str, list: String) -> Result<()> {
    // Names of buckets are no names of hosts at an emulator.
    let config = aws_sdk_s3::config::Builder::from(&target.config)
        .force_path_style(target.config.endpoint_url().is_some())
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let request = client.put_object().bucket(&target.name).key(key);
    let request = request.content_type("application/x-ndjson");
    let answer = request
        .body(ByteStream::from(list.into_bytes()))
        .send()
        .await;
    answer.map_err(|error| {
        let reason = causes(&error);
        anyhow::anyhow!("PutObject on bucket {}, key {key}: {reason}", target.name)
    })?;
    Ok(())
}
