//! Whole events.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use records::KinesisEvent;
use records::glue::NoSchemas;
use records::kpl::Aggregator;
use records::layers::{Decoder, Limits, Skip};

use super::{aggregate, gzip, hex, layers};

/// An event whose records have the sequence numbers 1, 2 and so on.
fn event(data: &[Vec<u8>]) -> KinesisEvent {
    let records: Vec<_> = data
        .iter()
        .enumerate()
        .map(|(index, data)| {
            let number = index + 1;
            let data = STANDARD.encode(data);
            format!(r#"{{"kinesis":{{"sequenceNumber":"{number}","partitionKey":"outer","data":"{data}","approximateArrivalTimestamp":1.5}}}}"#)
        })
        .collect();
    let text = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    KinesisEvent::from_json(text.as_bytes()).unwrap()
}

#[test]
fn user_records_have_the_position_of_their_stream_record_and_their_own() {
    let event = event(&[
        b"plain".to_vec(),
        aggregate(&[("a", b"one"), ("b", b"two")]),
        hex("f3899ac20a026b3002ee12dcdfba8a9d16b3b136a918c118"),
        hex(
            "f3899ac20a026b301a0508001a01611a0508071a01621a0508001a016344c6b49694c4091460065b11bd48a5b5",
        ),
    ]);
    let mut decoder = Decoder::new(layers("kpl"));
    let all = decoder.decode_event(&event, &NoSchemas);
    let got: Vec<_> = all
        .user_records()
        .map(|user| match user {
            Ok(user) => {
                assert!(user.arrival.is_some());
                let number = user.position.sequence_number.as_str();
                Ok((
                    number,
                    user.position.subsequence_number,
                    user.partition_key.unwrap(),
                    user.data,
                ))
            }
            Err((record, error)) => Err((record.sequence_number.unwrap().as_str(), error.reason())),
        })
        .collect();
    assert_eq!(
        got,
        [
            Ok(("1", 0, "outer", b"plain".as_slice())),
            Ok(("2", 0, "a", b"one")),
            Ok(("2", 1, "b", b"two")),
            Ok(("4", 0, "k0", b"a")),
            Err(("4", "no-partition-key")),
            Ok(("4", 2, "k0", b"c")),
        ]
    );
    let skipped: Vec<_> = all
        .skipped()
        .map(|skipped| (skipped.record, skipped.reason))
        .collect();
    assert_eq!(skipped, [(2, Skip::EmptyAggregate)]);
}

#[test]
fn records_that_the_event_does_not_have_are_errors_among_the_others() {
    let text = r#"{"Records":[5,{"kinesis":{"sequenceNumber":"1","data":"!"}},{"kinesis":{"data":""}},{"kinesis":{"sequenceNumber":"2","data":""}}]}"#;
    let event = KinesisEvent::from_json(text.as_bytes()).unwrap();
    let mut decoder = Decoder::new(layers("kpl"));
    let all = decoder.decode_event(&event, &NoSchemas);
    let got: Vec<_> = all
        .records()
        .map(|record| record.data.map_err(|error| (error.stage(), error.reason())))
        .collect();
    assert_eq!(
        got,
        [
            Err(("envelope", "not-an-object")),
            Err(("envelope", "not-base64")),
            Err(("envelope", "no-sequence-number")),
            Ok(b"".as_slice()),
        ]
    );
}

#[test]
fn what_an_event_has_no_room_for_comes_again() {
    let data = vec![gzip(&[b'a'; 600]); 4];
    let limits = Limits {
        record_bytes: 1_000,
        event_bytes: 1_500,
    };
    let event = event(&data);
    let mut decoder = Decoder::new(layers("gzip").with_limits(limits));
    let all = decoder.decode_event(&event, &NoSchemas);
    let got: Vec<_> = all
        .records()
        .map(|record| {
            record
                .data
                .map(<[u8]>::len)
                .map_err(|error| (error.reason(), error.is_retryable()))
        })
        .collect();
    let again = Err(("event-too-large", true));
    assert_eq!(got, [Ok(600), Ok(600), again, again]);
}

proptest! {
    #[test]
    fn what_producers_wrap_comes_out_again(
        batches in proptest::collection::vec(
            proptest::collection::vec(("[a-z]{1,5}", proptest::collection::vec(any::<u8>(), 0..40)), 1..6), 0..6),
        compressed_inside in any::<bool>(), compressed_outside in any::<bool>(),
    ) {
        let mut expected = Vec::new();
        let mut data = Vec::new();
        for (index, batch) in batches.iter().enumerate() {
            let mut aggregator = Aggregator::default();
            for (sub, (key, payload)) in batch.iter().enumerate() {
                expected.push((index, sub as u64, key.clone(), payload.clone()));
                let payload = if compressed_inside { gzip(payload) } else { payload.clone() };
                aggregator.push(key, None, &payload).unwrap();
            }
            let aggregated = aggregator.finish().unwrap().data;
            data.push(if compressed_outside { gzip(&aggregated) } else { aggregated });
        }
        let names = [("gzip,", compressed_outside), ("kpl", true), (",gzip", compressed_inside)];
        let of: String = names.iter().filter(|name| name.1).map(|name| name.0).collect();
        let mut decoder = Decoder::new(layers(&of));
        let event = event(&data);
        let all = decoder.decode_event(&event, &NoSchemas);
        let got: Vec<_> = all
            .records()
            .map(|one| (one.record, one.subsequence_number, one.partition_key.unwrap().to_owned(), one.data.unwrap().to_vec()))
            .collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn any_data_gives_records_or_errors(
        data in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4),
        of in prop_oneof![Just("gzip,kpl,zlib,glue"), Just("kpl,glue"), Just("cloudwatch-logs"), Just("kpl,csv(a)"), Just("zlib")],
    ) {
        let event = event(&data);
        let mut decoder = Decoder::new(layers(of));
        let all = decoder.decode_event(&event, &NoSchemas);
        prop_assert!(all.records().count() + all.skipped().count() >= data.len());
        for data in &data {
            let _ = records::layers::detect(data);
        }
    }
}
