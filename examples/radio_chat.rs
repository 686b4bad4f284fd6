//! A chat server sends the lines of each room to its members only: rooms are groups, which members join and leave.
//!
//! A RADIO does not see which groups its dishes have joined. The server therefore repeats its welcome until every member
//! has answered, so that no member misses a line. A member joins the lobby last; when it receives the welcome there, the
//! RADIO knows its other rooms too. The server repeats the end in the same way, because UDP may lose it.
//!
//! To run it: `cargo run --features draft --example radio_chat`. To chat over UDP instead of TCP:
//! `cargo run --features draft --example radio_chat -- udp`.
//!
//! Prints:
//! ```text
//! alice received
//!   [music] bob: any concerts this week?
//!   [rust] carol: my first crate is out!
//!   [rust] bob: congratulations!
//! bob received
//!   [rust] carol: my first crate is out!
//!   [rust] bob: congratulations!
//! carol received
//!   [music] bob: any concerts this week?
//!   [music] alice: tonight, in the park
//! ```

use std::time::Duration;
use std::{env, error, result, thread};

use zmq::{Context, Dish, Pull, Push, Radio, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The time after which a message that was not answered is repeated.
const REPEAT_INTERVAL: Duration = Duration::from_millis(20);
/// The endpoint at which the server receives the answers of the members.
const ANSWERS: &str = "inproc://answers";
/// The group of all members.
const LOBBY: &str = "lobby";

const MEMBERS: [(&str, &[&str]); 3] = [("alice", &["music", "rust"]), ("bob", &["rust"]), ("carol", &["music"])];

/// The conversation: the room of each line, and the line.
const LINES: [(&str, &str); 5] = [
    ("music", "bob: any concerts this week?"),
    ("films", "dave: this room is empty"),
    ("rust", "carol: my first crate is out!"),
    ("rust", "bob: congratulations!"),
    ("music", "alice: tonight, in the park"),
];

fn main() -> Result {
    let over_udp = match env::args().nth(1).as_deref() {
        None | Some("tcp") => false,
        Some("udp") => true,
        Some(_) => return Err("usage: radio_chat [tcp | udp]".into()),
    };
    let context = Context::new()?;
    let (radio, answers) = (context.socket(Radio)?, context.socket(Pull)?);
    radio.set_send_timeout(TIMEOUT)?.set_linger(Duration::ZERO)?;
    answers.bind(ANSWERS)?;

    // Over TCP the dishes connect to the radio, and over UDP the radio connects to the dishes.
    let server = if over_udp { None } else { Some(radio.bind("tcp://127.0.0.1:*")?) };
    let members = MEMBERS.map(|(name, rooms)| -> Result<_> {
        let dish = context.socket(Dish)?;
        dish.set_recv_timeout(TIMEOUT)?;
        match &server {
            Some(server) => dish.connect(server)?,
            None => radio.connect(dish.bind("udp://127.0.0.1:*")?)?,
        };
        let answers = context.socket(Push)?;
        answers.connect(ANSWERS)?;
        Ok(thread::spawn(move || member(&dish, &answers, name, rooms)))
    });

    repeat_until_answered(&radio, &answers, "welcome")?;
    for (room, line) in LINES {
        radio.send_to_group(room, line)?;
    }
    repeat_until_answered(&radio, &answers, "the end")?;

    for member in members {
        print!("{}", member?.join().map_err(|_| "a member panicked")??);
    }
    Ok(())
}

/// Repeats a message to all members until each of them has answered it.
fn repeat_until_answered(radio: &Socket<Radio>, answers: &Socket<Pull>, message: &str) -> Result {
    let mut answered = 0;
    while answered < MEMBERS.len() {
        radio.send_to_group(LOBBY, message)?;
        while answers.recv_timeout(REPEAT_INTERVAL)?.is_some() {
            answered += 1;
        }
    }
    Ok(())
}

/// Returns the lines that a member received.
fn member(dish: &Socket<Dish>, answers: &Socket<Push>, name: &str, rooms: &[&str]) -> Result<String> {
    for room in rooms {
        dish.join(room)?;
    }
    // The membership of the lobby ends with this guard.
    let _lobby = dish.joined(LOBBY)?;
    let mut received = format!("{name} received\n");
    let mut is_welcome = false;
    loop {
        let message = dish.recv()?;
        match (message.group(), message.to_str()?) {
            (Some(LOBBY), "welcome") if is_welcome => {}
            (Some(LOBBY), "welcome") => {
                is_welcome = true;
                answers.send("here")?;
            }
            (Some(LOBBY), _) => {
                answers.send("goodbye")?;
                return Ok(received);
            }
            (room, line) => {
                let room = room.unwrap_or("?");
                received += &format!("  [{room}] {line}\n");
                // One line about concerts is enough for Alice.
                if name == "alice" && room == "music" {
                    dish.leave(room)?;
                }
            }
        }
    }
}
