//! What a replay would do, from a sample of its records and a look at the tables.

use crate::batch::{Ledger, Outcome};
use crate::command::exit::Failure;
use crate::command::wiring;
use crate::config::Config;
use crate::event::Reason;
use crate::replay::Sample;
use crate::store::foresight;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What the sample would become.
#[derive(Debug, Default)]
pub(super) struct Foresight {
    /// Records that were looked at.
    pub(super) read: u64,
    /// Those that the filter leaves out.
    pub(super) left_out: u64,
    /// What the others would become.
    pub(super) ledger: Ledger,
    /// Why those are dead letters that would become some.
    pub(super) reasons: BTreeMap<Reason, u64>,
    /// How long the whole range takes.
    pub(super) estimate: Duration,
}

/// A row that has to be written takes about so many times as long as one that is looked at and found to be there:
/// `scripts/demo` shows both rates, of the first ingestion and of the second.
const WRITE_COST: f64 = 8.0;
/// No record is read, decoded and looked at in less than about this: `scripts/bench`, worker and PostgreSQL together.
const LEAST_COST: f64 = 12e-6;

/// Looks at what the tables hold of the sample.
pub(super) async fn foresee(sample: Sample, total: i64, config: &Config) -> Result<Foresight, Failure> {
    let mut foresight = Foresight {
        read: sample.read,
        left_out: sample.left_out,
        ..Foresight::default()
    };
    let began = Instant::now();
    if let Some(batch) = sample.batch {
        let fates = foresight::of(wiring::database(config), &batch).await?;
        let settled = batch.settle(&fates);
        for tally in &settled.tallies {
            foresight.ledger += tally.total();
        }
        for letter in &settled.letters {
            *foresight.reasons.entry(letter.reason).or_default() += 1;
        }
    }
    foresight.estimate = foresight.estimated(total, began.elapsed());
    Ok(foresight)
}

impl Foresight {
    #[expect(clippy::cast_precision_loss, reason = "an estimate need not be exact")]
    fn estimated(&self, total: i64, looking: Duration) -> Duration {
        if self.read == 0 {
            return Duration::ZERO;
        }
        let read = self.read as f64;
        let written = [
            Outcome::Inserted,
            Outcome::Updated,
            Outcome::Removed,
            Outcome::DeadLettered,
        ];
        let written: i64 = written.iter().map(|outcome| self.ledger.of(*outcome)).sum();
        let share = written as f64 / read;
        // the look at so few also pays for connecting, which the many share
        let cost = (looking.as_secs_f64() / read / 4.0).clamp(LEAST_COST, 4.0 * LEAST_COST);
        let seconds = total as f64 * cost * (1.0 - share + share * WRITE_COST);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}
