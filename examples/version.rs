//! The libzmq that is loaded: its version, and what it was built with.
//!
//! Guide: chapter 1, "Getting the Examples" <https://zguide.zeromq.org/docs/chapter1/>.
//! One process: `cargo run --example version`.
//!
//! Prints, with the vendored build:
//! ```text
//! libzmq 4.3.5, bindings 0.1.0
//! curve yes · ipc yes · gssapi no · draft no
//! ```

use zmq::{Capability, Context};

fn main() -> zmq::Result<()> {
    // An error if this libzmq does not fit the one that the program was built against.
    Context::new()?;

    println!("libzmq {}, bindings {}", zmq::version(), env!("CARGO_PKG_VERSION"));

    let shown = [Capability::Curve, Capability::Ipc, Capability::Gssapi, Capability::Draft];
    let answers = shown.map(|capability| format!("{capability} {}", if zmq::has(capability) { "yes" } else { "no" }));
    println!("{}", answers.join(" · "));
    Ok(())
}
