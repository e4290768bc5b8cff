//! Aggregates that no library should write.

use super::{aggregate_of, check, check_single, hex};

const KEY: &[u8] = b"\x0a\x02k0";
const A: &[u8] = b"\x1a\x05\x08\x00\x1a\x01a";

#[test]
fn what_is_not_an_aggregate_is_one_record() {
    for plain in [
        "",
        "7b7d",
        "f3899a",
        "f3899ac2",
        "f3899ac200000000000000000000000000000000",
        // A digest of nothing.
        "f3899ac2d41d8cd98f00b204e9800998ecf8427e",
    ] {
        check_single(&hex(plain), None);
    }
    let two_records = "f3899ac20a026b300a026b311a0508001a01611a0508011a0162";
    let good = hex(&format!("{two_records}aebcbee45c9b361585e70406a9746b03"));
    check(&good, &[Ok(("k0", None, b"a")), Ok(("k1", None, b"b"))]);
    let bad = hex(&format!("{two_records}00000000000000000000000000000000"));
    check_single(&bad, Some("kpl-bad-digest"));
}

#[test]
fn a_digest_does_not_make_a_message() {
    for message in [
        b"{\"a\":1}".as_slice(),
        b"\x0a",
        b"\x0a\x05abc",
        b"\x00\x00",
        // Records without a key's index, without data, with broken fields.
        b"\x0a\x02k0\x1a\x03\x1a\x01a",
        b"\x0a\x02k0\x1a\x02\x08\x00",
        b"\x0a\x02k0\x1a\x03\x08\x00\x1a",
        // A varint of eleven bytes; a field number beyond 29 bits; a group that ends as another.
        b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xf8\xff\xff\xff\xff\x01\x00",
        b"\x2b\x34",
        b"\x2b",
        b"\x2e\x00",
    ] {
        check_single(&aggregate_of(message), Some("kpl-bad-message"));
    }
    let deep = aggregate_of(&b"\x2b".repeat(1 << 20));
    check_single(&deep, Some("kpl-bad-message"));
}

#[test]
fn a_record_without_its_key_does_not_take_the_others_with_it() {
    let data = hex(
        "f3899ac20a026b301a0508001a01611a0508071a01621a0508001a016344c6b49694c4091460065b11bd48a5b5",
    );
    check(
        &data,
        &[
            Ok(("k0", None, b"a")),
            Err("no-partition-key"),
            Ok(("k0", None, b"c")),
        ],
    );
    let not_text = aggregate_of(
        &[
            b"\x0a\x01\xff".as_slice(),
            KEY,
            A,
            b"\x1a\x05\x08\x01\x1a\x01b",
        ]
        .concat(),
    );
    check(
        &not_text,
        &[Err("partition-key-not-utf8"), Ok(("k0", None, b"b"))],
    );
    let far = aggregate_of(b"\x1a\x0e\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x1a\x01a");
    check(&far, &[Err("no-partition-key")]);
}

#[test]
fn an_explicit_hash_key_that_is_not_there_is_none() {
    // An index into an empty table.
    let data = hex("f3899ac20a026b301a07080010001a01618d6300efab7e6aa461c588689f195e99");
    check(&data, &[Ok(("k0", None, b"a"))]);
    // A table, but no index; an index beyond the table; a key that is not text.
    let message = [
        KEY,
        b"\x12\x017\x12\x01\xff",
        A,
        b"\x1a\x07\x08\x00\x10\x02\x1a\x01b",
        b"\x1a\x07\x08\x00\x10\x01\x1a\x01c",
        b"\x1a\x07\x08\x00\x10\x00\x1a\x01d",
    ]
    .concat();
    check(
        &aggregate_of(&message),
        &[
            Ok(("k0", None, b"a")),
            Ok(("k0", None, b"b")),
            Ok(("k0", None, b"c")),
            Ok(("k0", Some("7"), b"d")),
        ],
    );
}

#[test]
fn an_aggregate_may_have_no_records_and_a_record_no_data() {
    check(
        &hex("f3899ac20a026b3002ee12dcdfba8a9d16b3b136a918c118"),
        &[],
    );
    let data = hex("f3899ac20a026b301a0408001a00bc7573a0de67f05f55c4c1f20445403a");
    check(&data, &[Ok(("k0", None, b""))]);
}

#[test]
fn fields_come_in_any_order_and_unknown_ones_are_passed_over() {
    let data = hex("f3899ac21a0508001a01610a026b30bc850388f1188ed958a77453335a0b1b");
    check(&data, &[Ok(("k0", None, b"a"))]);
    // A varint, eight bytes, text, a group with a group and a varint in it, four bytes; known numbers of other types.
    let unknown = b"\x20\x96\x01\x29\x01\x02\x03\x04\x05\x06\x07\x08\x32\x03abc\x3b\x43\x08\x01\x44\x3c\x45\x01\x02\x03\x04\x08\x05\x18\x00";
    let inside = b"\x1a\x10\x1a\x01x\x20\x01\x2a\x00\x08\x07\x08\x00\x1a\x01b\x0a\x00";
    let message = [unknown, A, KEY, unknown.as_slice(), inside].concat();
    // The last one of a field that comes twice holds.
    check(
        &aggregate_of(&message),
        &[Ok(("k0", None, b"a")), Ok(("k0", None, b"b"))],
    );
}

#[test]
fn an_aggregate_in_an_aggregate_is_left_as_it_is() {
    let inner = aggregate_of(&[KEY, A].concat());
    let mut outer = records::kpl::Aggregator::default();
    outer.push("k", None, &inner).unwrap();
    check(&outer.finish().unwrap().data, &[Ok(("k", None, &inner))]);
}
