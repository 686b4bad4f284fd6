//! Keys for CURVE: makes a pair, derives the public key from the secret one, and writes certificates.
//!
//! A secret key is printed only when it is asked for, and read from the standard input: a command line is for all to see.
//!
//! The Guide has no chapter on it; its author has: <http://hintjens.com/blog:49>.
//! One process: `cargo run --example curve_keys`. Otherwise:
//! ```text
//! cargo run --example curve_keys -- --secret
//! cargo run --example curve_keys -- public < secret.txt
//! cargo run --example curve_keys -- save alice.key name=Alice
//! ```
//!
//! Prints, alone:
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
            // It is wiped when it is dropped. The room is made at once, so that no copy stays behind where it grew.
            let mut text = Zeroizing::new(String::with_capacity(4096));
            io::stdin().read_line(&mut text)?;
            println!("public  {}", text.trim().parse::<SecretKey>()?.public_key()?);
        }
        ["save", path, ref properties @ ..] => save(Path::new(path), properties)?,
        _ => return Err("usage: curve_keys [--secret | public < FILE | save FILE.key [NAME=VALUE ...]]".into()),
    }
    Ok(())
}

/// Writes a certificate with new keys to `path`, and the secret half beside it, for its owner alone.
fn save(path: &Path, properties: &[&str]) -> Result {
    let secret_path = path.with_extension("key_secret");
    if path.extension().is_none_or(|extension| extension != "key") {
        return Err("the name of a certificate ends in .key".into());
    }
    if path.exists() || secret_path.exists() {
        return Err(format!("{} is there already: nothing else has its secret key", path.display()).into());
    }
    let mut certificate = Certificate::generate()?;
    for property in properties {
        let (name, value) = property.split_once('=').ok_or("a property is NAME=VALUE")?;
        certificate.set_metadata(name, value)?;
    }
    certificate.save(path)?;
    println!("public  {}", certificate.public_key());
    println!("wrote {} and {}", path.display(), secret_path.display());
    Ok(())
}
