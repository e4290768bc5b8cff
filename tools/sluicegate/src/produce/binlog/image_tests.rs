use ColumnType as T;

use super::*;

#[test]
fn values_are_read_with_every_digit() {
    let cases: [(ColumnType, &[u8], &[u8], Image); 15] = [
        (
            T::MYSQL_TYPE_LONG,
            &[],
            &[0xff, 0xff, 0xff, 0xff],
            Image::Whole(0xffff_ffff, 4),
        ),
        (
            T::MYSQL_TYPE_INT24,
            &[],
            &[1, 0, 0x80],
            Image::Whole(0x80_0001, 3),
        ),
        (
            T::MYSQL_TYPE_NEWDECIMAL,
            &[6, 2],
            &[0x81, 0x2c, 0],
            Image::Decimal("300.00".to_owned()),
        ),
        (
            T::MYSQL_TYPE_NEWDECIMAL,
            &[6, 2],
            &[0x7e, 0xd3, 0xff],
            Image::Decimal("-300.00".to_owned()),
        ),
        (
            T::MYSQL_TYPE_NEWDECIMAL,
            &[6, 2],
            &[0x80, 0, 5],
            Image::Decimal("0.05".to_owned()),
        ),
        (
            T::MYSQL_TYPE_NEWDECIMAL,
            &[14, 4],
            &[0x81, 0x0d, 0xfb, 0x38, 0xd2, 0x04, 0xd2],
            Image::Decimal("1234567890.1234".to_owned()),
        ),
        (
            T::MYSQL_TYPE_VARCHAR,
            &[30, 0],
            b"\x02ab",
            Image::Bytes(b"ab".to_vec()),
        ),
        (
            T::MYSQL_TYPE_VARCHAR,
            &[0x2c, 1],
            b"\x02\0ab",
            Image::Bytes(b"ab".to_vec()),
        ),
        (
            T::MYSQL_TYPE_STRING,
            &[0xfe, 40],
            b"\x01a",
            Image::Bytes(b"a".to_vec()),
        ),
        (
            T::MYSQL_TYPE_STRING,
            &[0xee, 0x2c],
            b"\x01\0a",
            Image::Bytes(b"a".to_vec()),
        ),
        (
            T::MYSQL_TYPE_BLOB,
            &[2],
            b"\x03\0abc",
            Image::Bytes(b"abc".to_vec()),
        ),
        (
            T::MYSQL_TYPE_DATE,
            &[],
            &[0x51, 0xbf, 0x0f],
            Image::Date("2015-10-17".to_owned()),
        ),
        (
            T::MYSQL_TYPE_DATETIME2,
            &[3],
            &[0x99, 0xaf, 0x20, 0x64, 0xa0, 0x04, 0xce],
            Image::DateTime("2023-01-16 06:18:32.123".to_owned()),
        ),
        (
            T::MYSQL_TYPE_TIMESTAMP2,
            &[0],
            &[0x63, 0xc4, 0xec, 0x38],
            Image::Timestamp(1_673_849_912, String::new()),
        ),
        (T::MYSQL_TYPE_YEAR, &[], &[123], Image::Year(2023)),
    ];
    for (column_type, meta, data, expected) in cases {
        let mut bytes = Bytes(data);
        let image = Image::read(&mut bytes, column_type, meta);
        assert_eq!(image, Ok(expected), "{column_type:?} {meta:?}");
        assert!(bytes.0.is_empty(), "{column_type:?} {meta:?}");
    }
}

#[test]
fn a_value_that_is_cut_off_is_no_value() {
    for (column_type, meta, data) in [
        (T::MYSQL_TYPE_LONG, &[][..], &[1, 2, 3][..]),
        (T::MYSQL_TYPE_VARCHAR, &[30, 0], b"\x03ab"),
        (T::MYSQL_TYPE_NEWDECIMAL, &[6, 2], &[0x81, 0x2c]),
    ] {
        let image = Image::read(&mut Bytes(data), column_type, meta);
        assert_eq!(image, Err(TooShort.into()), "{column_type:?}");
    }
}
