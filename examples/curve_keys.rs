//! Generates a CURVE key pair, derives the public key from a secret key, and writes certificates.
//!
//! The tool prints a secret key only on request. It reads secret keys from standard input, because other users of the
//! machine can see command lines.
//!
//! The ZeroMQ Guide has no chapter on CURVE, but its author describes it: <http://hintjens.com/blog:49>.
//!
//! To print a new public key: `cargo run --example curve_keys`. Other uses:
//! ```text
//! cargo run --example curve_keys -- --secret
//! cargo run --example curve_keys -- public < secret.txt
//! cargo run --example curve_keys -- save alice.key name=Alice
//! ```
//!
//! Prints, without arguments:
//! ```text
//! public  JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6
//! ```

use std::path::Path;
use std::{env, error, io, result};

use zmq::Capability;
use zmq::auth::Certificate;
use zmq::curve::{KeyPair, SecretKey, Zeroizing};

type Result<T = ()> = result::Result<T, Box<dyn error::Error>>;

fn main() -> Result {
    if !zmq::has(Capability::Curve) {
        println!("skipped: libzmq built without curve");
        return Ok(());
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => println!("public  {}", KeyPair::generate()?.public_key()),
        ["--secret"] => {
            let keys = KeyPair::generate()?;
            println!("public  {}\nsecret  {}", keys.public_key(), *keys.secret_key().to_z85());
        }
        ["public"] => {
            // `Zeroizing` wipes the text on drop. The capacity is reserved in advance, because growing would leave a
            // copy behind.
            let mut text = Zeroizing::new(String::with_capacity(4096));
            io::stdin().read_line(&mut text)?;
            println!("public  {}", text.trim().parse::<SecretKey>()?.public_key()?);
        }
        ["save", path, ref properties @ ..] => save(Path::new(path), properties)?,
        _ => return Err("usage: curve_keys [--secret | public < FILE | save FILE.key [NAME=VALUE ...]]".into()),
    }
    Ok(())
}

/// Writes a certificate with new keys to `path`, and the secret key to a file next to it that only the owner can read.
fn save(path: &Path, properties: &[&str]) -> Result {
    let secret_path = path.with_extension("key_secret");
    if path.extension().is_none_or(|extension| extension != "key") {
        return Err("the file name of a certificate must end in .key".into());
    }
    if path.exists() || secret_path.exists() {
        return Err(format!("{} already exists, and overwriting it would lose its secret key", path.display()).into());
    }
    let mut certificate = Certificate::generate()?;
    for property in properties {
        let (name, value) = property.split_once('=').ok_or("a property must be NAME=VALUE")?;
        certificate.set_metadata(name, value)?;
    }
    certificate.save(path)?;
    println!("public  {}", certificate.public_key());
    println!("wrote {} and {}", path.display(), secret_path.display());
    Ok(())
}
