//! The function under test.

use std::time::SystemTime;

/// A Lambda function in the test's process: JSON in, JSON out.
///
/// It is the real handler's code with its real clients. Its future may be dropped at any point where it waits: that is
/// the crash of its process.
pub trait Handler {
    /// Answers one invocation with the body of its answer; an error is one that the function throws.
    fn handle(&self, call: Call<'_>) -> impl Future<Output = Result<Vec<u8>, String>>;
}

/// One invocation as the function sees it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The event, JSON.
    pub event: &'a str,
    /// Lambda's id of the request, different for each.
    pub request_id: &'a str,
    /// The time of day.
    pub now: SystemTime,
    /// When Lambda ends the process.
    pub deadline: SystemTime,
}
