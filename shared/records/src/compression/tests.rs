use proptest::prelude::*;

use super::*;

fn inflate(compression: Compression, data: &[u8], limit: usize) -> Result<Vec<u8>, &'static str> {
    let mut out = b"before".to_vec();
    let inflated = Inflater::default().inflate(compression, data, limit, &mut out);
    let text = out
        .strip_prefix(b"before")
        .expect("nothing is overwritten")
        .to_vec();
    match inflated {
        Ok(()) => Ok(text),
        Err(error) => {
            assert!(text.is_empty(), "{error}");
            assert_eq!(error.compression(), compression);
            Err(error.reason())
        }
    }
}

fn built_in() -> impl Iterator<Item = Compression> {
    Compression::ALL.into_iter().filter(|one| one.is_built_in())
}

#[test]
fn each_way_to_be_wrong_has_its_own_reason() {
    for compression in built_in() {
        let text = br#"{"a":1}"#.repeat(20);
        let good = compress(compression, &text).unwrap();
        assert_eq!(Compression::by_first_bytes(&good), Some(compression));
        assert_eq!(inflate(compression, &good, 140), Ok(text.clone()));
        assert_eq!(
            inflate(compression, &good, 139),
            Err("inflates-too-large"),
            "{compression}"
        );
        assert_eq!(inflate(compression, &good, 0), Err("inflates-too-large"));
        assert_eq!(inflate(compression, &text, 1_000), Err("not-compressed"));
        assert_eq!(inflate(compression, b"", 1_000), Err("not-compressed"));
        let cut = good.get(..good.len() - 1).unwrap();
        assert_eq!(inflate(compression, cut, 1_000), Err("truncated"));
        let longer = [good.as_slice(), b"{}"].concat();
        assert!(inflate(compression, &longer, 1_000).is_err());
        let mut wrong = good.clone();
        *wrong.last_mut().unwrap() ^= 1;
        if compression != Compression::Zstd {
            assert_eq!(inflate(compression, &longer, 1_000), Err("trailing-bytes"));
            assert_eq!(inflate(compression, &wrong, 1_000), Err("corrupt"));
        }
    }
}

#[test]
fn several_members_are_one_text() {
    for compression in built_in().filter(|one| *one != Compression::Zlib) {
        let both = [b"a".as_slice(), b"".as_slice(), b"bc"]
            .map(|text| compress(compression, text).unwrap())
            .concat();
        assert_eq!(inflate(compression, &both, 3), Ok(b"abc".to_vec()));
        assert_eq!(inflate(compression, &both, 2), Err("inflates-too-large"));
    }
}

#[test]
fn all_parts_of_a_gzip_header_are_passed_over() {
    let plain = compress(Compression::Gzip, b"text").unwrap();
    let (_, body) = plain.split_at(10);
    let header = [0x1f, 0x8b, 8, 0b1_1111, 0, 0, 0, 0, 0, 3];
    let parts: &[u8] = b"\x02\0xyname\0comment\0\x12\x34";
    let data = [&header, parts, body].concat();
    assert_eq!(inflate(Compression::Gzip, &data, 9), Ok(b"text".to_vec()));
    for length in 0..header.len() + parts.len() {
        let cut = data.get(..length).unwrap();
        assert!(inflate(Compression::Gzip, cut, 9).is_err(), "{length}");
    }
    let padded = [plain.as_slice(), &[0; 512]].concat();
    assert_eq!(inflate(Compression::Gzip, &padded, 9), Ok(b"text".to_vec()));
    let mut reserved = data;
    reserved[3] |= 0b10_0000;
    assert_eq!(inflate(Compression::Gzip, &reserved, 9), Err("corrupt"));
}

#[test]
fn a_bomb_takes_no_more_memory_than_the_limit() {
    for compression in built_in() {
        let bomb = compress(compression, &vec![0; 10 << 20]).unwrap();
        let mut out = Vec::new();
        let mut inflater = Inflater::default();
        let error = inflater
            .inflate(compression, &bomb, 100_000, &mut out)
            .unwrap_err();
        assert_eq!(error.reason(), "inflates-too-large");
        assert!(out.capacity() <= 200_002, "{}", out.capacity());
    }
}

#[test]
fn an_inflater_is_good_for_any_number_of_texts() {
    let mut inflater = Inflater::default();
    let mut out = Vec::new();
    for round in 0..20_usize {
        for compression in built_in() {
            let text = vec![b'a'; round * 7];
            let data = compress(compression, &text).unwrap();
            out.clear();
            inflater
                .inflate(compression, &data, 1_000, &mut out)
                .unwrap();
            assert_eq!(out, text);
            // A failure leaves nothing behind either.
            let cut = data.get(..data.len() / 2).unwrap();
            inflater
                .inflate(compression, cut, 1_000, &mut out)
                .unwrap_err();
        }
    }
}

proptest! {
    #[test]
    fn texts_come_back(text in proptest::collection::vec(any::<u8>(), 0..3_000), repeat in 1_usize..4) {
        let text = text.repeat(repeat);
        for compression in built_in() {
            let data = compress(compression, &text).unwrap();
            prop_assert_eq!(inflate(compression, &data, text.len()), Ok(text.clone()));
        }
    }

    #[test]
    fn any_bytes_give_a_text_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..3_000, to in any::<u8>()) {
        for compression in built_in() {
            let _ = inflate(compression, &bytes, 10_000);
            let mut changed = compress(compression, &bytes).unwrap();
            let at = at % changed.len();
            changed[at] = to;
            let _ = inflate(compression, &changed, 10_000);
        }
    }
}
