//! `sluicegate produce binlog`.

use std::time::Duration;

use anyhow::Result;
use aws_sdk_kinesis::Client;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::note_layers;
use crate::Ending;
use crate::aws::AccountArgs;
use crate::console::Console;
use crate::produce::binlog::{From, Read, Server, Source, TableId};
use crate::produce::dms::PartitionKey;
use crate::produce::effort::Effort;
use crate::produce::outgoing::Outgoing;
use crate::produce::put_records::put_wrapped;
use crate::produce::target::{STREAM, Target};
use crate::produce::wrap::{Subject, WrapArgs, Wrapping};

pub(super) const EXAMPLES: &str = "Examples:
  sluicegate produce binlog --database mysql://USER:PASSWORD@127.0.0.1:3306 --load
  sluicegate produce binlog --database mysql://... --from binlog.000001:4   # goes on from there
  sluicegate produce binlog --database mysql://... --print                  # to look at the records
  sluicegate produce binlog --database mysql://... --tables shop.sale --stream sales --profile dev";

/// Records of several transactions share a call when they come this close to each other.
const GATHER: Duration = Duration::from_millis(20);
/// Longer than anybody waits.
const NEVER: Duration = Duration::from_hours(24 * 365);
/// Most records of one call of `PutRecords`, and about as many are gathered.
const GATHERED: usize = 500;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct BinlogArgs {
    /// The server: `mysql://USER:PASSWORD@HOST:PORT`, or with `?socket=PATH` behind it. Without TLS
    #[arg(
        long,
        value_name = "URL",
        env = "SLUICEGATE_DATABASE",
        hide_env_values = true
    )]
    database: String,
    /// Name of the stream [default: the local stack's]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// The tables to tell of
    #[arg(
        long,
        value_name = "DATABASE.TABLE",
        value_delimiter = ',',
        default_value = "orders.order,orders.order_item"
    )]
    tables: Vec<TableId>,
    /// Where in the log to begin: `start`, `now`, or `FILE:POS` as it is printed at the end
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "now",
        conflicts_with = "load"
    )]
    from: From,
    /// Put all rows first, as of one moment, then what changes from then on
    #[arg(long)]
    load: bool,
    /// What the partition key is made of
    #[arg(long, value_name = "WHAT", default_value = "schema-table")]
    partition_key: PartitionKey,
    /// Stop when the log has had nothing new for so long, and not before Ctrl-C otherwise
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    until_idle: Option<u32>,
    /// Print the records instead of putting them on a stream
    #[arg(long, conflicts_with_all = ["stream", "json", "aggregate", "compress", "schema_registry"])]
    print: bool,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wrap: WrapArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    stream: &'a str,
    place: &'a str,
    database: &'a str,
    /// Rows of the full load.
    loaded: u64,
    /// Changes after it.
    changes: u64,
    /// Where to begin the next time.
    next: &'a str,
    #[serde(flatten)]
    effort: Effort,
}

/// Where records go.
enum Sink {
    Stream(Client, String, Wrapping),
    Output(Console),
}

impl Sink {
    async fn put(&self, records: Vec<Outgoing>, effort: &mut Effort) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let put = match self {
            Self::Stream(client, stream, wrapping) => {
                let records = records.into_iter();
                put_wrapped(client, stream, wrapping, records, None, |_| ()).await?
            }
            Self::Output(console) => {
                let mut put = Effort::default();
                for record in &records {
                    let text = String::from_utf8_lossy(record.data.as_ref());
                    console.print(text.trim_end());
                    put.records += 1;
                    put.bytes += record.data.as_ref().len() as u64;
                }
                put
            }
        };
        effort.records += put.records;
        effort.stream_records += put.stream_records;
        effort.bytes += put.bytes;
        effort.calls += put.calls;
        effort.refused += put.refused;
        Ok(())
    }
}

pub(super) async fn run(args: BinlogArgs, console: Console) -> Result<Ending> {
    let (sink, name, place) = if args.print {
        (
            Sink::Output(console),
            String::new(),
            "standard output".to_owned(),
        )
    } else {
        let stream = STREAM.of_output("OrderChangesStreamName");
        let target = Target::find(args.stream, &args.account, stream).await?;
        let client = Client::new(&target.config);
        let subject = Subject::json("row-changes");
        let wrapping = args.wrap.wrapping(&target.glue, &subject).await?;
        note_layers(&args.wrap, console);
        (
            Sink::Stream(client, target.name.clone(), wrapping),
            target.name,
            target.place,
        )
    };
    let server = Server::find(&args.database).await?;
    let database = server.name.clone();
    console.note(&format!("reading {database}"));
    let mut source = Source::new(server, &args.tables, args.from, args.partition_key).await?;
    for line in source.left_out() {
        console.note(&line);
    }

    let mut progress = Progress {
        console,
        place: &place,
        loaded: 0,
        next: String::new(),
        effort: Effort::default(),
    };
    if args.load {
        let step = console.step("loading");
        let each = async |records| sink.put(records, &mut progress.effort).await;
        progress.loaded = source.load(each).await?;
        step.done(&format!("{} rows loaded", progress.loaded));
    }
    progress.next = source.settled();
    let idle = args.until_idle;
    let idle = idle.map(|seconds| Duration::from_secs(seconds.into()));
    follow(&mut source, &sink, idle, &mut progress).await?;
    if args.json {
        let summary = Summary {
            stream: &name,
            place: &place,
            database: &database,
            loaded: progress.loaded,
            changes: progress.changes(),
            next: &progress.next,
            effort: progress.effort,
        };
        console.print(&serde_json::to_string(&summary)?);
    }
    Ok(Ending::Good)
}

/// How far it is. Says so when it ends, whatever ends it: Ctrl-C drops it.
struct Progress<'a> {
    console: Console,
    place: &'a str,
    /// Rows of the full load.
    loaded: u64,
    /// Where to begin the next time: all before it has been put.
    next: String,
    effort: Effort,
}

impl Progress<'_> {
    fn changes(&self) -> u64 {
        self.effort.records.saturating_sub(self.loaded)
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.next.is_empty() {
            return;
        }
        let (loaded, changes) = (self.loaded, self.changes());
        let Self { place, next, .. } = self;
        self.console.note(&format!(
            "{loaded} rows and {changes} changes to {place}; go on with --from {next}"
        ));
    }
}

/// Puts what comes, until nothing has come for `idle`.
async fn follow(
    source: &mut Source,
    sink: &Sink,
    idle: Option<Duration>,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let mut stream = source.open().await?;
    let console = progress.console;
    console.note("following the binary log; Ctrl-C ends it");
    let mut gathered = Vec::new();
    let mut last_event = Instant::now();
    loop {
        let deadline = if gathered.is_empty() {
            // Far enough away to be never.
            last_event + idle.unwrap_or(NEVER)
        } else {
            Instant::now() + GATHER
        };
        let is_quiet = match timeout_at(deadline, source.next(&mut stream)).await {
            Ok(read) => {
                match read? {
                    Some(Read::Records(records)) => gathered.extend(records),
                    Some(Read::Note(note)) => console.note(&note),
                    None => {}
                }
                last_event = Instant::now();
                false
            }
            Err(_) if gathered.is_empty() && idle.is_some() => return Ok(()),
            Err(_) => true,
        };
        if is_quiet || gathered.len() >= GATHERED {
            let records = std::mem::take(&mut gathered);
            sink.put(records, &mut progress.effort).await?;
        }
        if gathered.is_empty() {
            progress.next = source.settled();
        }
    }
}
