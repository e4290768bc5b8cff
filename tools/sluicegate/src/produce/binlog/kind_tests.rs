use super::*;

fn log(data_type: &str, column_type: &str, charset: Option<&str>, image: Image) -> String {
    let kind = Kind::of(data_type, column_type, charset);
    kind.of_log(Some(image)).unwrap().unwrap().line()
}

#[test]
fn values_of_the_log_are_those_of_a_query() {
    let bytes = |bytes: &[u8]| Image::Bytes(bytes.to_vec());
    let none = String::new;
    for (types, charset, image, query, json) in [
        (
            ("int", "int(11)"),
            None,
            Image::Whole(0xffff_fffe, 4),
            "-2",
            "-2",
        ),
        (
            ("int", "int(10) unsigned"),
            None,
            Image::Whole(0xffff_fffe, 4),
            "4294967294",
            "4294967294",
        ),
        (
            ("bigint", "bigint(20)"),
            None,
            Image::Whole(u64::MAX, 8),
            "-1",
            "-1",
        ),
        (
            ("decimal", "decimal(6,2)"),
            None,
            Image::Decimal("0.50".to_owned()),
            "0.50",
            "0.50",
        ),
        (
            ("varchar", "varchar(9)"),
            Some("utf8mb4"),
            bytes("Zoë".as_bytes()),
            "Zoë",
            "\"Zoë\"",
        ),
        (
            ("varchar", "varchar(9)"),
            Some("latin1"),
            bytes(b"Zo\xeb \x80"),
            "Zoë €",
            "\"Zoë €\"",
        ),
        (
            ("blob", "blob"),
            None,
            bytes(&[0, 0xab]),
            "\0\u{1}",
            "\"0x00ab\"",
        ),
        (
            ("date", "date"),
            None,
            Image::Date("2015-10-17".to_owned()),
            "2015-10-17",
            "\"2015-10-17\"",
        ),
        (("year", "year(4)"), None, Image::Year(0), "0000", "0"),
        (
            ("timestamp", "timestamp"),
            None,
            Image::Timestamp(1_673_849_912, none()),
            "2023-01-16 06:18:32",
            "\"2023-01-16T06:18:32Z\"",
        ),
        (
            ("timestamp", "timestamp(2)"),
            None,
            Image::Timestamp(0, ".00".to_owned()),
            "0000-00-00 00:00:00.00",
            "\"0000-00-00T00:00:00.00Z\"",
        ),
        (
            ("enum", "enum('a','b''c')"),
            Some("utf8mb4"),
            Image::Choice(2),
            "b'c",
            "\"b'c\"",
        ),
        (
            ("enum", "enum('a','b')"),
            Some("utf8mb4"),
            Image::Choice(0),
            "",
            "\"\"",
        ),
        (
            ("set", "set('a','b','c')"),
            Some("utf8mb4"),
            Image::Choice(5),
            "a,c",
            "\"a,c\"",
        ),
    ] {
        let (data_type, column_type) = types;
        assert_eq!(
            log(data_type, column_type, charset, image),
            json,
            "{column_type}"
        );
        let kind = Kind::of(data_type, column_type, charset);
        if kind != Kind::Binary {
            let value = kind.of_query(Some(query.as_bytes())).unwrap();
            assert_eq!(value.line(), json, "{column_type}");
        }
    }
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
