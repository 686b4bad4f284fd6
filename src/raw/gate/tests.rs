//! Tests of the gates by themselves.

use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;
use std::thread;

use super::*;
use crate::error::Errno;
use crate::raw::RawMessage;

fn gate(life: Life, shared: bool) -> (Arc<Life>, Gate) {
    let life = Arc::new(life);
    // SAFETY: only the tests of shared gates use several threads.
    (Arc::clone(&life), unsafe { Gate::new(life, shared) })
}

fn one_thread() -> (Arc<Life>, Gate) {
    gate(Life::new(), false)
}

fn shared() -> (Arc<Life>, Gate) {
    gate(Life::new(), true)
}

/// Returns why a call does not start, or `None` if it does.
fn refusal(gate: &Gate, call: Call) -> Option<Failure> {
    gate.enter(call).map(drop).err()
}

const CALLS: [Call; 3] = [Call::Send, Call::Receive, Call::Other];
const TERMINATED: Option<Failure> = Some(Failure::Errno(Errno::ETERM));

#[test]
fn a_call_starts_and_one_within_it_does_not() {
    let (_life, gate) = one_thread();
    for call in CALLS {
        let entered = gate.enter(call).unwrap();
        for call in CALLS {
            assert_eq!(refusal(&gate, call), Some(Failure::Reentered));
        }
        drop(entered);
        assert_eq!(refusal(&gate, call), None);
    }
}

#[test]
fn no_call_starts_after_a_shutdown() {
    let (life, gate) = one_thread();
    assert_eq!(refusal(&gate, Call::Send), None);
    life.end();
    for call in CALLS {
        assert_eq!(refusal(&gate, call), TERMINATED);
    }
}

#[test]
fn no_call_starts_in_a_forked_child() {
    let (_life, gate) = gate(Life::of_a_parent(), false);
    for call in CALLS {
        assert_eq!(refusal(&gate, call), Some(Failure::Forked));
    }
}

#[test]
fn a_begun_message_refuses_sends_until_it_ends() {
    let (_life, gate) = one_thread();
    gate.begin();
    for _ in 0..2 {
        assert_eq!(CALLS.map(|call| refusal(&gate, call)), [Some(Failure::Begun), None, None]);
    }
    assert!(gate.end() && !gate.has_begun() && !gate.end());
    assert_eq!(CALLS.map(|call| refusal(&gate, call)), [None; 3]);
}

#[test]
fn a_message_does_not_end_within_a_call() {
    let (_life, gate) = one_thread();
    gate.begin();
    let entered = gate.enter(Call::Other).unwrap();
    assert!(!gate.end());
    drop(entered);
    assert!(gate.has_begun());
}

#[test]
fn kept_frames_refuse_receives_until_they_are_handed_out() {
    let (_life, gate) = one_thread();
    gate.kept().unwrap().push(RawMessage::new());
    gate.force_recheck();
    for _ in 0..2 {
        assert_eq!(CALLS.map(|call| refusal(&gate, call)), [None, Some(Failure::Kept), None]);
    }
    assert!(gate.kept().unwrap().pop().is_some());
    assert_eq!(CALLS.map(|call| refusal(&gate, call)), [None; 3]);
}

#[test]
fn the_next_send_is_noted_and_no_other_call() {
    let (_life, gate) = one_thread();
    gate.note_next_send();
    for call in [Call::Receive, Call::Other] {
        assert_eq!(refusal(&gate, call), None);
        assert!(gate.has_sent_nothing());
    }
    assert_eq!(refusal(&gate, Call::Send), None);
    assert!(!gate.has_sent_nothing());
}

#[test]
fn a_poller_is_told_of_one_call_after_each_look() {
    let (_life, gate) = one_thread();
    let touched = Arc::<Touched>::default();
    let told = || {
        let mut slots = Vec::new();
        touched.drain_into(&mut slots);
        slots
    };
    gate.watch(&touched, 7).unwrap();
    gate.look(&touched, || assert_eq!(refusal(&gate, Call::Other), None)).unwrap();
    assert!(told().is_empty());
    for _ in 0..2 {
        assert_eq!(refusal(&gate, Call::Send), None);
    }
    assert_eq!(told(), [7]);
    assert_eq!(refusal(&gate, Call::Send), None);
    assert!(told().is_empty());
}

#[test]
fn threads_enter_the_gate_of_a_shared_socket_at_the_same_time() {
    let (_life, gate) = shared();
    let (barrier, entered) = (Barrier::new(4), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let call = gate.enter(Call::Send);
                // Until all four are in.
                barrier.wait();
                entered.fetch_add(usize::from(call.is_ok()), Ordering::Relaxed);
            });
        }
    });
    assert_eq!(entered.into_inner(), 4);
}

#[test]
fn a_shutdown_on_another_thread_closes_the_gate_of_a_shared_socket() {
    let (life, gate) = shared();
    assert_eq!(CALLS.map(|call| refusal(&gate, call)), [None; 3]);
    thread::scope(|scope| {
        scope.spawn(|| life.end());
    });
    assert_eq!(CALLS.map(|call| refusal(&gate, call)), [TERMINATED; 3]);
}

#[test]
fn threads_that_hammer_the_gate_of_a_shared_socket_stop_at_a_shutdown() {
    let (life, gate) = shared();
    let started = Barrier::new(3);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                assert_eq!(refusal(&gate, Call::Send), None);
                started.wait();
                while refusal(&gate, Call::Send).is_none() {}
                assert_eq!(refusal(&gate, Call::Receive), TERMINATED);
            });
        }
        started.wait();
        life.end();
    });
}

#[test]
fn the_gate_of_a_shared_socket_is_closed_in_a_forked_child() {
    let (_life, gate) = gate(Life::of_a_parent(), true);
    assert_eq!(CALLS.map(|call| refusal(&gate, call)), [Some(Failure::Forked); 3]);
}

#[test]
fn the_drop_of_an_owner_does_not_enter_the_gate_of_a_shared_socket() {
    struct Enters(Arc<Gate>, Arc<AtomicUsize>);
    impl AsRef<[u8]> for Enters {
        fn as_ref(&self) -> &[u8] {
            b"bytes"
        }
    }
    impl Drop for Enters {
        fn drop(&mut self) {
            let refused = refusal(&self.0, Call::Send) == Some(Failure::Reentered);
            self.1.fetch_add(usize::from(refused), Ordering::Relaxed);
        }
    }

    let (_life, gate) = shared();
    let (gate, refused) = (Arc::new(gate), Arc::default());
    drop(RawMessage::from_owner(Enters(Arc::clone(&gate), Arc::clone(&refused)), 0));
    assert_eq!(refused.load(Ordering::Relaxed), 1);
    assert_eq!(refusal(&gate, Call::Send), None);
}

#[test]
fn the_gate_of_a_shared_socket_has_no_reasons() {
    let (_life, gate) = shared();
    gate.begin();
    gate.note_next_send();
    assert!(gate.is_shared() && gate.kept().is_none() && !gate.has_begun() && !gate.has_sent_nothing());
    assert_eq!(CALLS.map(|call| refusal(&gate, call)), [None; 3]);
}
