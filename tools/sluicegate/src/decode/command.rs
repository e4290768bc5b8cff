//! `sluicegate decode`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result};
use records::avro::AvroSchema;
use records::layers::{Layers, Limits};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Sink;
use super::detect::Detecting;
use super::input::{Input, InputKind};
use super::output::{Closed, Output};
use super::registry_schema::RegistrySchema;
use super::schemas::{self, Schemas};
use super::session::{Session, Settings, Tally};
use crate::aws::AccountArgs;
use crate::cli::{Ending, UsageError};
use crate::console::Console;

const LAYERS: &str = "Layers, from the outside to the inside:
  gzip zlib zstd                           compression, before kpl and behind it
  kpl                                      records of the Kinesis Producer Library, aggregated or not
  cloudwatch-logs                          a log subscription, each message a record
  glue glue-avro glue-json glue-protobuf   the header of AWS Glue Schema Registry and its payload
  avro protobuf                            a payload of one schema: --schema
  csv(a b:number) tsv() psv() ssv()        a line of text

Examples:
  sluicegate decode --detect event.json                      # what is that?
  sluicegate decode --layers gzip,kpl event.json
  aws kinesis get-records --shard-iterator $IT | sluicegate decode --layers kpl,glue
  aws s3 cp s3://my-quarantine/sensor-ingest/2026/11/21/shardId-000000000000/1-2.ndjson.gz - | sluicegate decode
  echo f3899ac20a026b300a026b311a0508001a01611a0508011a0162aebcbee45c9b361585e70406a9746b03 |
    sluicegate decode --input hex --layers kpl
  sluicegate decode --layers glue --registry-schema b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63=user.avsc records.hex
  sluicegate decode --layers protobuf --schema demo.proto --message shop.Order --input raw record.bin
  sluicegate decode event.json | jq -c 'select(.error)'";

/// Arguments of `sluicegate decode`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = LAYERS)]
pub struct DecodeArgs {
    /// Read this file [default: standard input, as for -]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// What is around the payloads, with commas between [default: nothing, or what lines of quarantine say]
    #[arg(long, value_name = "LAYERS")]
    layers: Option<Layers>,
    /// What the input is [default: all of it is read, and what it looks like is said]
    #[arg(long, value_name = "KIND", value_enum)]
    input: Option<InputKind>,
    /// Say what each record looks like, and the layers that all of them have
    #[arg(long, conflicts_with_all = ["layers", "schema", "message", "reader_schema", "registry_schema"])]
    detect: bool,
    /// Most bytes that a record may become
    #[arg(long, value_name = "N", default_value_t = default_record_bytes())]
    max_record_bytes: NonZeroUsize,
    /// The schema of payloads of the layer avro, or with --message of protobuf
    #[arg(long, value_name = "FILE", help_heading = "Schemas")]
    schema: Option<PathBuf>,
    /// Full name of the Protobuf message that payloads are
    #[arg(
        long,
        value_name = "NAME",
        requires = "schema",
        help_heading = "Schemas"
    )]
    message: Option<String>,
    /// Read Avro as this schema, whichever it was written with
    #[arg(long, value_name = "FILE", help_heading = "Schemas")]
    reader_schema: Option<PathBuf>,
    /// A schema version from a file, .avsc, .json or .proto or ID=avro:FILE; may be repeated [default: the registry is asked]
    #[arg(long, value_name = "ID=FILE", help_heading = "Schemas")]
    registry_schema: Vec<RegistrySchema>,
    #[command(flatten)]
    account: AccountArgs,
}

/// Runs `sluicegate decode`.
pub async fn run(args: DecodeArgs, console: Console) -> Result<Ending> {
    let runtime = Handle::current();
    let (done, ended) = oneshot::channel();
    // To read from a terminal or a pipe takes its time, during which Ctrl-C must end it all.
    let work = move || done.send(decode(args, console, runtime)).ok();
    std::thread::Builder::new()
        .name("decode".to_owned())
        .spawn(work)
        .context("no thread can be started")?;
    ended.await.context("the decoder has come to a bad end")?
}

fn decode(args: DecodeArgs, console: Console, runtime: Handle) -> Result<Ending> {
    if args.detect {
        let input = Input::open(args.file.as_deref(), console)?;
        let mut sink = Detecting::new(Output::stdout());
        let is_done = read(input, args.input, console, &mut sink)?;
        if let Some(proposal) = sink.proposal().filter(|_| is_done) {
            console.note(&proposal);
        }
        return Ok(ending(sink.tally(), console));
    }
    args.check()?;
    let reader = args.reader_schema.as_deref().map(schemas::reader);
    let reader = reader.transpose()?;
    let settings = args.settings(reader.as_ref())?;
    let schemas = Schemas::new(&args.registry_schema, reader, args.account, runtime)?;
    let input = Input::open(args.file.as_deref(), console)?;
    let mut sink = Session::new(settings, schemas, Output::stdout(), console);
    read(input, args.input, console, &mut sink)?;
    Ok(ending(sink.tally(), console))
}

/// Whether all was read: it is not if nobody reads what is printed.
fn read(
    input: Input,
    kind: Option<InputKind>,
    console: Console,
    sink: &mut impl Sink,
) -> Result<bool> {
    let read = input.read(kind, console, sink);
    // What was printed before a failure is to be seen, too.
    match read.and(sink.idle()) {
        Ok(()) => Ok(true),
        Err(error) if error.is::<Closed>() => Ok(false),
        Err(error) => Err(error),
    }
}

fn ending(tally: Tally, console: Console) -> Ending {
    let Tally { lines, errors, .. } = tally;
    if errors == 0 {
        return Ending::Good;
    }
    console.note(&format!("errors: {errors} of {lines} lines"));
    Ending::Bad
}

impl DecodeArgs {
    /// Whether the arguments go together.
    fn check(&self) -> Result<(), UsageError> {
        let Some(layers) = &self.layers else {
            let is_quarantine = self.input == Some(InputKind::Quarantine);
            let has_schemas = self.schema.is_some()
                || self.reader_schema.is_some()
                || !self.registry_schema.is_empty();
            if has_schemas && !is_quarantine {
                let text =
                    "schemas need --layers, for instance --layers glue, or --input quarantine";
                return Err(UsageError(text.to_owned()));
            }
            return Ok(());
        };
        let (has, needs) = (self.schema.is_some(), layers.needs_schema());
        let is_of_protobuf = layers.to_string().ends_with("protobuf");
        let wrong = match (has, needs, self.message.is_some()) {
            (false, true, _) if is_of_protobuf => "needs --schema FILE --message NAME",
            (false, true, _) => "needs --schema FILE",
            (true, false, _) => "has no use for --schema, which is for avro and protobuf",
            (true, true, false) if is_of_protobuf => "needs --message NAME",
            (true, true, true) if !is_of_protobuf => {
                "has no use for --message, which is for protobuf"
            }
            _ => return Ok(()),
        };
        Err(UsageError(format!("--layers {layers} {wrong}")))
    }

    fn settings(&self, reader: Option<&AvroSchema>) -> Result<Settings, UsageError> {
        let message = self.message.as_deref();
        let schema = self.schema.as_deref();
        let schema = schema.map(|path| schemas::fixed(path, message, reader));
        let bytes = self.max_record_bytes.get();
        Ok(Settings {
            layers: self.layers.as_ref().map(Layers::to_string),
            schema: schema.transpose()?,
            limits: Limits {
                record_bytes: bytes,
                event_bytes: bytes,
            },
        })
    }
}

fn default_record_bytes() -> NonZeroUsize {
    NonZeroUsize::new(Limits::default().record_bytes).unwrap_or(NonZeroUsize::MAX)
}
