//! Asking a person before something is done.

use super::exit::{Exit, Failure};
use std::io::{self, IsTerminal, Write};

/// Whether a person says yes. Where there is no terminal nobody can, and the command line has to: `advice` says how.
pub(super) async fn ask(question: String, advice: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::new(Exit::Usage, advice));
    }
    let asking = tokio::task::spawn_blocking(move || {
        write!(io::stderr(), "{question} [y/N] ")?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok::<_, io::Error>(answer.trim().to_lowercase())
    });
    let answer = asking.await.map_err(|error| Failure::new(Exit::Failed, error))?;
    let answer = answer.map_err(|error| Failure::new(Exit::Failed, format!("nobody could be asked: {error}")))?;
    Ok(["y", "yes"].contains(&answer.as_str()))
}
