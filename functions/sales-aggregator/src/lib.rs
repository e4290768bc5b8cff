//! Sales per tumbling window and group.

pub mod aggregate;
pub mod amount;
pub mod results;
pub mod rows;
pub mod sale;
pub mod state;
