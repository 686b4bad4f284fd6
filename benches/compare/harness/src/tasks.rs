//! Two tasks on one tokio runtime.

use std::future::Future;
use std::time::Instant;

use tokio::runtime::Builder;
pub use tokio::runtime::Runtime;

use crate::Result;

/// A runtime of the thread that blocks on it.
pub fn one_thread() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// A runtime of a thread for each core.
pub fn threads() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Spawns both, and returns what the second measured once both have ended.
pub async fn both(
    other: impl Future<Output = Result> + Send + 'static,
    timing: impl Future<Output = Result<f64>> + Send + 'static,
) -> Result<f64> {
    let (other, timing) = (tokio::spawn(other), tokio::spawn(timing));
    let seconds = timing.await??;
    other.await??;
    Ok(seconds)
}

/// Times `work` done `count` times; once before the clock starts, which waits for the connection.
pub async fn timed(count: usize, mut work: impl AsyncFnMut() -> Result) -> Result<f64> {
    work().await?;
    let start = Instant::now();
    for _ in 0..count {
        work().await?;
    }
    Ok(start.elapsed().as_secs_f64())
}
