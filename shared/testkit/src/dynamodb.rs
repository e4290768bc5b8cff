//! A DynamoDB of the test's own: dynoxide in memory, behind real HTTP on a free local port.

mod render;
mod table;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::thread::JoinHandle;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use dynoxide::Database;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

pub use render::render;
pub use table::TableSpec;

use crate::{offload, sdk};

/// A running DynamoDB with no tables; it ends with this handle.
///
/// The server has a thread and a runtime of its own, so it answers whatever runtime the test has. [`client`] and
/// [`sdk_config`] use [`http_client`], which also works while the test's time is paused.
///
/// [`client`]: Self::client
/// [`sdk_config`]: Self::sdk_config
/// [`http_client`]: Self::http_client
#[derive(Debug)]
pub struct LocalDynamoDb {
    endpoint: String,
    http_client: SharedHttpClient,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalDynamoDb {
    /// Starts an empty DynamoDB.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free local port");
        listener
            .set_nonblocking(true)
            .expect("a socket that does not block");
        let address = listener.local_addr().expect("the address of the socket");
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || serve(listener, ready, stopped))
            .expect("a thread for the server");
        // Not awaited directly: see `offload` for what a wait does to paused time.
        let runtime = tokio::task::spawn_blocking(|| is_ready.blocking_recv()).await;
        let runtime = runtime
            .ok()
            .and_then(Result::ok)
            .expect("the server to start");
        Self {
            endpoint: format!("http://{address}"),
            http_client: offload::http_client(runtime),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens, e.g. `http://127.0.0.1:40213`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client for it, with the SDK's default retries and timeouts.
    pub fn client(&self) -> Client {
        Client::new(&self.sdk_config())
    }

    /// A configuration for clients of it, with region and credentials.
    pub fn sdk_config(&self) -> SdkConfig {
        self.sdk_config_with(self.http_client())
    }

    /// The same configuration over another HTTP client, such as one that fails now and then.
    pub fn sdk_config_with(&self, http_client: SharedHttpClient) -> SdkConfig {
        sdk::config(http_client, Some(&self.endpoint))
    }

    /// The HTTP client to wrap: plain HTTP that also works while the test's time is paused.
    pub fn http_client(&self) -> SharedHttpClient {
        self.http_client.clone()
    }

    /// Creates a table.
    pub async fn create_table(&self, table: &TableSpec) {
        table.create(&self.client()).await;
    }

    /// Every item of a table, each attribute as text: `S:sensor-1`, `N:81.4` (see [`render`]).
    ///
    /// Items are sorted as maps of text: by the attribute whose name comes first in the alphabet, then the next.
    pub async fn scan(&self, table: &str) -> Vec<BTreeMap<String, String>> {
        let mut items = Vec::new();
        let mut pages = self
            .client()
            .scan()
            .table_name(table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.next().await {
            let item = item.unwrap_or_else(|error| {
                panic!("scan of {table}: {}", DisplayErrorContext(&error));
            });
            items.push(
                item.iter()
                    .map(|(name, value)| (name.clone(), render(value)))
                    .collect(),
            );
        }
        items.sort();
        items
    }
}

impl Drop for LocalDynamoDb {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The server's thread: serves until the handle is dropped, then cuts all connections.
fn serve(listener: TcpListener, ready: oneshot::Sender<Handle>, stopped: oneshot::Receiver<()>) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the server");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("an async socket");
        let database = Database::memory().expect("a database in memory");
        let _ = ready.send(Handle::current());
        tokio::select! {
            () = dynoxide::server::serve_on(listener, database) => {}
            _ = stopped => {}
        }
    });
}
