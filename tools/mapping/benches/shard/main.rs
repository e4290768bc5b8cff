//! How many records a second the machine of one shard moves on one core, and whether its memory stays flat meanwhile.
//!
//! Each case pushes records, polls, and ends every invocation that is asked for, as a driver does; what a driver does
//! beside that (reading a stream, calling a function) is left out. A record costs its driver a sequence number and a
//! partition key, which are made anew for each one and count.
#![allow(clippy::print_stdout)]

mod memory;
mod stream;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use mapping::Settings;

use stream::{Answer, Stream};

/// Records of an iteration; several batches, so that parallel ones are under way at the same time.
const RECORDS: usize = 1_000;

struct Case {
    name: &'static str,
    settings: Settings,
    answer: Answer,
}

fn cases() -> Vec<Case> {
    let batches_of_100 = Settings::default();
    let reports = Settings {
        report_batch_item_failures: true,
        ..batches_of_100.clone()
    };
    let case = |name, settings, answer| Case {
        name,
        settings,
        answer,
    };
    vec![
        case("batches of 100", batches_of_100.clone(), Answer::Nothing),
        case(
            "10 batches in parallel",
            Settings {
                parallelization_factor: 10,
                ..batches_of_100.clone()
            },
            Answer::Nothing,
        ),
        case(
            "tumbling windows of 10 s",
            Settings {
                tumbling_window: Some(Duration::from_secs(10)),
                ..batches_of_100
            },
            Answer::State,
        ),
        case(
            "reports, nothing failed",
            reports.clone(),
            Answer::NoFailures,
        ),
        case(
            "reports, each batch fails once in its middle",
            reports,
            Answer::MiddleFailsOnce,
        ),
    ]
}

fn throughput(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shard");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.warm_up_time(Duration::from_secs(1));
    for case in cases() {
        let mut stream = Stream::new(&case.settings, case.answer);
        group.bench_function(BenchmarkId::from_parameter(case.name), |bencher| {
            bencher.iter(|| stream.advance(RECORDS));
        });
    }
    group.finish();
}

fn main() {
    // `--test` only tries whether the benchmark runs.
    if !std::env::args().any(|argument| argument == "--test") {
        // First: the benchmarks' own samples would hide what the machine takes.
        for case in cases() {
            memory::check(case.name, Stream::new(&case.settings, case.answer));
        }
    }
    let mut criterion = Criterion::default().configure_from_args();
    throughput(&mut criterion);
    criterion.final_summary();
}
