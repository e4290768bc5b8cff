//! Amazon's own chunked encoding, in which the SDK streams bodies whose checksum follows them.

/// The bytes of an `aws-chunked` body: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n` … `0\r\n<trailers>`.
///
/// `None` when it is not well-formed.
pub(super) fn decode(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let head = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = head.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn chunks_are_joined_and_trailers_left_out() {
        let cases: [(&[u8], Option<&[u8]>); 5] = [
            (b"0\r\n\r\n", Some(b"")),
            (
                b"5\r\nHello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
                Some(b"Hello"),
            ),
            (
                b"2;chunk-signature=ab\r\nHe\r\n3\r\nllo\r\n0\r\n\r\n",
                Some(b"Hello"),
            ),
            (b"5\r\nHel", None),
            (b"Hello", None),
        ];
        for (encoded, decoded) in cases {
            assert_eq!(decode(encoded).as_deref(), decoded);
        }
    }
}
