//! What hostile data can cost.

use records::glue::NoSchemas;
use records::layers::{Decoder, Layers, Limits};

use super::{aggregate, gzip, layers};

fn limited(of: &str, record_bytes: usize, event_bytes: usize) -> Layers {
    layers(of).with_limits(Limits {
        record_bytes,
        event_bytes,
    })
}

#[test]
fn a_record_becomes_no_more_than_its_limit() {
    let bomb = gzip(&vec![b' '; 1 << 20]);
    super::check(
        limited("gzip", 1_000, 1_000),
        &bomb,
        &NoSchemas,
        &[(None, Err(("gzip", "inflates-too-large")))],
    );
    // The records of an aggregate share the limit.
    let inner = gzip(&[b'a'; 400]);
    let aggregated = aggregate(&[("k", &inner), ("l", &inner), ("m", &inner)]);
    let text = "a".repeat(400);
    super::check(
        limited("kpl,gzip", 1_000, 1_000),
        &aggregated,
        &NoSchemas,
        &[
            (Some("k"), Ok(&text)),
            (Some("l"), Ok(&text)),
            (Some("m"), Err(("gzip", "inflates-too-large"))),
        ],
    );
}

#[test]
fn user_records_beyond_the_limit_are_one_error() {
    let many: Vec<(&str, &[u8])> = vec![("k", b"x"); 10_000];
    let mut decoder = Decoder::new(limited("kpl", 8_000, 8_000));
    let data = aggregate(&many);
    let all = decoder.decode(&data, &NoSchemas);
    let last = all.records().last().unwrap();
    assert_eq!(last.data.unwrap_err().reason(), "too-large");
    assert_eq!(all.records().count(), 102);
}
