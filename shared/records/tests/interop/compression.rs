//! Compressed data.

use std::collections::BTreeMap;

use proptest::prelude::*;
use records::compression::{Compression, compress};
use records::glue::NoSchemas;
use records::layers::{Decoder, Layers};
use serde::Deserialize;
use serde_json::json;

use crate::peer::{CASES, Peer, base64, from_base64, sample};

/// Noise, and text that repeats itself.
fn texts() -> Vec<Vec<u8>> {
    let noise = proptest::collection::vec(any::<u8>(), 0..2_000);
    let repeated = ("\\PC{0,30}", 0_usize..2_000)
        .prop_map(|(text, times)| text.repeat(times).into_bytes())
        .prop_map(|mut text| {
            text.truncate(100_000);
            text
        });
    sample(proptest::collection::vec(
        prop_oneof![noise, repeated],
        CASES,
    ))
}

#[derive(Deserialize)]
struct Inflated {
    data: String,
}

fn they_inflate_what_we_compress(peer: Peer, compressions: &[Compression]) {
    let texts = texts();
    for compression in compressions {
        let compressed = texts
            .iter()
            .map(|text| compress(*compression, text).unwrap());
        let cases: Vec<_> = compressed
            .map(|data| json!({"compression": compression.name(), "data": base64(&data)}))
            .collect();
        let answers: Vec<Inflated> = peer.ask("inflate", &cases);
        for (number, (answer, text)) in answers.iter().zip(&texts).enumerate() {
            let is_same = from_base64(&answer.data) == *text;
            assert!(is_same, "case {number}: {peer} inflates {compression:?}");
        }
    }
}

fn we_inflate_what_they_compress(peer: Peer) {
    let texts = texts();
    let cases: Vec<_> = texts
        .iter()
        .map(|text| json!({"data": base64(text)}))
        .collect();
    let answers: Vec<BTreeMap<String, Vec<String>>> = peer.ask("compress", &cases);
    for (number, (answer, text)) in answers.iter().zip(&texts).enumerate() {
        for (name, variants) in answer {
            let mut decoder = Decoder::new(name.parse::<Layers>().unwrap());
            for (variant, data) in variants.iter().enumerate() {
                let case = format!("case {number}, {name}, variant {variant} of {peer}");
                let data = from_base64(data);
                let all = decoder.decode(&data, &NoSchemas);
                let record = all.records().next().unwrap();
                let got = record
                    .data
                    .unwrap_or_else(|error| panic!("{case}: {error}"));
                assert!(got == *text, "{case}");
            }
        }
    }
}

#[test]
#[ignore = "make interop"]
fn python_inflates_what_is_compressed() {
    they_inflate_what_we_compress(Peer::Python, &Compression::ALL);
}

#[test]
#[ignore = "make interop"]
fn what_python_compresses_is_inflated() {
    we_inflate_what_they_compress(Peer::Python);
}

#[test]
#[ignore = "make interop"]
fn node_inflates_what_is_compressed() {
    they_inflate_what_we_compress(Peer::Node, &[Compression::Gzip, Compression::Zlib]);
}

#[test]
#[ignore = "make interop"]
fn what_node_compresses_is_inflated() {
    we_inflate_what_they_compress(Peer::Node);
}
