//! Two tasks on one tokio runtime.

use std::future::Future;
use std::time::Instant;

use tokio::runtime::Builder;
pub use tokio::runtime::Runtime;

use crate::Result;

/// Builds a runtime on the calling thread.
pub fn one_thread() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// Builds a runtime with one thread per core.
pub fn threads() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Spawns both tasks, and returns the result of the second one once both have ended.
pub async fn both(
    other: impl Future<Output = Result> + Send + 'static,
    timing: impl Future<Output = Result<f64>> + Send + 'static,
) -> Result<f64> {
    let (other, timing) = (tokio::spawn(other), tokio::spawn(timing));
    let seconds = timing.await??;
    other.await??;
    Ok(seconds)
}

/// Measures `count` runs of `work`. An additional run before that waits for the connection.
pub async fn timed(count: usize, mut work: impl AsyncFnMut() -> Result) -> Result<f64> {
    work().await?;
    let start = Instant::now();
    for _ in 0..count {
        work().await?;
    }
    Ok(start.elapsed().as_secs_f64())
}
