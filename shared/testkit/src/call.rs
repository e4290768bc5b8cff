//! What a request asks for, read from the request itself.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// One HTTP request of an SDK client: a retry by the SDK is a call of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// How many calls came before it.
    pub index: usize,
    /// `dynamodb`, `kinesis`, … from the request's target; `s3` when it has none.
    pub service: String,
    /// `BatchWriteItem`, `PutObject`, …; an S3 request that is none of those known here is named by its HTTP method.
    pub operation: String,
}

impl CallView {
    pub(crate) fn new(index: usize, request: &HttpRequest) -> Self {
        let (service, operation) = match target(request) {
            Some((service, operation)) => (service, operation.to_owned()),
            None => ("s3".to_owned(), s3_operation(request)),
        };
        Self {
            index,
            service,
            operation,
        }
    }

    /// Whether `name` is its service or its operation.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.service == name || self.operation == name
    }
}

/// Service and operation of a JSON protocol: `DynamoDB_20120810.PutItem` is (`dynamodb`, `PutItem`).
fn target(request: &HttpRequest) -> Option<(String, &str)> {
    let (version, operation) = request.headers().get("x-amz-target")?.split_once('.')?;
    let (service, _) = version.split_once('_').unwrap_or((version, ""));
    Some((service.to_lowercase(), operation))
}

fn s3_operation(request: &HttpRequest) -> String {
    let query = request.uri().split_once('?').map_or("", |(_, query)| query);
    let lists = query.split('&').any(|part| part == "list-type=2");
    match request.method() {
        "GET" if lists => "ListObjectsV2".to_owned(),
        "GET" => "GetObject".to_owned(),
        "PUT" => "PutObject".to_owned(),
        "HEAD" => "HeadObject".to_owned(),
        "DELETE" => "DeleteObject".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_its_target_or_as_s3_names_it() {
        let cases = [
            (
                "POST",
                "http://db/",
                Some("DynamoDB_20120810.BatchWriteItem"),
                "dynamodb",
                "BatchWriteItem",
            ),
            (
                "POST",
                "http://k/",
                Some("Kinesis_20131202.PutRecords"),
                "kinesis",
                "PutRecords",
            ),
            (
                "PUT",
                "http://s3/b/k?x-id=PutObject",
                None,
                "s3",
                "PutObject",
            ),
            (
                "GET",
                "http://s3/b?list-type=2&prefix=a",
                None,
                "s3",
                "ListObjectsV2",
            ),
            (
                "GET",
                "http://s3/b/k?x-id=GetObject",
                None,
                "s3",
                "GetObject",
            ),
            ("POST", "http://s3/b/k?uploads", None, "s3", "POST"),
        ];
        for (method, uri, target, service, operation) in cases {
            let mut request = HttpRequest::empty();
            request.set_method(method).unwrap();
            request.set_uri(uri).unwrap();
            if let Some(target) = target {
                request.headers_mut().insert("x-amz-target", target);
            }
            let call = CallView::new(3, &request);
            assert_eq!(
                (call.index, call.service.as_str(), call.operation.as_str()),
                (3, service, operation)
            );
            assert!(call.is(service) && call.is(operation) && !call.is("other"));
        }
    }
}
