//! What an S3 request says, wherever it says it.

use std::collections::HashMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::byte_stream::ByteStream;

use super::chunked;

/// An S3 request with its body read.
#[derive(Debug)]
pub(super) struct S3Request {
    pub(super) method: String,
    pub(super) bucket: String,
    /// Empty for a request about the bucket.
    pub(super) key: String,
    pub(super) query: HashMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) if_none_match: Option<String>,
}

/// Reads a request with its bucket in the host name or in the path.
pub(super) async fn read(request: HttpRequest) -> Result<S3Request, ConnectorError> {
    let header = |name: &str| request.headers().get(name).map(str::to_owned);
    let (host, path, query) = split(request.uri());
    let path = decode(path);
    let (bucket, key) = match bucket_in(host) {
        Some(bucket) => (bucket.to_owned(), path),
        None => match path.split_once('/') {
            Some((bucket, key)) => (bucket.to_owned(), key.to_owned()),
            None => (path, String::new()),
        },
    };
    let encoding = header("content-encoding").unwrap_or_default();
    let (chunked, other): (Vec<&str>, Vec<&str>) = encoding
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty())
        .partition(|coding| *coding == "aws-chunked");
    let parsed = S3Request {
        method: request.method().to_owned(),
        bucket,
        key,
        query: parameters(query),
        body: Vec::new(),
        content_type: header("content-type"),
        content_encoding: (!other.is_empty()).then(|| other.join(",")),
        if_none_match: header("if-none-match"),
    };
    let chunked = !chunked.is_empty();
    let body = ByteStream::new(request.into_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
    let body = body.to_vec();
    let body = if chunked {
        chunked::decode(&body).ok_or_else(|| ConnectorError::user("bad aws-chunked body".into()))?
    } else {
        body
    };
    Ok(S3Request { body, ..parsed })
}

/// Host, path without its first slash, and query of a URI.
fn split(uri: &str) -> (&str, &str, &str) {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host, path, query)
}

/// The bucket of a host like `quarantine.s3.us-east-1.amazonaws.com`; none of hosts that are not Amazon's.
fn bucket_in(host: &str) -> Option<&str> {
    let name = host.strip_suffix(".amazonaws.com")?;
    name.split_once(".s3.").map(|(bucket, _)| bucket)
}

fn parameters(query: &str) -> HashMap<String, String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Undoes percent encoding; a stray percent sign stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| *first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = tail
            .get(if byte.is_some() { 2 } else { 0 }..)
            .unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_bucket_is_in_the_host_or_in_the_path() {
        for (uri, bucket, key) in [
            ("https://q.s3.us-east-1.amazonaws.com/a/b%20c", "q", "a/b c"),
            ("https://s3.us-east-1.amazonaws.com/q/a", "q", "a"),
            ("http://127.0.0.1:4566/q/a%2Fb?x-id=GetObject", "q", "a/b"),
            ("http://127.0.0.1:4566/q?list-type=2", "q", ""),
            ("http://127.0.0.1:4566/q/?list-type=2", "q", ""),
            ("http://127.0.0.1:4566/q/100%", "q", "100%"),
        ] {
            let mut request = HttpRequest::empty();
            request.set_uri(uri).unwrap();
            let request = read(request).await.unwrap();
            assert_eq!(
                (request.bucket.as_str(), request.key.as_str()),
                (bucket, key)
            );
        }
    }
}
