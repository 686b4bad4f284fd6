//! Faults of 4.3.5 that upstream has fixed since.

use std::env;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use zmq::{Kind, MonitorEventKind, MonitorEvents, Pull, Push, Rep, Req, Result, Socket, Sub, XPub, sys};

use crate::c;
use crate::common::{PATIENCE, context, in_child, pair, process_commands, set_raw, take, this_test};

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn hwm_change_inactive_pipe_a_mark_is_set_after_a_peer_left() {
    in_child(this_test!(), || {
        for _ in 0..50 {
            let (sink, source) = pair(&context().unwrap(), "tcp", (Pull, Push)).unwrap();
            let monitor = sink.monitor(MonitorEvents::DISCONNECTED).unwrap();
            source.send("hello").unwrap();
            assert_eq!(take(&sink).unwrap(), "hello");
            drop(source);
            monitor.recv().unwrap();
            for _ in 0..20 {
                process_commands(&sink);
                // Meanwhile, the I/O thread of the connection frees its end of the pipe.
                thread::sleep(Duration::from_millis(1));
                set_raw(&sink, sys::ZMQ_RCVHWM, &7_i32.to_ne_bytes());
            }
        }
    });
}

/// Runs C's steerable proxy between two sockets on a thread, which returns the result of the call.
fn steerable<F, B, C>(frontend: Socket<F>, backend: Socket<B>, control: Socket<C>) -> thread::JoinHandle<i32>
where
    F: Kind + Send + 'static,
    B: Kind + Send + 'static,
    C: Kind + Send + 'static,
{
    thread::spawn(move || {
        // SAFETY: the sockets are open, and only this thread uses them.
        unsafe { sys::zmq_proxy_steerable(frontend.as_ptr(), backend.as_ptr(), std::ptr::null_mut(), control.as_ptr()) }
    })
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn proxy_pause_a_proxy_pauses_and_resumes() -> Result<()> {
    let context = context()?;
    let (frontend, source) = pair(&context, "inproc", (Pull, Push))?;
    let (sink, backend) = pair(&context, "inproc", (Pull, Push))?;
    let (control, controller) = pair(&context, "inproc", (Rep, Req))?;
    let proxy = steerable(frontend, backend, control);
    let order = |order: &str| -> Result<()> {
        controller.send(order)?;
        take(&controller).map(drop)
    };

    order("PAUSE")?;
    source.send("held back")?;
    assert!(sink.recv_timeout(Duration::from_millis(200))?.is_none(), "a paused proxy forwarded a message");
    order("RESUME")?;
    assert_eq!(take(&sink)?, "held back");
    order("TERMINATE")?;
    assert_eq!(proxy.join().unwrap(), 0);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn proxy_control_reply_a_subscriber_controls_a_proxy() -> Result<()> {
    let context = context()?;
    let (frontend, source) = pair(&context, "inproc", (Pull, Push))?;
    let (sink, backend) = pair(&context, "inproc", (Pull, Push))?;
    let (controller, control) = pair(&context, "inproc", (XPub, Sub))?;
    control.subscribe("")?;
    take(&controller)?;
    let proxy = steerable(frontend, backend, control);

    controller.send("RESUME")?;
    source.send("hello")?;
    assert_eq!(take(&sink)?, "hello");
    controller.send("TERMINATE")?;
    assert_eq!(proxy.join().unwrap(), 0);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ipc_wildcard_directory_it_does_not_depend_on_the_current_one() -> Result<()> {
    const HERE: &str = "ZMQ_TEST_NO_TEMPORARY_DIRECTORY";
    if env::var_os(HERE).is_some() {
        assert_eq!(c::bind(&context()?.socket(Pull)?, "ipc://*"), Ok(()));
        return Ok(());
    }
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", this_test!(), "--include-ignored"]).stdin(Stdio::null()).env(HERE, "1");
    for name in ["TMPDIR", "TEMPDIR", "TMP"] {
        child.env_remove(name);
    }
    // No directory can be created there.
    let output = child.current_dir("/proc").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn reconnect_stop_after_disconnect_a_socket_that_never_disconnected_tries_again() {
    in_child(this_test!(), || {
        let directory = env::temp_dir().join(format!("zmq-{}", std::process::id()));
        // A socket file without a listener.
        drop(UnixListener::bind(&directory).unwrap());
        let context = context().unwrap();
        // Fills memory that the socket is likely to reuse.
        drop((0..64).map(|index| vec![0xFF_u8; 1000 + 64 * index]).collect::<Vec<_>>());
        let socket = context.socket(Push).unwrap();
        let monitor = socket.monitor(MonitorEvents::CONNECT_RETRIED | MonitorEvents::CLOSED).unwrap();
        // Stops reconnecting after a disconnect by the program. The value belongs to the draft API.
        set_raw(&socket, sys::ZMQ_RECONNECT_STOP, &4_i32.to_ne_bytes());
        socket.connect(format!("ipc://{}", directory.display())).unwrap();
        let closed = monitor.recv_timeout(PATIENCE).unwrap().expect("the refused connection");
        assert_eq!(closed.kind(), MonitorEventKind::Closed);
        let retried = monitor.recv_timeout(Duration::from_secs(5)).unwrap();
        std::fs::remove_file(&directory).unwrap();
        assert_eq!(retried.map(|event| event.kind()), Some(MonitorEventKind::ConnectRetried));
    });
}
