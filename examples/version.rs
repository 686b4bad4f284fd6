//! Prints the version of the loaded libzmq, its capabilities, and the number of fixes that it contains.
//!
//! Guide: chapter 1, "Getting the Examples" <https://zguide.zeromq.org/docs/chapter1/>.
//!
//! To run it: `cargo run --example version`.
//!
//! Prints, with the vendored build:
//! ```text
//! libzmq 4.3.5, bindings 0.1.0
//! curve yes · ipc yes · gssapi no · draft no
//! fixes of libzmq's faults: 70, listed in zmq::guide::libzmq
//! ```

use zmq::{Capability, Context};

fn main() -> zmq::Result<()> {
    // Fails if the loaded libzmq does not match the libzmq that the program was built against.
    Context::new()?;

    println!("libzmq {}, bindings {}", zmq::version(), env!("CARGO_PKG_VERSION"));

    let shown = [Capability::Curve, Capability::Ipc, Capability::Gssapi, Capability::Draft];
    let answers = shown.map(|capability| format!("{capability} {}", if zmq::has(capability) { "yes" } else { "no" }));
    println!("{}", answers.join(" · "));

    match zmq::sys::build::PATCHES.len() {
        0 => println!("without fixes of libzmq's faults: zmq::guide::libzmq lists what remains"),
        count => println!("fixes of libzmq's faults: {count}, listed in zmq::guide::libzmq"),
    }
    Ok(())
}
