//! Looks at table and list after every call that arrives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use opt_out_list::OptOutListService;
use serde_json::Value;

use crate::database::{Change, PHONES};
use crate::expected::{Expected, Order};
use crate::services::LIST;

/// A client that looks at every answer. Clones see the same.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    inner: SharedHttpClient,
    list: OptOutListService,
    table: String,
    seen: Arc<Mutex<Seen>>,
}

/// What has been seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The rows of numbers, as they were last put.
    rows: BTreeMap<String, Value>,
    /// What has been delivered.
    delivered: Expected,
    pub(crate) looks: usize,
    /// Calls that took a number off the list, or tried to.
    pub(crate) removals: usize,
    pub(crate) throttled: usize,
    pub(crate) conflicts: usize,
    /// The first thing that was wrong.
    pub(crate) wrong: Option<String>,
}

impl Observer {
    pub(crate) fn new(inner: SharedHttpClient, list: OptOutListService, table: &str) -> Self {
        Self {
            inner,
            list,
            table: table.to_owned(),
            seen: Arc::default(),
        }
    }

    pub(crate) fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub(crate) fn is_listed(&self, phone: &str) -> bool {
        self.list
            .with(|lists, _| lists.numbers(LIST).unwrap().contains_key(phone))
    }

    /// A change comes to the function.
    pub(crate) fn delivered(&self, change: &Change, sequence_number: &str) {
        if let Some(is_yes) = change.what.answer() {
            let order = Order::of(change, sequence_number);
            self.seen()
                .delivered
                .number(change.key.phone, order, is_yes);
        }
    }

    /// The function has said that a change is done with: if it is the newest one of its number and an opt-out, the
    /// number is on the list.
    pub(crate) fn done(&self, change: &Change, sequence_number: &str) {
        let order = Order::of(change, sequence_number);
        let mut seen = self.seen();
        let newest = seen.delivered.numbers.get(&change.key.phone);
        let phone = PHONES[change.key.phone].1;
        let is_lost = change.what.answer() == Some(false)
            && newest == Some(&(order, false))
            && !self.is_listed(phone);
        if is_lost && seen.wrong.is_none() {
            seen.wrong = Some(format!(
                "{change:?} is done with, but {phone} is not on the list"
            ));
        }
    }

    fn look(&self, target: &str, body: &Value, is_success: bool, answer: &str) {
        let mut seen = self.seen();
        seen.looks += 1;
        seen.throttled +=
            usize::from(answer.contains("#ThrottlingException") && target.starts_with("Pinpoint"));
        seen.conflicts += usize::from(answer.contains("#ConflictException"));
        seen.removals += usize::from(target.ends_with(".DeleteOptedOutNumber"));
        let is_number = body["TableName"] == *self.table && body["Item"]["entity"]["S"] == "NUMBER";
        if is_success && is_number {
            let phone = body["Item"]["phone"]["S"].as_str().unwrap().to_owned();
            seen.rows.insert(phone, body["Item"].clone());
        }
        let lost = seen.rows.iter().find(|(phone, row)| {
            row["status"]["S"] == "OPTED_OUT"
                && row["channel"]["S"] == "IN_STEP"
                && !self.is_listed(phone)
        });
        let lost = lost.map(|(phone, _)| {
            format!("{phone} says that it is in step and is not on the list, after {target} {body}")
        });
        seen.wrong = seen.wrong.take().or(lost);
    }
}

impl HttpClient for Observer {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ObservingConnector {
            inner: self.inner.http_connector(settings, components),
            observer: self.clone(),
        })
    }
}

#[derive(Debug)]
struct ObservingConnector {
    inner: SharedHttpConnector,
    observer: Observer,
}

impl HttpConnector for ObservingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(target) = request.headers().get("x-amz-target").map(str::to_owned) else {
            return self.inner.call(request);
        };
        let body = request.body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let (inner, observer) = (self.inner.clone(), self.observer.clone());
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await?;
            let text = answer.body().bytes().unwrap_or_default();
            let text = String::from_utf8_lossy(text).into_owned();
            observer.look(&target, &body, answer.status().is_success(), &text);
            Ok(answer)
        })
    }
}
