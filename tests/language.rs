//! The prose of the crate avoids the phrases below: doc comments, comments, messages and Markdown files.
//!
//! The phrases are tell-tales of stiff or riddling sentences. Rules of thumb for a rewrite:
//!
//! 1. First lines start with a verb of std: Creates, Returns, Sends. Booleans: "Returns `true` if".
//! 2. A type opens with a noun phrase.
//! 3. Each sentence names its subject.
//! 4. "If" and "when" introduce conditions, "where" places.
//! 5. Nouns instead of clauses: "messages", not "what is sent".
//! 6. One established term for each thing.
//! 7. No people where there are programs.
//! 8. "You" in guides and remedies, the imperative or the third person elsewhere.
//! 9. `# Errors` is a list of kinds.
//! 10. One idea per sentence. No colon in place of "because" or "so".
//! 11. forever, at most, again.
//! 12. Defaults in a fixed form: "Default: 1000."

#[path = "language/prose.rs"]
mod prose;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use prose::{Paragraph, paragraphs};

/// Files that this test does not read: generated ones, and this list of phrases itself.
const EXEMPT: &[&str] = &["tests/language", "zmq-sys/src/bindings.rs"];

/// The directories with prose, in addition to the files at the root.
const ROOTS: &[&str] = &[".ci", "benches", "examples", "src", "tests", "zmq-sys"];

/// The place of a phrase in a comment.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// The first words of a doc comment.
    Start,
    /// The first words of a paragraph or of an entry of a list.
    Paragraph,
    Anywhere,
}

use Place::{Anywhere, Start};

/// A rule's number, the place of the phrases, the phrases, and the remedy.
type Telltale = (u8, Place, &'static [&'static str], &'static str);

const TELLTALES: &[Telltale] = &[
    (1, Start, &["makes", "has", "says", "tells", "hands", "does"], "a verb of std: Creates, Returns, Sends ..."),
    (1, Start, &["whether"], "Returns `true` if, or `true` if"),
    (1, Start, &["what", "who", "whom", "whose", "where", "why", "that"], "a verb, or a noun phrase"),
    (1, Start, &["how long", "how many", "how much", "how often", "how far"], "The time, The number of ..."),
    (2, Start, &["one of", "those", "which"], "a noun phrase that says what the type is"),
    (3, Anywhere, &["that one", "the one that", "the latter", "the former"], "name the subject"),
    (4, Anywhere, &["where it", "where there is", "where there are", "where they"], "if, when"),
    (4, Anywhere, &["where libzmq", "where no", "where nothing", "where this", "where one"], "if, when"),
    (5, Anywhere, &["what is", "what was", "what were", "what has", "what had", "what it", "what they"], "a noun"),
    (5, Anywhere, &["what comes", "what came", "what goes", "what does", "what did", "what stays"], "a noun"),
    (5, Anywhere, &["what libzmq", "what cannot", "what a", "what the", "is what", "who is", "who has"], "a noun"),
    (6, Anywhere, &["judge", "judges", "judged"], "authenticate, decide"),
    (6, Anywhere, &["tell of", "tells of", "told of"], "report"),
    (6, Anywhere, &["be told", "is told", "are told"], "be notified, receive"),
    (6, Anywhere, &["take back", "takes back", "took back", "taken back"], "reset, remove, undo"),
    (6, Anywhere, &["give up", "gives up", "gave up", "given up"], "abandon, cancel, release, fail"),
    (6, Anywhere, &["mend", "mends", "mended"], "fix"),
    (6, Anywhere, &["let in", "lets in", "get in", "gets in", "shut out", "turned away"], "accept, refuse"),
    (6, Anywhere, &["made again", "make again", "makes again"], "restored, created again"),
    (6, Anywhere, &["stands in", "stand in", "stands at", "stand at", "stands once", "stands here"], "is in"),
    (6, Anywhere, &["stands there", "stand there", "stands behind", "stands below", "stands beside"], "is there"),
    (6, Anywhere, &["goes on", "go on", "went on"], "continue"),
    (6, Anywhere, &["does without", "do without"], "does not use, does not need"),
    (6, Anywhere, &["sets aside", "set aside", "looks after", "look after"], "ignore, manage"),
    (6, Anywhere, &["is there", "are there"], "exists, is queued, is connected"),
    (6, Anywhere, &["is made", "are made", "made of"], "is created, consists of"),
    (6, Anywhere, &["is gone", "are gone", "under way", "on its way"], "has ended, was dropped, in transit"),
    (6, Anywhere, &["but for", "beside", "whatever"], "except, next to, regardless of"),
    (7, Anywhere, &["nobody", "somebody", "anybody", "everybody"], "the program, a peer, a thread, no peer"),
    (7, Anywhere, &["whoever", "whomever", "whom"], "the caller, the peer"),
    (7, Anywhere, &["hear", "hears", "heard", "hopes", "hope", "says a word", "knows best"], "receive, expect"),
    (8, Anywhere, &["one has to", "one may", "one can", "one gets"], "you, or the imperative"),
    (9, Place::Paragraph, &["those of", "as for", "the same as"], "a list of kinds: - [`WouldBlock`]: ..."),
    (10, Anywhere, &[": that is", ": it is", ": it was", ": they are", ": so it", ": this is"], "because, so"),
    (11, Anywhere, &["for ever"], "forever"),
    (11, Anywhere, &["at the most", "at the least", "at the latest"], "at most, at least"),
    (11, Anywhere, &["anew", "once more", "over again", "all the same"], "again, nevertheless"),
    (11, Anywhere, &["without end", "for good"], "forever"),
    (12, Anywhere, &["the default is", "by default it is", "if nothing is set"], "Default: ..."),
];

/// A phrase that a paragraph contains.
#[derive(Debug)]
struct Finding {
    line: usize,
    rule: u8,
    phrase: &'static str,
    remedy: &'static str,
}

fn findings(paragraph: &Paragraph) -> Vec<Finding> {
    let text = paragraph.text.to_lowercase();
    let mut found = Vec::new();
    for &(rule, place, phrases, remedy) in TELLTALES {
        for &phrase in phrases {
            let hits = text.match_indices(phrase).map(|(at, _)| at).filter(|&at| is_whole(&text, at, phrase));
            let hits = hits.filter(|&at| match place {
                Start => at == 0 && paragraph.opens,
                Place::Paragraph => text[..at].trim_matches([' ', '-', '*']).is_empty(),
                Anywhere => true,
            });
            found.extend(hits.map(|at| Finding { line: paragraph.line_of(at), rule, phrase, remedy }));
        }
    }
    found
}

/// Returns `true` if the phrase at `at` begins and ends at the bounds of words.
fn is_whole(text: &str, at: usize, phrase: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let before = text[..at].chars().next_back();
    let after = text[at + phrase.len()..].chars().next();
    // A colon is right after a label, and before the reason in the text of an error.
    let is_label = text[..at].ends_with("safety") || text.starts_with("cannot ") || text.starts_with("line ");
    let is_label = phrase.starts_with(':') && is_label;
    !after.is_some_and(is_part) && !is_label && (phrase.starts_with(':') || !before.is_some_and(is_part))
}

#[test]
fn the_prose_has_no_telltale() {
    let mut report = String::new();
    for path in &files() {
        for paragraph in paragraphs(path, &read(path)) {
            for Finding { line, rule, phrase, remedy } in findings(&paragraph) {
                let text = paragraph.excerpt(line);
                writeln!(report, "{path}:{line}: {text}\n    rule {rule}: \"{phrase}\"; write: {remedy}").unwrap();
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// A sentence that breaks each rule, and its replacement.
const SENTENCES: &[(u8, &str, &str)] = &[
    (1, "Makes a context with the default settings.", "Creates a context with the default settings."),
    (1, "Whether more frames follow.", "Returns `true` if more frames follow."),
    (1, "What the poller hands out.", "The token that the poller returns."),
    (1, "How long unsent messages outlive the socket.", "The time for which unsent messages outlive the socket."),
    (2, "One of the ends of a proxy.", "An end of a proxy."),
    (3, "Returns the newest value, and that one alone.", "Returns only the newest value."),
    (4, "Fails where there is no peer.", "Fails if there is no peer."),
    (5, "Returns once what was sent is on the network.", "Returns once all messages are on the network."),
    (6, "Sets the policy that judges peers.", "Sets the policy that authenticates peers."),
    (6, "Drops a request that was given up.", "Drops an abandoned request."),
    (7, "Drops a message that nobody receives.", "Drops a message that no peer receives."),
    (8, "Returns a key, which one has to keep.", "Returns a key. Store it."),
    (9, "Those of [`recv`](Self::recv).", "- [`WouldBlock`](ErrorKind::WouldBlock): the timeout expired."),
    (10, "Returns a copy: it is read later.", "Returns a copy, because the content is read later."),
    (11, "Waits for ever.", "Waits forever."),
    (11, "Waits for a second at the most.", "Waits for at most a second."),
    (11, "Restarts the timer anew.", "Restarts the timer."),
    (12, "Sets the limit. The default is 1000.", "Sets the limit. Default: 1000."),
];

#[test]
fn a_planted_sentence_is_found_by_its_rule() {
    for (rule, bad, good) in SENTENCES {
        let rules = |sentence: &str| {
            let source = format!("/// {sentence}\nfn planted() {{}}\n");
            let found: Vec<_> = paragraphs("planted.rs", &source).iter().flat_map(findings).collect();
            found.iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert!(rules(bad).contains(rule), "{bad}");
        assert!(rules(good).is_empty(), "{good}");
    }
}

#[test]
fn every_rule_has_a_planted_sentence() {
    for rule in 1..=12 {
        assert!(TELLTALES.iter().any(|telltale| telltale.0 == rule), "rule {rule} has no phrase");
        assert!(SENTENCES.iter().any(|sentence| sentence.0 == rule), "rule {rule} has no sentence");
    }
}

#[test]
fn a_phrase_is_found_across_lines_and_in_messages_but_not_in_code() {
    let source = "\
//! Waits for\n//! ever.
fn planted() {
    let nobody = 'n'; // Not `for ever`, but nobody.
    fail(\"this is for ever so\");
    fail(r\"for ever and ever\");
}
";
    let found: Vec<_> = paragraphs("planted.rs", source).iter().flat_map(findings).collect();
    let places: Vec<_> = found.iter().map(|finding| (finding.line, finding.phrase)).collect();
    assert_eq!(places, [(1, "for ever"), (4, "nobody"), (5, "for ever")]);
}

#[test]
fn markdown_is_prose_outside_of_blocks_of_code() {
    let text = "# For ever\n\nA list:\n\n- nobody\n\n```text\nnobody\n```\n\n| anew |\n";
    let found: Vec<_> = paragraphs("planted.md", text).iter().flat_map(findings).collect();
    let places: Vec<_> = found.iter().map(|finding| (finding.line, finding.phrase)).collect();
    assert_eq!(places, [(1, "for ever"), (5, "nobody"), (11, "anew")]);
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn starts_with_any(path: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| path.starts_with(beginning))
}

/// Returns the paths of all files with prose, relative to the root of the crate.
fn files() -> Vec<String> {
    let mut files = Vec::new();
    collect("", false, &mut files);
    ROOTS.iter().for_each(|root| collect(root, true, &mut files));
    files.retain(|path| prose::is_known(path) && !starts_with_any(path, EXEMPT));
    files.sort();
    assert!(files.len() > 100, "{files:?}");
    files
}

fn collect(directory: &str, recursive: bool, files: &mut Vec<String>) {
    for entry in fs::read_dir(Path::new(ROOT).join(directory)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
        if !entry.path().is_dir() {
            files.push(path);
        } else if recursive {
            collect(&path, true, files);
        }
    }
}
