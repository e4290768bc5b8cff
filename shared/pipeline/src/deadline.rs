//! How long an invocation may work.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The end of an invocation's work, a margin before Lambda would stop it.
///
/// Writes end at [`Deadline::work`]; what is left of the margin is for reporting: half of it to put poison into
/// quarantine, half to answer.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    work: Instant,
    report: Instant,
}

/// Lambda was announced on 2014-11-13: no deadline of its lies before.
const LAMBDA_EXISTS_FROM: Duration = Duration::from_secs(1_415_836_800);

impl Deadline {
    /// A deadline `margin` before `lambda_deadline`, seen from `now`. An invocation that has less time than the
    /// margin has no time to work at all.
    ///
    /// A deadline from before there was Lambda is taken for a time span: `cargo lambda watch` gives every invocation
    /// the same number of milliseconds.
    pub fn new(lambda_deadline: SystemTime, margin: Duration, now: SystemTime) -> Self {
        let since_epoch = lambda_deadline
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let left = if since_epoch < LAMBDA_EXISTS_FROM {
            since_epoch
        } else {
            lambda_deadline.duration_since(now).unwrap_or_default()
        };
        let start = Instant::now();
        Self {
            work: start + left.saturating_sub(margin),
            report: start + left.saturating_sub(margin / 2),
        }
    }

    /// When work on records ends: no call to another service begins after it.
    pub fn work(self) -> Instant {
        self.work
    }

    /// When writing to quarantine ends.
    pub fn report(self) -> Instant {
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_ends_a_margin_and_reporting_half_a_margin_before_lambdas_deadline() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let ms = Duration::from_millis;
        for (left, expected) in [(10_000, (9_000, 9_500)), (800, (0, 300)), (0, (0, 0))] {
            let deadline = Deadline::new(now + ms(left), ms(1_000), now);
            let start = Instant::now();
            assert_eq!(
                (deadline.work() - start, deadline.report() - start),
                (ms(expected.0), ms(expected.1))
            );
        }
        assert_eq!(
            Deadline::new(now - ms(5), ms(1_000), now).work(),
            Instant::now()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_from_before_lambda_is_a_time_span() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let ten_minutes = SystemTime::UNIX_EPOCH + Duration::from_secs(600);
        let deadline = Deadline::new(ten_minutes, Duration::from_secs(1), now);
        assert_eq!(deadline.work() - Instant::now(), Duration::from_secs(599));
    }
}
