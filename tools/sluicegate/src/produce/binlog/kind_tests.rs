use super::*;

/// Type, character set, value of the log, value of a query, JSON.
type Case<'a> = (&'a str, Option<&'a str>, Image, &'a str, &'a str);

fn bytes(bytes: &[u8]) -> Image {
    Image::Bytes(bytes.to_vec())
}

fn assert_same<const N: usize>(cases: [Case<'_>; N]) {
    for (column_type, charset, image, query, json) in cases {
        let data_type = column_type.split(['(', ' ']).next().unwrap();
        let kind = Kind::of(data_type, column_type, charset);
        let of_log = kind.of_log(Some(image)).unwrap().unwrap();
        assert_eq!(of_log.line(), json, "{column_type}");
        let of_query = kind.of_query(Some(query.as_bytes())).unwrap();
        assert_eq!(of_query.line(), json, "{column_type}");
    }
}

#[test]
fn numbers_of_the_log_are_those_of_a_query() {
    let all = 0xffff_fffe;
    let amount = Image::Decimal("0.50".to_owned());
    assert_same([
        ("int(11)", None, Image::Whole(all, 4), "-2", "-2"),
        (
            "int(9) unsigned",
            None,
            Image::Whole(all, 4),
            "4294967294",
            "4294967294",
        ),
        (
            "mediumint(9)",
            None,
            Image::Whole(0x80_0000, 3),
            "-8388608",
            "-8388608",
        ),
        ("bigint(20)", None, Image::Whole(u64::MAX, 8), "-1", "-1"),
        ("decimal(6,2)", None, amount, "0.50", "0.50"),
        ("year(4)", None, Image::Year(0), "0000", "0"),
    ]);
}

#[test]
fn texts_of_the_log_are_those_of_a_query() {
    let utf8 = Some("utf8mb4");
    let latin1 = Some("latin1");
    assert_same([
        (
            "varchar(9)",
            utf8,
            bytes("Zoë".as_bytes()),
            "Zoë",
            "\"Zoë\"",
        ),
        (
            "varchar(9)",
            latin1,
            bytes(b"Zo\xeb \x80"),
            "Zoë €",
            "\"Zoë €\"",
        ),
        ("blob", None, bytes(b"\0\x01"), "\0\u{1}", "\"0x0001\""),
        ("enum('a','b''c')", utf8, Image::Choice(2), "b'c", "\"b'c\""),
        ("enum('a','b')", utf8, Image::Choice(0), "", "\"\""),
        ("set('a','b','c')", utf8, Image::Choice(5), "a,c", "\"a,c\""),
    ]);
}

#[test]
fn times_of_the_log_are_those_of_a_query() {
    let date = Image::Date("2015-10-17".to_owned());
    let text = "2023-01-16 06:18:32";
    let json = "\"2023-01-16T06:18:32Z\"";
    let never = Image::Timestamp(0, ".00".to_owned());
    let seconds = Image::Timestamp(1_673_849_912, String::new());
    let zero = "\"0000-00-00T00:00:00.00Z\"";
    assert_same([
        ("date", None, date, "2015-10-17", "\"2015-10-17\""),
        (
            "datetime",
            None,
            Image::DateTime(text.to_owned()),
            text,
            json,
        ),
        ("timestamp", None, seconds, text, json),
        ("timestamp(2)", None, never, "0000-00-00 00:00:00.00", zero),
    ]);
}

#[test]
fn null_is_null_and_a_kind_that_is_left_out_is_nothing() {
    assert_eq!(
        Kind::Decimal.of_log(None),
        Ok(Some(Json::Raw("null".to_owned())))
    );
    for (data_type, charset) in [("float", None), ("text", Some("utf16")), ("point", None)] {
        let kind = Kind::of(data_type, data_type, charset);
        assert_eq!(kind, Kind::LeftOut(data_type.to_owned()));
        assert_eq!(kind.of_log(Some(Image::Other)), Ok(None));
        assert_eq!(kind.of_query(Some(b"1")), None);
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    assert_eq!(Kind::Decimal.of_log(Some(Image::Year(1))), Err(Mismatch));
}
