//! Aggregates that producers have written: by the KPL itself and by other libraries, as they stand in the tests of
//! awslabs/kinesis-aggregation and of other consumers (Apache-2.0).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Expected, check, check_single, hex};

/// Checks an aggregate in base64.
fn check_base64(text: &str, expected: &[Expected<'_>]) {
    let expected: Vec<_> = expected.iter().copied().map(Ok).collect();
    check(&STANDARD.decode(text).unwrap(), &expected);
}

#[test]
fn records_of_the_kpl_with_explicit_hash_keys_are_read() {
    check_base64(
        KPL_WITH_HASH_KEYS,
        &[
            (
                "fc03dd88-3e79-448a-b01a-7cf1bd47b784",
                Some("38486495867508399078159723846051807020"),
                b"RECORD 22 peeobhczbzdmskboupgyq\n",
            ),
            (
                "cae41b1c-ea61-43f2-90be-b8755ebf88e2",
                Some("193787600037681706952143357071916352604"),
                b"RECORD 23 uswkxftxroeusscxsjhno\n",
            ),
            (
                "d490690c-e74d-4db2-a3c8-d8f2f184fd23",
                Some("266880436964932424265466916734068684439"),
                b"RECORD 24 casehdgivfaxeustlyszy\n",
            ),
            (
                "c924bc09-b85e-47f1-b32e-336522ee53c8",
                Some("339606600942967391854603552402021847292"),
                b"RECORD 25 nvffvpmuogdopjhamevrk\n",
            ),
        ],
    );
}

#[test]
fn records_of_the_kpl_without_explicit_hash_keys_are_read() {
    check_base64(
        KPL_WITHOUT_HASH_KEYS,
        &[
            (
                "78feb12a-dba0-45ca-a91e-bb1f2f1819b4",
                None,
                b"RECORD 18 iklrpsvyhxnerodfeheru\n",
            ),
            (
                "c2a75787-469b-4310-840d-d486dca7eb5e",
                None,
                b"RECORD 19 lnmnudyhvpvcgrokfmzdh\n",
            ),
            (
                "650e9362-572b-4427-b3fc-13549d7e5ae5",
                None,
                b"RECORD 20 pjqrcfbxafzdndzmbgane\n",
            ),
            (
                "1d8d9600-00b7-46f3-a983-de83477540c0",
                None,
                b"RECORD 21 aafreyrntwuwxliygkbhk\n",
            ),
            (
                "f2e718a0-389b-494a-b796-3355b07569cc",
                None,
                b"RECORD 22 qsaadhbsgmvqgdifguyou\n",
            ),
            (
                "965b8da4-a6bd-4755-81c9-e7181ab7dc9a",
                None,
                b"RECORD 23 wjokoiwvzzhlftlzhqfjk\n",
            ),
            (
                "d693c5f0-5772-46c9-8d86-08c7055bdb75",
                None,
                b"RECORD 24 zopcascrthbbpnjiwuhjb\n",
            ),
            (
                "8d92476b-eb89-4e81-99fb-c2ba63ad6d90",
                None,
                b"RECORD 25 txbbvnozrwsboxuomqboq\n",
            ),
        ],
    );
}

#[test]
fn records_of_one_key_share_it() {
    let keys = (
        "1562602074896",
        Some("339606600942967391854603552402021847292"),
    );
    let texts: [&[u8]; 4] = [
        b"RECORD 2005 pjqrcfbxafzdndzmbgane",
        b"RECORD 2006 pjqrcfbxafzdndzmbgane",
        b"RECORD 2007 pjqrcfbxafzdndzmbgane",
        b"RECORD 2008 pjqrcfbxafzdndzmbgane",
    ];
    check_base64(KPL_ONE_KEY, &texts.map(|text| (keys.0, keys.1, text)));
    let neighbour = STANDARD
        .decode("UkVDT1JEIDc0OSBwanFyY2ZieGFmemRuZHptYmdhbmU=")
        .unwrap();
    check_single(&neighbour, None);
}

#[test]
fn keys_need_not_be_used_and_hash_keys_need_not_be_numbers() {
    let data = hex(
        "f3899ac20a03666f6f0a036261721203666f6f12036261721a0b080010011a0564617461311a0b080010011a0564617461326338f174dbbf14506cacdddc9314ee37",
    );
    let expected = [b"data1", b"data2"].map(|data| Ok(("foo", Some("bar"), data.as_slice())));
    check(&data, &expected);
}

#[test]
fn records_of_other_libraries_are_read() {
    check_base64(
        "84mawgoEcGstMAoEcGstMQoEcGstMhoTCAAaD3sibXNnIjoibGluZTAifRoTCAEaD3sibXNnIjoibGluZTEifRoTCAIaD3sibXNnIjoibGluZTIifZ8hyadI+v2KZPZrUGim6cQ=",
        &[
            ("pk-0", None, br#"{"msg":"line0"}"#),
            ("pk-1", None, br#"{"msg":"line1"}"#),
            ("pk-2", None, br#"{"msg":"line2"}"#),
        ],
    );
    check_base64(
        "84mawgoFa2V5LTAaJQgAGiFUZXN0aW5nIEtQTCBBZ2dyZWdhdGVkIFJlY29yZCAxLTBlW2Hfd6iL1WkMbznr8jc2",
        &[("key-0", None, b"Testing KPL Aggregated Record 1-0")],
    );
}

#[test]
fn tags_are_passed_over_and_data_may_be_empty() {
    let data = hex(
        "f3899ac20a01610a02626212033132331a13080010001a0568656c6c6f22060a016b1201761a0408011a00d395eabbdbe3417d0d03fcff2c342a1d",
    );
    check(
        &data,
        &[Ok(("a", Some("123"), b"hello")), Ok(("bb", None, b""))],
    );
}

const KPL_WITH_HASH_KEYS: &str = "\
    84mawgokZmMwM2RkODgtM2U3OS00NDhhLWIwMWEtN2NmMWJkNDdiNzg0CiRjYWU0MWIxYy1lYTYxLTQzZjItOTBiZS1iODc1NWViZjg4ZTIKJG\
    Q0OTA2OTBjLWU3NGQtNGRiMi1hM2M4LWQ4ZjJmMTg0ZmQyMwokYzkyNGJjMDktYjg1ZS00N2YxLWIzMmUtMzM2NTIyZWU1M2M4EiYzODQ4NjQ5\
    NTg2NzUwODM5OTA3ODE1OTcyMzg0NjA1MTgwNzAyMBInMTkzNzg3NjAwMDM3NjgxNzA2OTUyMTQzMzU3MDcxOTE2MzUyNjA0EicyNjY4ODA0Mz\
    Y5NjQ5MzI0MjQyNjU0NjY5MTY3MzQwNjg2ODQ0MzkSJzMzOTYwNjYwMDk0Mjk2NzM5MTg1NDYwMzU1MjQwMjAyMTg0NzI5MhomCAAQABogUkVD\
    T1JEIDIyIHBlZW9iaGN6YnpkbXNrYm91cGd5cQoaJggBEAEaIFJFQ09SRCAyMyB1c3dreGZ0eHJvZXVzc2N4c2pobm8KGiYIAhACGiBSRUNPUk\
    QgMjQgY2FzZWhkZ2l2ZmF4ZXVzdGx5c3p5ChomCAMQAxogUkVDT1JEIDI1IG52ZmZ2cG11b2dkb3BqaGFtZXZyawpRwVPQ3go0yp4Y6kvM0q3V";
const KPL_WITHOUT_HASH_KEYS: &str = "\
    84mawgokNzhmZWIxMmEtZGJhMC00NWNhLWE5MWUtYmIxZjJmMTgxOWI0CiRjMmE3NTc4Ny00NjliLTQzMTAtODQwZC1kNDg2ZGNhN2ViNWUKJD\
    Y1MGU5MzYyLTU3MmItNDQyNy1iM2ZjLTEzNTQ5ZDdlNWFlNQokMWQ4ZDk2MDAtMDBiNy00NmYzLWE5ODMtZGU4MzQ3NzU0MGMwCiRmMmU3MThh\
    MC0zODliLTQ5NGEtYjc5Ni0zMzU1YjA3NTY5Y2MKJDk2NWI4ZGE0LWE2YmQtNDc1NS04MWM5LWU3MTgxYWI3ZGM5YQokZDY5M2M1ZjAtNTc3Mi\
    00NmM5LThkODYtMDhjNzA1NWJkYjc1CiQ4ZDkyNDc2Yi1lYjg5LTRlODEtOTlmYi1jMmJhNjNhZDZkOTAaJAgAGiBSRUNPUkQgMTggaWtscnBz\
    dnloeG5lcm9kZmVoZXJ1ChokCAEaIFJFQ09SRCAxOSBsbm1udWR5aHZwdmNncm9rZm16ZGgKGiQIAhogUkVDT1JEIDIwIHBqcXJjZmJ4YWZ6ZG\
    5kem1iZ2FuZQoaJAgDGiBSRUNPUkQgMjEgYWFmcmV5cm50d3V3eGxpeWdrYmhrChokCAQaIFJFQ09SRCAyMiBxc2FhZGhic2dtdnFnZGlmZ3V5\
    b3UKGiQIBRogUkVDT1JEIDIzIHdqb2tvaXd2enpobGZ0bHpocWZqawoaJAgGGiBSRUNPUkQgMjQgem9wY2FzY3J0aGJicG5qaXd1aGpiChokCA\
    caIFJFQ09SRCAyNSB0eGJidm5venJ3c2JveHVvbXFib3EKvV1rrLdU+Sy2v8xkgZ5YaA==";
const KPL_ONE_KEY: &str = "\
    84mawgoNMTU2MjYwMjA3NDg5NhInMzM5NjA2NjAwOTQyOTY3MzkxODU0NjAzNTUyNDAyMDIxODQ3MjkyGicIABAAGiFSRUNPUkQgMjAwNSBwan\
    FyY2ZieGFmemRuZHptYmdhbmUaJwgAEAAaIVJFQ09SRCAyMDA2IHBqcXJjZmJ4YWZ6ZG5kem1iZ2FuZRonCAAQABohUkVDT1JEIDIwMDcgcGpx\
    cmNmYnhhZnpkbmR6bWJnYW5lGicIABAAGiFSRUNPUkQgMjAwOCBwanFyY2ZieGFmemRuZHptYmdhbmUHrLqXAgpJOT8v1lp81gM/";
