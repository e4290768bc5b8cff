//! As much HTTP/1.1 as the stub needs: kept-alive connections, bodies by length or in chunks.
//!
//! Written by hand so that the stub costs the two cores as little as possible while a handler is measured.

use std::io::{self, BufRead, Read, Write};

/// A request, read whole.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The `X-Amz-Target` header: service version and operation of the AWS JSON protocols.
    pub(crate) target: String,
    /// The `If-None-Match` header: the entity tag that a client has.
    pub(crate) if_none_match: String,
    pub(crate) body: Vec<u8>,
}

/// How a body is delimited.
#[derive(Debug, Default)]
struct Framing {
    length: usize,
    chunked: bool,
    expects_continue: bool,
}

/// Reads the next request of a connection; `None` when the client has closed it between requests.
///
/// `connection` is written to only when the client asks for `100 Continue`.
pub(crate) fn read_request(
    reader: &mut impl BufRead,
    connection: &mut impl Write,
) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(invalid(format!("not a request line: {line:?}")));
    };
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        ..Request::default()
    };
    let framing = read_headers(reader, &mut request)?;
    if framing.expects_continue {
        connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if framing.chunked {
        read_chunks(reader, &mut request.body)?;
    } else {
        request.body.resize(framing.length, 0);
        reader.read_exact(&mut request.body)?;
    }
    Ok(Some(request))
}

fn read_headers(reader: &mut impl BufRead, request: &mut Request) -> io::Result<Framing> {
    let mut framing = Framing::default();
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = line.trim_end();
        if header.is_empty() {
            return Ok(framing);
        }
        let Some((name, value)) = header.split_once(':') else {
            return Err(invalid(format!("not a header: {header:?}")));
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            framing.length = value
                .parse()
                .map_err(|_| invalid(format!("content-length {value:?} is not a number")))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            framing.chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("expect") {
            framing.expects_continue = value.eq_ignore_ascii_case("100-continue");
        } else if name.eq_ignore_ascii_case("x-amz-target") {
            value.clone_into(&mut request.target);
        } else if name.eq_ignore_ascii_case("if-none-match") {
            value.clone_into(&mut request.if_none_match);
        }
    }
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16)
            .map_err(|_| invalid(format!("chunk size {digits:?} is not hexadecimal")))?;
        reader.by_ref().take(size).read_to_end(body)?;
        line.clear();
        reader.read_line(&mut line)?;
        if size == 0 {
            // What was just read ended an empty trailer, or began a trailer that runs to an empty line.
            while !line.trim_end().is_empty() {
                line.clear();
                reader.read_line(&mut line)?;
            }
            return Ok(());
        }
    }
}

/// Writes a response; `headers` are whole lines, each ended by CR LF. The body is in `parts`, one behind the other.
pub(crate) fn write_response(
    connection: &mut impl Write,
    status: &str,
    headers: &str,
    parts: &[impl AsRef<[u8]>],
) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.as_ref().len()).sum();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
    let mut message = head.into_bytes();
    // One write for one packet where it fits; an event is too large to copy for that.
    if length <= 4096 {
        for part in parts {
            message.extend_from_slice(part.as_ref());
        }
        return connection.write_all(&message);
    }
    connection.write_all(&message)?;
    parts
        .iter()
        .try_for_each(|part| connection.write_all(part.as_ref()))
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expected: &[(&str, &str, &str, &str)]) {
        let mut reader = bytes.as_bytes();
        let mut continues = Vec::new();
        let mut read = Vec::new();
        while let Some(request) = read_request(&mut reader, &mut continues).unwrap() {
            let body = String::from_utf8(request.body).unwrap();
            read.push((request.method, request.path, request.target, body));
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, b, c, d)| ((*a).into(), (*b).into(), (*c).into(), (*d).into()))
            .collect();
        assert_eq!(read, expected);
        let asked = usize::from(bytes.contains("100-continue"));
        assert_eq!(
            continues.len(),
            asked * "HTTP/1.1 100 Continue\r\n\r\n".len()
        );
    }

    #[test]
    fn requests_of_one_connection_are_told_apart() {
        check(
            "POST / HTTP/1.1\r\nX-Amz-Target: T.Op\r\ncontent-length: 2\r\n\r\n{}GET /next HTTP/1.1\r\n\r\n",
            &[("POST", "/", "T.Op", "{}"), ("GET", "/next", "", "")],
        );
    }

    #[test]
    fn chunked_bodies_are_joined_and_trailers_skipped() {
        check(
            "PUT /k HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n\
             3\r\nabc\r\n2;ext\r\nde\r\n0\r\nx-check: 1\r\n\r\nGET /a HTTP/1.1\r\n\r\n",
            &[("PUT", "/k", "", "abcde"), ("GET", "/a", "", "")],
        );
    }

    #[test]
    fn a_truncated_request_is_an_error() {
        for bytes in [
            "GET / HTTP/1.1\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc",
            "\r\n",
        ] {
            let mut reader = bytes.as_bytes();
            assert!(
                read_request(&mut reader, &mut Vec::new()).is_err(),
                "{bytes:?}"
            );
        }
    }
}
