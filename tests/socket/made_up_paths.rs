//! Made-up paths of `ipc://*`: their location, their permissions and their removal.
#![cfg(unix)]

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zmq::{Context, Endpoint, ErrorKind, Pull, Push, Result};

use crate::common::fork::{first_false, fork};
use crate::common::{PATIENCE, context, in_child, in_prepared_child, take, this_test};

fn path(endpoint: &Endpoint) -> &Path {
    Path::new(endpoint.address())
}

fn directory(endpoint: &Endpoint) -> PathBuf {
    path(endpoint).parent().map(Path::to_owned).unwrap_or_default()
}

#[test]
fn a_made_up_path_is_absolute_and_inaccessible_to_other_users() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind("ipc://*")?;
    assert!(path(&endpoint).is_absolute() && path(&endpoint).starts_with(env::temp_dir()), "{endpoint}");
    let mode = directory(&endpoint).metadata().map(|status| status.permissions().mode());
    assert_eq!(mode.ok().map(|mode| mode & 0o777), Some(0o700));
    source.connect(&endpoint)?;
    source.send("through it")?;
    assert_eq!(take(&sink)?, "through it");
    Ok(())
}

#[test]
fn a_drop_removes_a_made_up_path() -> Result<()> {
    let sink = context()?.socket(Pull)?;
    let endpoints = [sink.bind("ipc://*")?, sink.bind("ipc://*")?];
    assert!(endpoints[0] != endpoints[1] && endpoints.iter().all(|endpoint| path(endpoint).exists()));
    drop(sink);
    assert!(!endpoints.iter().any(|endpoint| directory(endpoint).exists()), "{endpoints:?}");
    Ok(())
}

#[test]
fn an_unbind_removes_only_its_own_made_up_path() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let (left, kept) = (sink.bind("ipc://*")?, sink.bind("ipc://*")?);
    sink.unbind(&left)?;
    assert!(!directory(&left).exists());
    source.connect(&kept)?;
    source.send("still bound")?;
    assert_eq!(take(&sink)?, "still bound");
    Ok(())
}

#[test]
fn without_tmpdir_a_made_up_path_survives_a_change_of_the_directory() {
    let prepare = |command: &mut std::process::Command| {
        command.env_remove("TMPDIR").env_remove("TEMPDIR").env_remove("TMP").current_dir(env::temp_dir());
    };
    in_prepared_child(this_test!(), prepare, || {
        let pass = || {
            let context = context()?;
            let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
            let endpoint = sink.bind("ipc://*")?;
            env::set_current_dir("/").expect("the root directory");
            source.connect_and_wait(&endpoint, PATIENCE)?;
            source.send("from the root")?;
            assert_eq!(take(&sink)?, "from the root");
            drop(sink);
            Ok::<_, zmq::Error>(endpoint)
        };
        let endpoint = pass().unwrap_or_else(|error| panic!("{error}"));
        assert!(path(&endpoint).is_absolute() && !directory(&endpoint).exists(), "{endpoint}");
    });
}

#[test]
fn a_relative_tmpdir_results_in_an_absolute_path() {
    let prepare = |command: &mut std::process::Command| {
        command.env("TMPDIR", ".").current_dir(env::temp_dir());
    };
    in_prepared_child(this_test!(), prepare, || {
        let sink = context().and_then(|context| context.socket(Pull)).unwrap_or_else(|error| panic!("{error}"));
        let endpoint = sink.bind("ipc://*").unwrap_or_else(|error| panic!("{error}"));
        assert!(path(&endpoint).is_absolute() && path(&endpoint).exists(), "{endpoint}");
    });
}

/// Binds in a child process with this TMPDIR, and asserts the kind and the text of the error.
fn fails_with_tmpdir(name: &str, tmpdir: &str, kind: ErrorKind, text: &str) {
    let prepare = |command: &mut std::process::Command| {
        command.env("TMPDIR", tmpdir);
    };
    in_prepared_child(name, prepare, || {
        let sink = context().and_then(|context| context.socket(Pull)).unwrap_or_else(|error| panic!("{error}"));
        let error = sink.bind("ipc://*").unwrap_err();
        assert_eq!((error.kind(), error.subject()), (kind, Some("ipc://*")));
        let (start, end) = text.split_once("...").unwrap_or((text, ""));
        assert!(error.to_string().starts_with(start) && error.to_string().ends_with(end), "{error}");
    });
}

#[test]
fn a_missing_tmpdir_is_named_with_the_remedy() {
    let text = "cannot bind \"ipc://*\": no directory can be created in \"/not/there\"; set TMPDIR to a directory that allows it \
                (ENOENT)";
    fails_with_tmpdir(this_test!(), "/not/there", ErrorKind::NotFound, text);
}

#[test]
fn a_long_tmpdir_is_named_with_the_remedy() {
    let longest = if cfg!(target_os = "linux") { 107 } else { 103 };
    let text = format!(
        "cannot bind \"ipc://*\": ... has 121 bytes, but at most {longest} fit a socket address; set TMPDIR to a shorter directory (ENAMETOOLONG)"
    );
    fails_with_tmpdir(this_test!(), &format!("/{}", "x".repeat(100)), ErrorKind::NameTooLong, &text);
}

#[test]
fn a_forked_child_does_not_remove_the_made_up_path_of_its_parent() {
    in_child(this_test!(), || {
        let context = Context::new().unwrap_or_else(|error| panic!("{error}"));
        let mut sink = context.socket(Pull).ok();
        let endpoint = sink.as_ref().and_then(|sink| sink.bind("ipc://*").ok()).expect("an endpoint");
        let own = || {
            let sink = Context::global().and_then(|context| context.socket(Pull));
            let bound = sink.as_ref().ok().and_then(|sink| sink.bind("ipc://*").ok());
            drop(sink);
            bound.is_some_and(|bound| bound != endpoint && !directory(&bound).exists())
        };
        let step = fork(|| {
            drop(sink.take());
            first_false([path(&endpoint).exists(), own()])
        });
        assert_eq!(step, 0);
        assert!(path(&endpoint).exists());
    });
}

#[test]
fn a_made_up_path_of_a_socket_in_c_code_is_removed_with_the_context() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind("ipc://*")?;
    let handle = sink.into_raw();
    source.connect_and_wait(&endpoint, PATIENCE)?;
    // SAFETY: the socket is open, and this was its last handle.
    assert_eq!(unsafe { zmq::sys::zmq_close(handle) }, 0);
    drop((source, context));
    assert!(!directory(&endpoint).exists());
    Ok(())
}
