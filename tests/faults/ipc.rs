//! Paths of the ipc transport where another file is in the place of the socket of a server that has ended.
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;

use zmq::{Context, ErrorKind, Pull, Push, Result, Socket};

use crate::common::{context, directory, in_child, take, this_test};

fn endpoint(path: &Path) -> String {
    format!("ipc://{}", path.display())
}

fn expect_refused(context: &Context, endpoint: &str, reason: &str) -> Result<()> {
    let error = context.socket(Pull)?.bind(endpoint).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse, "{error}");
    assert!(error.to_string().contains(endpoint) && error.to_string().contains(reason), "{error}");
    #[cfg(feature = "serde")]
    {
        let mut config = zmq::SocketConfig::new();
        config.set_type(zmq::SocketType::Pull).bind(endpoint)?;
        let error = config.open(context).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddressInUse, "{error}");
    }
    Ok(())
}

fn expect_works(bound: &Socket<Pull>, endpoint: &str) -> Result<()> {
    let source = bound.context().socket(Push)?;
    source.connect(endpoint)?;
    source.send("hello")?;
    assert_eq!(take(bound)?, "hello");
    Ok(())
}

#[test]
fn ipc_over_file_leaves_a_file_alone() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let path = directory.path().join("file");
    fs::write(&path, "to be kept").unwrap();
    expect_refused(&context, &endpoint(&path), "the path exists and is not a socket")?;
    assert_eq!(fs::read_to_string(&path).unwrap(), "to be kept");
    Ok(())
}

#[test]
fn ipc_over_file_leaves_links_pipes_and_directories_alone() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let (link, nested) = (directory.path().join("link"), directory.path().join("nested"));
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    fs::create_dir(&nested).unwrap();
    for path in [&link, &nested] {
        expect_refused(&context, &endpoint(path), "the path exists and is not a socket")?;
        assert!(fs::symlink_metadata(path).is_ok(), "{path:?}");
    }
    Ok(())
}

#[test]
fn ipc_over_file_replaces_the_socket_of_a_server_that_is_gone() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let path = directory.path().join("stale");
    drop(UnixListener::bind(&path).unwrap());
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_socket());
    let server = context.socket(Pull)?;
    server.bind(endpoint(&path))?;
    expect_works(&server, &endpoint(&path))
}

#[test]
fn ipc_over_file_leaves_the_path_of_a_live_server_alone() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let path = directory.path().join("live");
    let live = context.socket(Pull)?;
    live.bind(endpoint(&path))?;
    expect_refused(&context, &endpoint(&path), "another server listens on this path")?;
    expect_works(&live, &endpoint(&path))
}

#[test]
fn ipc_over_file_leaves_the_path_of_a_live_server_of_another_context_alone() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("live");
    let live = context()?.socket(Pull)?;
    live.bind(endpoint(&path))?;
    expect_refused(&context()?, &endpoint(&path), "another server listens on this path")?;
    expect_works(&live, &endpoint(&path))
}

#[test]
fn ipc_over_file_leaves_servers_of_other_kinds_alone() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let path = directory.path().join("datagrams");
    let live = UnixDatagram::bind(&path).unwrap();
    expect_refused(&context, &endpoint(&path), "another server listens on this path")?;
    let client = UnixDatagram::unbound().unwrap();
    client.send_to(b"hello", &path).unwrap();
    let mut read = [0; 5];
    live.recv(&mut read).unwrap();
    assert_eq!(&read, b"hello");
    Ok(())
}

#[test]
fn ipc_over_file_does_not_wait_for_a_server_that_accepts_nobody() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let path = directory.path().join("full");
    let listener = UnixListener::bind(&path).unwrap();
    // SAFETY: the descriptor is open, and listens already.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    // The queue has room for one connection, and later ones wait.
    let waiting = UnixStream::connect(&path).unwrap();
    expect_refused(&context, &endpoint(&path), "another server listens on this path")?;
    drop(waiting);
    let (mut accepted, _) = listener.accept().unwrap();
    assert_eq!(accepted.read_to_end(&mut Vec::new()).unwrap(), 0);
    Ok(())
}

#[test]
fn ipc_over_file_takes_a_path_again_that_a_socket_just_left() -> Result<()> {
    let (context, directory) = (context()?, directory());
    let path = directory.path().join("again");
    for round in 0..20 {
        let server = context.socket(Pull)?;
        server.bind(endpoint(&path))?;
        expect_works(&server, &endpoint(&path))?;
        if round % 2 == 0 {
            server.unbind(endpoint(&path))?;
            server.bind(endpoint(&path))?;
        }
    }
    Ok(())
}

#[test]
fn ipc_over_file_finds_a_relative_path_where_libzmq_does() -> Result<()> {
    in_child(this_test!(), || {
        let directory = directory();
        std::env::set_current_dir(directory.path()).unwrap();
        fs::write("file", "to be kept").unwrap();
        let context = context().unwrap();
        expect_refused(&context, "ipc://file", "the path exists and is not a socket").unwrap();
        assert_eq!(fs::read_to_string("file").unwrap(), "to be kept");
    });
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn ipc_over_file_leaves_a_file_alone_that_has_an_abstract_name() -> Result<()> {
    in_child(this_test!(), || {
        let directory = directory();
        std::env::set_current_dir(directory.path()).unwrap();
        let name = format!("@zmq-faults-{}", std::process::id());
        fs::File::create(&name).unwrap().write_all(b"to be kept").unwrap();
        let context = context().unwrap();
        expect_refused(&context, &format!("ipc://{name}"), "which libzmq would delete").unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "to be kept");
        fs::remove_file(&name).unwrap();
        let server = context.socket(Pull).unwrap();
        server.bind(format!("ipc://{name}")).unwrap();
        expect_works(&server, &format!("ipc://{name}")).unwrap();
    });
    Ok(())
}
