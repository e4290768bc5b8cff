//! `sluicegate consent reconcile`: the table of consent compared with the opt-out list, and put right.

mod command;
pub mod difference;
mod lists;
mod numbers;
mod progress;
mod repair;
mod report;

pub use command::{Course, ReconcileArgs, reconcile};
pub(super) use command::{EXAMPLES, run};
pub use lists::{Pace, all_listed, lists_client};
pub use progress::Progress;
pub use repair::{Outcome, Repair};
pub use report::{Report, Row};
