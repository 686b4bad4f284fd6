//! Malformed ZAP requests: no request causes a panic, and no malformed request is accepted.
//!
//! `ZMQ_ZAP_MUTATIONS` sets the number of mutated requests. 1,000,000 take some seconds.

use std::collections::HashMap;
use std::env;

use zmq::auth::{Authenticator, Request, Rules};
use zmq::curve::PublicKey;
use zmq::{Dealer, Multipart, Result};

use crate::common::{context, take_all};

type Frames = Vec<Vec<u8>>;

const KEY: [u8; 32] = *b"0123456789abcdefghijABCDEFGHIJ!?";

fn rules() -> Result<Rules> {
    let rules = Rules::new().allow("127.0.0.1")?.allow("ipc:uid=1000")?.deny("::1")?;
    Ok(rules.plain_user("admin", "secret").curve_key(PublicKey::from_bytes(KEY)).gssapi_principal("host@REALM"))
}

/// Returns requests in libzmq's form. The rules accept some of them.
fn whole() -> Vec<Frames> {
    let credentials: [&[&[u8]]; 8] = [
        &[b"NULL"],
        &[b"PLAIN", b"admin", b"secret"],
        &[b"PLAIN", b"admin", b"Secret"],
        &[b"PLAIN", b"", b""],
        &[b"CURVE", &KEY],
        &[b"CURVE", &[0; 32]],
        &[b"GSSAPI", b"host@REALM"],
        &[b"GSSAPI", b"host@ELSEWHERE"],
    ];
    let addresses: [&[u8]; 5] = [b"127.0.0.1", b"localhost:1000:1000:77", b"127.0.0.2", b"localhost:1001:1000:77", b""];
    let mut requests = Vec::new();
    for address in addresses {
        for credentials in credentials {
            let head: [&[u8]; 5] = [b"1.0", b"1", b"global", address, b"id"];
            requests.push(head.iter().chain(credentials).map(|frame| frame.to_vec()).collect());
        }
    }
    requests
}

/// Returns `true` if the rules must accept the request: a second implementation, independent of the crate.
fn must_be_accepted(frames: &Frames) -> bool {
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let [b"1.0", id, domain, address, routing_id, credentials @ ..] = &frames[..] else { return false };
    let fits = [id, domain, routing_id].iter().all(|frame| frame.len() <= 255) && std::str::from_utf8(domain).is_ok();
    // A number may have a plus sign or leading zeros. The user must be 1000; the group and the process are arbitrary.
    let is_user = |address: &[u8]| {
        let text = std::str::from_utf8(address).ok()?.strip_prefix("localhost:")?;
        text.split(':').next()?.parse::<u32>().ok()
    };
    let from_here = *address == b"127.0.0.1" || (address.len() <= 255 && is_user(address) == Some(1000));
    let known = match credentials {
        [b"NULL"] => true,
        [b"PLAIN", user, password] => *user == b"admin" && *password == b"secret",
        [b"CURVE", key] => *key == KEY,
        [b"GSSAPI", principal] => *principal == b"host@REALM",
        _ => false,
    };
    fits && from_here && known
}

/// A generator that yields the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Changes a request in one to four ways.
fn mutated(requests: &[Frames], random: &mut Random) -> Frames {
    let mut frames = requests[random.below(requests.len())].clone();
    for _ in 0..=random.below(4) {
        let (one, other) = (random.below(frames.len()), random.below(frames.len()));
        if frames.is_empty() {
            break;
        }
        match random.below(12) {
            0 => drop(frames.remove(one)),
            1 => frames.insert(one, frames[other].clone()),
            2 => frames.swap(one, other),
            3 => frames.truncate(one),
            4 => frames[one].clear(),
            5 => frames[one] = (0..random.below(40)).map(|_| random.next() as u8).collect(),
            6 => frames[one] = vec![random.next() as u8; 200 + random.below(400)],
            7 => frames[one] = requests[random.below(requests.len())].get(one).cloned().unwrap_or_default(),
            8 => frames.push(vec![random.next() as u8]),
            9 => {
                let at = random.below(frames[one].len() + 1);
                frames[one].insert(at, random.next() as u8);
            }
            10 => {
                let at = random.below(frames[one].len());
                frames[one].truncate(at);
            }
            _ => {
                let at = random.below(frames[one].len());
                if let Some(byte) = frames[one].get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    frames
}

#[test]
fn mutated_requests_cause_no_panic_and_are_accepted_only_by_the_rules() -> Result<()> {
    let count = env::var("ZMQ_ZAP_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let (requests, rules) = (whole(), rules()?);
    for frames in &requests {
        let request = Request::read(frames).expect("the request is well-formed");
        assert_eq!(rules.judge(&request).is_accepted(), must_be_accepted(frames), "{request:?}");
    }
    assert_eq!(requests.iter().filter(|frames| must_be_accepted(frames)).count(), 8);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut accepted, mut malformed) = (0, 0);
    for number in 0..count {
        let frames = mutated(&requests, &mut random);
        let is_accepted_by_rules = match Request::read(&frames) {
            Ok(request) => {
                let verdict = rules.judge(&request);
                assert_eq!(verdict.reply_to(&request).len(), 6);
                verdict.is_accepted()
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                malformed += 1;
                false
            }
        };
        assert_eq!(is_accepted_by_rules, must_be_accepted(&frames), "mutation {number}: {frames:?}");
        accepted += usize::from(is_accepted_by_rules);
    }
    // Enough mutated requests are malformed, and enough are still accepted.
    assert!(accepted > count / 100 && malformed > count / 4, "{accepted} accepted, {malformed} malformed");
    Ok(())
}

#[test]
fn an_authenticator_answers_mutated_requests_that_have_an_id() -> Result<()> {
    const COUNT: usize = 5_000;
    let context = context()?;
    let authenticator = Authenticator::builder(&context).rules(rules()?).spawn()?;
    let intruder = context.socket(Dealer)?;
    intruder.set_send_hwm(0)?.set_recv_hwm(0)?.connect("inproc://zeromq.zap.01")?;
    let (requests, mut random) = (whole(), Random(42));
    let mut expected = HashMap::new();
    for number in 0..COUNT {
        let mut frames = mutated(&requests, &mut random);
        // The ID assigns each reply to its request. A request without an ID frame gets no reply.
        if let Some(id) = frames.get_mut(1) {
            *id = number.to_string().into_bytes();
            expected.insert(id.clone(), must_be_accepted(&frames));
        }
        intruder.send_multipart(Multipart::from_iter([vec![]].into_iter().chain(frames)))?;
    }
    for _ in 0..expected.len() {
        let reply = take_all(&intruder)?;
        let [delimiter, version, id, status, _, user, _] = reply.into_array().expect("seven frames");
        assert!(delimiter.is_empty() && version == "1.0");
        let is_accepted_by_rules = expected.remove(id.as_bytes()).expect("the request has no earlier answer");
        assert_eq!(status == "200", is_accepted_by_rules, "request {id:?}");
        assert_eq!(user.is_empty(), !is_accepted_by_rules);
    }
    assert!(authenticator.is_running());
    Ok(())
}
