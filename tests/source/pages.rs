//! The pages that readers search and compare: the tables of kinds and abilities are those of the source, and every C
//! function is found by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use regex_lite::Regex;

use crate::layers::collect;

/// C functions without an item that the search could find, with the reason.
const WITHOUT_ALIAS: &[(&str, &[&str])] = &[
    ("no property of a message can be set", &["zmq_msg_set"]),
    (
        "std has atomic numbers",
        &[
            "zmq_atomic_counter_new",
            "zmq_atomic_counter_set",
            "zmq_atomic_counter_inc",
            "zmq_atomic_counter_dec",
            "zmq_atomic_counter_value",
            "zmq_atomic_counter_destroy",
        ],
    ),
    (
        "std has clocks and threads",
        &[
            "zmq_stopwatch_start",
            "zmq_stopwatch_intermediate",
            "zmq_stopwatch_stop",
            "zmq_sleep",
            "zmq_threadstart",
            "zmq_threadclose",
        ],
    ),
];

/// The names of rust-zmq that this crate has changed.
const RUST_ZMQ: &[&str] = &[
    "CurveKeyPair",
    "PollEvents",
    "as_str",
    "destroy",
    "from_fd",
    "get_events",
    "get_fd",
    "get_identity",
    "get_last_endpoint",
    "get_more",
    "get_rcvhwm",
    "get_rcvmore",
    "get_rcvtimeo",
    "get_sndhwm",
    "get_sndtimeo",
    "get_socket_type",
    "gets",
    "proxy_steerable",
    "recv_bytes",
    "recv_msg",
    "recv_string",
    "send_str",
    "set_curve_secretkey",
    "set_identity",
    "set_maxmsgsize",
    "set_rcvhwm",
    "set_rcvtimeo",
    "set_reconnect_ivl",
    "set_router_mandatory",
    "set_sndhwm",
    "set_sndtimeo",
    "set_subscribe",
    "set_unsubscribe",
    "set_xpub_welcome_msg",
    "with_size",
    "z85_decode",
    "z85_encode",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sources() -> Vec<String> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// Returns the words in backticks, without the links around them.
fn words(cell: &str) -> BTreeSet<String> {
    Regex::new("`([A-Za-z_]+)`").unwrap().captures_iter(cell).map(|word| word[1].to_owned()).collect()
}

/// Returns the cells of the table after the first line that contains `head`.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("/// "));
    let rows = lines.skip_while(|line| !line.starts_with(head)).skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<_>> = rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect()).collect();
    assert!(rows.len() > 10, "{head}: {rows:?}");
    rows
}

/// Returns the abilities of all kinds, as the table of kinds has them.
fn kinds() -> BTreeMap<String, BTreeSet<String>> {
    let line = Regex::new(r"(?s)\n        (\w+) = ZMQ_\w+:([\w\s]+)(?:\[[^\]]*\])?;").unwrap();
    let table = read("src/socket/kinds.rs");
    let kinds = line.captures_iter(&table);
    let kinds: BTreeMap<_, _> =
        kinds.map(|line| (line[1].to_owned(), line[2].split_whitespace().map(str::to_owned).collect())).collect();
    assert!(kinds.len() >= 21, "{kinds:?}");
    kinds
}

/// Returns the public methods of `Socket` that need an ability, by abilities.
fn methods() -> BTreeMap<String, BTreeSet<String>> {
    let head = Regex::new(r"^ *impl<K: (\w+)> Socket<K> \{$").unwrap();
    let method = Regex::new(r"^    pub (?:unsafe )?fn (\w+)").unwrap();
    let bound = Regex::new(r"^        K: (\w+)[^,]*,$").unwrap();
    let option = Regex::new(r"^        (?:(\w+) -> [^=]*?)?,? ?(?:(set_\w+)\(.*\))?(?: = ZMQ_\w+;|,)$").unwrap();
    let setter = Regex::new(r"^            (set_\w+)\(").unwrap();
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let (mut ability, mut current) = (None, None);
        for line in source.lines() {
            if line.trim_start().starts_with("impl") {
                ability = head.captures(line).map(|head| head[1].to_owned());
                current = None;
            }
            let Some(ability) = &ability else { continue };
            if let Some(name) = method.captures(line) {
                current = Some(name[1].to_owned());
            } else if let (Some(bound), Some(name)) = (bound.captures(line), &current) {
                methods.entry(bound[1].to_owned()).or_default().insert(name.clone());
            } else if ability != "Kind" {
                let names = option.captures(line).map(|names| [names.get(1), names.get(2)]);
                let names = names.or_else(|| setter.captures(line).map(|name| [name.get(1), None]));
                let names = names.into_iter().flatten().flatten().map(|name| name.as_str().to_owned());
                methods.entry(ability.clone()).or_default().extend(names);
            }
        }
    }
    // Hidden, and deprecated.
    methods.get_mut("SendsMultipart").unwrap().remove("send_part");
    methods
}

#[test]
fn the_table_of_abilities_lists_the_kinds_and_the_methods_of_each() {
    let (kinds, methods) = (kinds(), methods());
    let declared = read("src/socket/kinds.rs");
    let declared = declared.split("pub mod abilities {").nth(1).unwrap().split("pub(crate) use").next().unwrap();
    let ability = Regex::new(r"\n        ([A-Z]\w+)(?:: \w+)?(?:, not Any)?;").unwrap();
    let mut declared: BTreeSet<_> = ability.captures_iter(declared).map(|name| name[1].to_owned()).collect();
    for row in rows(&read("src/socket/kinds/abilities.md"), "| ability |") {
        let ability = words(&row[1]).pop_first().unwrap();
        assert!(declared.remove(&ability), "{ability} is no ability, or has two rows");
        let able = kinds.iter().filter(|(_, abilities)| abilities.contains(&ability));
        assert_eq!(words(&row[2]), able.map(|(kind, _)| kind.clone()).collect(), "the kinds of {ability}");
        assert_eq!(words(&row[3]), methods.get(&ability).cloned().unwrap_or_default(), "the methods of {ability}");
    }
    assert!(declared.is_empty(), "no row for {declared:?}");
}

#[test]
fn the_table_of_kinds_in_the_documentation_of_socket_is_true() {
    let mut kinds = kinds();
    for row in rows(&read("src/socket/mod.rs"), "| kind | peers |") {
        let kind = words(&row[1]).pop_first().unwrap();
        let abilities = kinds.remove(&kind).unwrap_or_else(|| panic!("{kind} is no kind, or has two rows"));
        for (column, ability) in [(3, "Sends"), (4, "Receives")] {
            let cell = if abilities.contains(ability) { "yes" } else { "no" };
            assert_eq!(row[column], cell, "{kind}: {ability}");
        }
        assert_eq!(row[5].is_empty(), !abilities.contains("Sends"), "{kind}: a full queue");
        let page = read(&format!("src/socket/kinds/{}.md", kind.to_lowercase()));
        let peers = page.lines().find(|line| line.starts_with("- **Peers:**")).unwrap();
        let peers: BTreeSet<_> = words(peers).iter().map(|peer| peer.to_uppercase()).collect();
        // These peers are no sockets of ZeroMQ.
        if !["Stream", "Dgram"].contains(&kind.as_str()) {
            assert_eq!(row[2].split(", ").map(str::to_owned).collect::<BTreeSet<_>>(), peers, "the peers of {kind}");
        }
    }
    assert!(kinds.is_empty(), "no row for {:?}", kinds.keys());
}

#[test]
fn the_page_of_each_kind_has_the_same_parts() {
    for kind in kinds().keys() {
        let page = read(&format!("src/socket/kinds/{}.md", kind.to_lowercase()));
        for part in ["\n- **Peers:** ", "\n- **Full queue:** ", "\n- **Frames:** ", "\n# Examples\n```\n"] {
            assert!(page.contains(part), "{kind}: {part}");
        }
        let line = format!("#[page(\"kinds/{}.md\", \"ZMQ_{}\"", kind.to_lowercase(), kind.to_uppercase());
        assert!(read("src/socket/kinds.rs").contains(&line), "{line}");
    }
}

/// Returns the names by which rustdoc's search finds an item that has another name.
fn aliases() -> BTreeSet<String> {
    let attribute = Regex::new(r#"(?s)#\[(?:doc\(alias|page\("[^"]*",)([^\]]*)\]"#).unwrap();
    let name = Regex::new(r#""(\w+)""#).unwrap();
    let mut aliases = BTreeSet::new();
    for source in sources() {
        for attribute in attribute.captures_iter(&source) {
            aliases.extend(name.captures_iter(&attribute[1]).map(|name| name[1].to_owned()));
        }
    }
    aliases
}

#[test]
fn every_c_function_is_an_alias_or_has_a_reason_to_be_none() {
    let aliases = aliases();
    let reasons: BTreeSet<_> =
        WITHOUT_ALIAS.iter().flat_map(|(_, names)| *names).map(|name| (*name).to_owned()).collect();
    // The functions of the draft API follow.
    let bindings = read("zmq-sys/src/bindings.rs");
    let stable = bindings.split("feature = \"draft\"").next().unwrap();
    let functions = Regex::new(r"pub fn (zmq_\w+)").unwrap();
    let functions: BTreeSet<_> = functions.captures_iter(stable).map(|name| name[1].to_owned()).collect();
    assert!(functions.len() > 60, "{functions:?}");
    let unknown: Vec<_> = functions.difference(&aliases).filter(|name| !reasons.contains(*name)).collect();
    assert!(unknown.is_empty(), "without `doc(alias)`: {unknown:?}");
    let needless: Vec<_> =
        reasons.iter().filter(|name| aliases.contains(*name) || !functions.contains(*name)).collect();
    assert!(needless.is_empty(), "they are aliases, or no functions: {needless:?}");
}

#[test]
fn every_option_of_sockets_is_found_by_its_c_name() {
    let aliases = aliases();
    let option = Regex::new(r" = (ZMQ_\w+);").unwrap();
    let table = read("src/socket/options.rs") + &read("src/socket/draft/options.rs");
    let options: BTreeSet<_> = option.captures_iter(&table).map(|name| name[1].to_owned()).collect();
    assert!(options.len() > 40, "{options:?}");
    let unknown: Vec<_> = options.difference(&aliases).collect();
    assert!(unknown.is_empty(), "without `doc(alias)`: {unknown:?}");
}

#[test]
fn the_names_of_rust_zmq_are_aliases() {
    let aliases = aliases();
    let unknown: Vec<_> = RUST_ZMQ.iter().filter(|name| !aliases.contains(**name)).collect();
    assert!(unknown.is_empty(), "without `doc(alias)`: {unknown:?}");
}
