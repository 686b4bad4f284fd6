//! Certificate files: their content, their permissions, and directories that change.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use zmq::auth::{Authenticator, Certificate, CertificateStore, Credentials, Request, Rules, Status};
use zmq::curve::{KeyPair, PublicKey, SecretKey};
use zmq::{Capability, ErrorKind, MonitorEventKind, MonitorEvents, Pull, Push, Result, Security};

use tempfile::TempDir;

use crate::common::{PATIENCE, context, directory, lacks};

/// A public certificate as czmq writes it.
const CZMQ: &str = "\
#   ****  Generated on 2024-11-21 19:41:47 by CZMQ  ****
#   ZeroMQ CURVE Public Certificate

metadata
    name = \"Alice of czmq\"
    email = \"alice@example.org\"
curve
    public-key = \"M.P.a)+$)HKfi^6sa5{zf2$:=]/^9(X*%x^cOZtU\"
";

/// A secret certificate as pyzmq writes it.
const PYZMQ: &str = "\
#   ****  Generated on 2024-11-21 by pyzmq  ****

metadata
    name = it's \"Bob\"
curve
    public-key = \"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\"
    secret-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"
";

/// A temporary directory, removed on drop.
struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        Self(directory())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        path
    }
}

fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

/// Returns a certificate with a made-up public key.
fn certificate(number: u8) -> Certificate {
    Certificate::from(PublicKey::from_bytes([number; 32]))
}

#[test]
fn a_saved_certificate_can_be_loaded() -> Result<()> {
    let directory = Directory::new();
    let secret: SecretKey = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs".parse()?;
    let public: PublicKey = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID".parse()?;
    let mut certificate = Certificate::from(public);
    certificate.set_metadata("name", "O'Hara")?;
    certificate.set_metadata("note", "a \"quoted\" # word = 1")?;
    certificate.set_metadata("name", "Scarlett O'Hara")?;
    certificate.save(directory.file("one.key"))?;
    assert_eq!(Certificate::load(directory.file("one.key"))?, certificate);
    assert!(!directory.file("one.key_secret").exists());
    if lacks(Capability::Curve) {
        return Ok(());
    }
    let pair = KeyPair::from_parts(public, secret)?;
    let mut whole = Certificate::from(pair.clone());
    whole.set_metadata("name", "Rhett")?;
    whole.save(directory.file("two.key"))?;
    let loaded = Certificate::load(directory.file("two.key_secret"))?;
    assert_eq!(loaded, whole);
    assert_eq!(loaded.key_pair(), Some(pair));
    assert_eq!(Certificate::load(directory.file("two.key"))?, whole.public());
    assert_eq!(loaded.metadata("name"), Some("Rhett"));
    assert_eq!(loaded.metadata("email"), None);
    // No temporary file is left over.
    let mut names: Vec<_> = fs::read_dir(directory.0.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["one.key", "two.key", "two.key_secret"]);
    Ok(())
}

#[test]
fn files_of_czmq_and_pyzmq_are_read() -> Result<()> {
    let directory = Directory::new();
    let alice = Certificate::load(directory.write("alice.key", CZMQ))?;
    assert_eq!(alice.public_key().to_string(), "M.P.a)+$)HKfi^6sa5{zf2$:=]/^9(X*%x^cOZtU");
    let properties: Vec<_> = alice.properties().collect();
    assert_eq!(properties, [("name", "Alice of czmq"), ("email", "alice@example.org")]);
    let bob = Certificate::load(directory.write("bob.key_secret", &PYZMQ.replace('\n', "\r\n")))?;
    assert_eq!(bob.metadata("name"), Some("it's \"Bob\""));
    assert!(bob.secret_key().is_some());
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_secret_key_is_readable_only_by_its_owner() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let directory = Directory::new();
    let path = directory.write("bob.key_secret", PYZMQ);
    for mode in [0o640, 0o604, 0o620, 0o666, 0o601] {
        set_mode(&path, mode);
        let error = Certificate::load(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        let path = path.display();
        let text = format!(
            "cannot load the certificate \"{path}\": its mode {mode:o} lets other users access the secret key; run chmod 600 \
             {path} (EACCES)"
        );
        assert_eq!(error.to_string(), text);
    }
    set_mode(&path, 0o400);
    let bob = Certificate::load(&path)?;
    // The mode is also right when the save replaces a file that other users may read.
    fs::write(directory.file("new.key_secret"), "").unwrap();
    set_mode(&directory.file("new.key_secret"), 0o666);
    bob.save(directory.file("new.key"))?;
    let mode = fs::metadata(directory.file("new.key_secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!fs::read_to_string(directory.file("new.key")).unwrap().contains("secret-key"));
    // A public certificate may be readable by all users.
    set_mode(&directory.file("new.key"), 0o644);
    Certificate::load(directory.file("new.key"))?;
    Ok(())
}

#[test]
fn an_invalid_certificate_is_an_error_with_the_line_and_without_the_content() {
    let directory = Directory::new();
    let key = "public-key = \"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\"";
    for (content, reason) in [
        (String::new(), "it has no public-key in a section named curve"),
        (format!("{key}\n"), "it has no public-key in a section named curve"),
        (format!("metadata\n    {key}\n"), "it has no public-key in a section named curve"),
        (format!("curve\n    {key}\n    {key}\n"), "line 3: there is already a public key"),
        ("curve\n    public-key = \"hush\"\n".to_owned(), "line 2: this is not a public key in Z85"),
        (format!("curve\n    {key}\n\n    secret-key = \"hush\"\n"), "line 4: this is not a secret key in Z85"),
        ("hush".repeat(20_000), "it has 80000 bytes, at most 65536 are read"),
    ] {
        let error = Certificate::load(directory.write("some.key", &content)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.ends_with(reason), "{text}");
        assert!(!text.contains("hush") && !text.contains("JTKV"), "{text}");
    }
    fs::write(directory.file("binary.key"), [0xFF, 0xFE]).unwrap();
    let error = Certificate::load(directory.file("binary.key")).unwrap_err();
    assert!(error.to_string().ends_with("it is not UTF-8"), "{error}");
    let error = Certificate::load(directory.0.path()).unwrap_err();
    assert!(error.to_string().ends_with("it is not a regular file"), "{error}");
    assert_eq!(Certificate::load(directory.file("nobody.key")).unwrap_err().kind(), ErrorKind::NotFound);
    let error = certificate(1).save(directory.file("missing/some.key")).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::NotFound, zmq::Operation::SaveCertificate));
}

#[test]
fn a_property_that_the_file_cannot_hold_is_an_error() {
    let mut certificate = certificate(1);
    for (name, value) in [("", "x"), ("a b", "x"), ("a=b", "x"), ("User-Id", "x"), ("name", "two\nlines"), ("q", "\"'")]
    {
        let error = certificate.set_metadata(name, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
    }
    assert_eq!(certificate.properties().count(), 0);
}

#[test]
fn a_store_follows_the_changes_of_its_directory() -> Result<()> {
    let directory = Directory::new();
    let store = CertificateStore::open(directory.0.path())?;
    let has = |number: u8| store.contains(&PublicKey::from_bytes([number; 32]));
    assert!(!has(1)?);
    certificate(1).save(directory.file("one.key"))?;
    certificate(2).save(directory.file("two.key"))?;
    assert!(has(1)? && has(2)? && !has(3)?);
    // The file changes to another key of the same length, within the same tick of the clock.
    certificate(3).save(directory.file("one.key"))?;
    assert!(!has(1)? && has(2)? && has(3)?);
    let content = fs::read_to_string(directory.file("two.key")).unwrap();
    let other = content.replace(&certificate(2).public_key().to_string(), &certificate(4).public_key().to_string());
    fs::write(directory.file("two.key"), other).unwrap();
    assert!(!has(2)? && has(4)?);
    fs::rename(directory.file("two.key"), directory.file("two")).unwrap();
    assert!(has(4)?);
    fs::remove_file(directory.file("two")).unwrap();
    assert!(!has(4)?);
    fs::remove_file(directory.file("one.key")).unwrap();
    assert!(!has(3)?);
    fs::remove_dir_all(directory.0.path()).unwrap();
    assert_eq!(has(3).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(CertificateStore::open(directory.0.path()).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn a_file_is_read_again_only_after_a_change() -> Result<()> {
    let directory = Directory::new();
    certificate(1).save(directory.file("one.key"))?;
    let age = |path: &Path| {
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        fs::File::open(path).and_then(|file| file.set_modified(hour_ago)).unwrap();
    };
    age(&directory.file("one.key"));
    age(directory.0.path());
    let store = CertificateStore::open(directory.0.path())?;
    let key = certificate(1).public_key();
    assert!(store.contains(&key)? && store.contains(&key)?);
    fs::remove_file(directory.file("one.key")).unwrap();
    assert!(!store.contains(&key)?);
    certificate(1).save(directory.file("other.key"))?;
    assert!(store.contains(&key)?);
    Ok(())
}

#[test]
fn an_invalid_certificate_accepts_no_peer_and_is_reported() -> Result<()> {
    let directory = Directory::new();
    directory.write("broken.key", "curve\n    public-key = \"short\"\n");
    directory.write("notes.txt", "Alice has left.\n");
    directory.write(".alice.key.swp", CZMQ);
    directory.write("alice.key~", CZMQ);
    fs::create_dir(directory.file("directory.key")).unwrap();
    certificate(1).save(directory.file("whole.key"))?;
    let store = CertificateStore::open(directory.0.path())?;
    assert_eq!(store.certificates()?, [certificate(1)]);
    let problems = store.problems()?;
    let named: Vec<_> = problems.iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(named, [".alice.key.swp", "alice.key~", "broken.key", "directory.key", "notes.txt"]);
    for (problem, reason) in problems.iter().zip([
        "hidden files and those that end in ~ are not read",
        "hidden files and those that end in ~ are not read",
        "line 2: this is not a public key in Z85",
        "it is not a regular file",
        "it has no public-key in a section named curve",
    ]) {
        assert!(problem.1.ends_with(reason), "{problem:?}");
    }
    Ok(())
}

#[test]
fn a_certificate_is_found_under_every_file_name_except_those_of_secret_keys() -> Result<()> {
    let directory = Directory::new();
    for (number, name) in (1..).zip(["alice.key", "bob.cert", "carol", "dave.tar.gz", "_secret.key"]) {
        certificate(number).save(directory.file(name))?;
    }
    // A file with the name of a secret certificate has no public half to find.
    fs::rename(directory.file("_secret.key"), directory.file("eve_secret")).unwrap();
    let store = CertificateStore::open(directory.0.path())?;
    assert_eq!(store.certificates()?, [1, 2, 3, 4].map(certificate));
    assert!(!store.contains(&certificate(5).public_key())?);
    assert_eq!(store.problems()?, []);
    Ok(())
}

#[test]
fn without_the_directory_peers_are_postponed() -> Result<()> {
    let directory = Directory::new();
    let rules = Rules::new().curve_store(CertificateStore::open(directory.0.path())?);
    let key = [7; 32];
    let frames: [&[u8]; 7] = [b"1.0", b"1", b"", b"127.0.0.1", b"", b"CURVE", &key];
    let request = Request::read(&frames).expect("a request");
    assert!(matches!(request.credentials(), Credentials::Curve { .. }));
    assert_eq!(rules.judge(&request).status(), Status::Refused);
    fs::remove_dir_all(directory.0.path()).unwrap();
    assert_eq!(rules.judge(&request).status(), Status::Postponed);
    // Another rule may still accept the peer.
    assert!(rules.curve_key(key.into()).judge(&request).is_accepted());
    Ok(())
}

#[test]
fn a_key_removed_from_the_store_is_refused_at_its_next_connection() -> Result<()> {
    if lacks(Capability::Curve) {
        return Ok(());
    }
    let directory = Directory::new();
    let context = context()?;
    let store = CertificateStore::open(directory.0.path())?;
    let _authenticator = Authenticator::builder(&context).rules(Rules::new().curve_store(store)).spawn()?;
    let keys = KeyPair::generate()?;
    let server = context.socket(Pull)?;
    let monitor = server.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::HANDSHAKE_FAILED_AUTH)?;
    let endpoint = server.set_security(&Security::curve_server(&keys))?.bind("tcp://127.0.0.1:*")?;
    let mut alice = Certificate::generate()?;
    alice.set_metadata("role", "operator")?;
    let pair = alice.key_pair().expect("both keys");
    for _ in 0..10 {
        alice.save_public(directory.file("alice.key"))?;
        let client = crate::common::context()?.socket(Push)?;
        client.set_security(&Security::curve_client(&pair, keys.public_key()))?.connect(&endpoint)?;
        client.send_timeout("hello", PATIENCE)?;
        let message = crate::common::take(&server)?;
        assert_eq!(message.user_id(), Some(alice.public_key().to_string().as_str()));
        assert_eq!(message.metadata("role"), Some("operator"));
        assert_eq!(monitor.recv()?.kind(), MonitorEventKind::HandshakeSucceeded);

        let removed = Instant::now();
        fs::remove_file(directory.file("alice.key")).unwrap();
        let client = crate::common::context()?.socket(Push)?;
        client.set_security(&Security::curve_client(&pair, keys.public_key()))?.connect(&endpoint)?;
        assert_eq!(monitor.recv()?.zap_status(), Some(400));
        assert!(removed.elapsed().as_secs_f64() < 1.0, "{:?}", removed.elapsed());
    }
    Ok(())
}
