//! `sluicegate audience` and `sluicegate consent`.

use anyhow::Result;
use serde_json::json;

use super::audience::{countries, listeners};
use super::reconcile::{self, ReconcileArgs};
use super::source::SourceArgs;
use crate::Ending;
use crate::console::Console;

const EXAMPLES: &str = "Examples:
  sluicegate audience                                # how many numbers of each country may be written to
  sluicegate audience --country US                   # which
  sluicegate audience --country US --count
  sluicegate audience --country GB --stack consent-prod --profile prod --json";

/// Arguments of `sluicegate audience`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct AudienceArgs {
    /// Print the numbers of this country, two letters of ISO 3166 [default: how many each country has]
    #[arg(long, value_name = "COUNTRY", value_parser = parse_country)]
    country: Option<String>,
    /// Print how many there are only
    #[arg(long, requires = "country")]
    count: bool,
    /// Print one JSON object for each number, or one with the counts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: SourceArgs,
}

/// Arguments of `sluicegate consent`.
#[derive(Clone, Debug, clap::Args)]
pub struct ConsentArgs {
    #[command(subcommand)]
    command: ConsentCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ConsentCommand {
    /// Compare the table with the SMS opt-out list; exit code 1 if differences are left
    ///
    /// Reads the whole list, at a call a second as AWS allows, and then the table. Numbers that change meanwhile are asked
    /// for once more, one by one. With --repair what differs is put right, opt-outs first.
    #[command(after_help = reconcile::EXAMPLES)]
    Reconcile(ReconcileArgs),
}

/// Runs `sluicegate consent`.
pub async fn run(args: ConsentArgs, console: Console) -> Result<Ending> {
    match args.command {
        ConsentCommand::Reconcile(args) => Box::pin(reconcile::run(args, console)).await,
    }
}

/// Runs `sluicegate audience`.
pub async fn run_audience(args: AudienceArgs, console: Console) -> Result<Ending> {
    let source = args.source.find().await?;
    let Some(country) = &args.country else {
        let counts = countries(&source.config, &source.table).await?;
        if args.json {
            console.print(&json!({ "audience": counts }).to_string());
        } else {
            for (country, count) in counts {
                console.print(&format!("{country}  {count:>10}"));
            }
        }
        return Ok(Ending::Good);
    };
    let count = listeners(&source.config, &source.table, country, |listener| {
        if args.count {
            return;
        }
        console.print(&if args.json {
            json!(listener).to_string()
        } else {
            format!("{:<16} {}", listener.phone, listener.users.join(", "))
        });
    })
    .await?;
    if args.count {
        console.print(&if args.json {
            json!({ "country": country, "count": count }).to_string()
        } else {
            count.to_string()
        });
    } else {
        console.note(&format!("{count} numbers of {country} may be written to"));
    }
    Ok(Ending::Good)
}

fn parse_country(text: &str) -> Result<String, String> {
    let country = text.to_ascii_uppercase();
    // +800 and the like are of no country: 001.
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code || country == "001" {
        return Ok(country);
    }
    Err("expected two letters, for instance US".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!(parse_country("us").as_deref(), Ok("US"));
        assert_eq!(parse_country("001").as_deref(), Ok("001"));
        for bad in ["", "U", "USA", "+1", "12"] {
            assert!(parse_country(bad).is_err(), "{bad}");
        }
    }
}
