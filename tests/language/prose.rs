//! The paragraphs of a file: comments and messages of a program, or the text of a Markdown file.

/// A paragraph, in one line, with code spans left out.
#[derive(Debug, Default)]
pub(crate) struct Paragraph {
    pub(crate) text: String,
    /// `true` if the paragraph begins a doc comment.
    pub(crate) opens: bool,
    /// The offset in `text` and the number of each line.
    lines: Vec<(usize, usize)>,
}

impl Paragraph {
    fn push(&mut self, line: usize, text: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.lines.push((self.text.len(), line));
        for (index, part) in text.trim().split('`').enumerate() {
            self.text.push_str(if index % 2 == 0 { part } else { "``" });
        }
    }

    /// Returns the number of the line that contains the offset `at`.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.lines.iter().rev().find(|(start, _)| *start <= at).map_or(0, |(_, line)| *line)
    }

    /// Returns the text of a line.
    pub(crate) fn excerpt(&self, line: usize) -> &str {
        let index = self.lines.iter().position(|(_, number)| *number == line).unwrap_or_default();
        let end = self.lines.get(index + 1).map_or(self.text.len(), |(start, _)| *start);
        self.text[self.lines[index].0..end].trim_end()
    }
}

/// Returns `true` if [`paragraphs`] can read a file of this name.
pub(crate) fn is_known(path: &str) -> bool {
    syntax(path).is_some() && !path.contains("LICENSE")
}

#[derive(Clone, Copy)]
enum Syntax {
    Markdown,
    Rust,
    /// Comments after `#`: TOML, Python, shell.
    Hash,
}

fn syntax(path: &str) -> Option<Syntax> {
    match path.rsplit('/').next()?.rsplit_once('.') {
        Some((_, "md")) => Some(Syntax::Markdown),
        Some((_, "rs" | "c" | "cpp")) => Some(Syntax::Rust),
        Some((_, "toml" | "py")) => Some(Syntax::Hash),
        None if path.starts_with(".ci/") => Some(Syntax::Hash),
        _ => None,
    }
}

pub(crate) fn paragraphs(path: &str, text: &str) -> Vec<Paragraph> {
    match syntax(path) {
        Some(Syntax::Markdown) => {
            let mut flow = Flow::default();
            text.lines().enumerate().for_each(|(index, line)| flow.line("", index + 1, line));
            flow.finish()
        }
        Some(Syntax::Rust) => of_rust(text),
        Some(Syntax::Hash) => {
            let mut flow = Flow::default();
            for (index, line) in text.lines().enumerate() {
                match line.trim_start().strip_prefix('#') {
                    Some(comment) => flow.line("#", index + 1, comment),
                    None => flow.end(),
                }
            }
            flow.finish()
        }
        None => Vec::new(),
    }
}

/// Joins lines to paragraphs.
#[derive(Default)]
struct Flow {
    done: Vec<Paragraph>,
    current: Paragraph,
    /// The marker of the last line's comment, or `None` after code.
    marker: Option<&'static str>,
    in_code: bool,
}

impl Flow {
    fn line(&mut self, marker: &'static str, number: usize, text: &str) {
        let begins = self.marker != Some(marker);
        if begins {
            self.end();
            self.marker = Some(marker);
        }
        let text = text.trim();
        if text.starts_with("```") {
            self.in_code = !self.in_code;
            self.close();
            return;
        }
        if self.in_code {
            // Only the comments of an example are prose.
            let comment = text.split_once("// ").map(|(_, comment)| comment);
            comment.into_iter().for_each(|comment| self.single(number, comment));
            return;
        }
        if text.starts_with("# ") || text.starts_with("##") {
            self.single(number, text);
            return;
        }
        if text.is_empty() || text.starts_with(['|', '-', '*']) {
            self.close();
        }
        if !text.is_empty() {
            self.current.opens |= begins && (marker == "///" || marker == "//!");
            self.current.push(number, text);
        }
    }

    /// Adds a paragraph of one line.
    fn single(&mut self, number: usize, text: &str) {
        self.close();
        self.current.push(number, text);
        self.close();
    }

    fn close(&mut self) {
        let paragraph = std::mem::take(&mut self.current);
        if !paragraph.text.is_empty() {
            self.done.push(paragraph);
        }
    }

    /// Ends a comment.
    fn end(&mut self) {
        self.close();
        self.marker = None;
        self.in_code = false;
    }

    fn finish(mut self) -> Vec<Paragraph> {
        self.close();
        self.done
    }
}

/// Reads the comments and the string literals of three words or more. Raw strings and edits of fixes are code.
fn of_rust(text: &str) -> Vec<Paragraph> {
    let mut flow = Flow::default();
    let mut number = 1;
    let mut rest = text;
    let mut blank = true;
    while let Some(character) = rest.chars().next() {
        let mut used = character.len_utf8();
        if let Some(comment) = rest.strip_prefix("//") {
            let line = comment.lines().next().unwrap_or_default();
            let (marker, start) = match line.as_bytes().first() {
                Some(b'/') => ("///", 1),
                Some(b'!') => ("//!", 1),
                _ => ("//", 0),
            };
            if !blank {
                flow.end();
            }
            flow.line(marker, number, &line[start..]);
            used = 2 + line.len();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            used = comment.find("*/").map_or(rest.len(), |end| end + 4);
            flow.end();
            rest[2..used].trim_end_matches("*/").lines().enumerate().for_each(|(index, line)| {
                flow.line("/*", number + index, line);
            });
            flow.end();
        } else if let Some(length) = raw_string(rest) {
            used = length;
        } else if character == '"' {
            used = 1 + literal(&rest[1..]);
            let before = &text[..text.len() - rest.len()];
            let content = rest[1..used].trim_end_matches('"');
            if !before.ends_with("find: ") && !before.ends_with("replace: ") && content.matches(' ').count() >= 2 {
                flow.end();
                content.lines().enumerate().for_each(|(index, line)| {
                    flow.line("\"", number + index, line.trim_end_matches('\\').trim_end_matches("\\n"));
                });
                flow.end();
            }
        } else if character == '\'' {
            used = quoted_character(rest);
        }
        number += rest[..used].matches('\n').count();
        blank = match character {
            '\n' => true,
            ' ' => blank,
            _ => rest.starts_with("//"),
        };
        if !blank {
            flow.end();
        }
        rest = &rest[used..];
    }
    flow.finish()
}

/// Returns the length of the raw string that `text` starts with.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?.chars().take_while(|character| *character == '#').count();
    let content = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + content.find(&end)? + end.len())
}

/// Returns the length of a string literal, from behind its first quote to its last.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of a character literal, or 1 for a lifetime.
fn quoted_character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let behind = at + escaped.len_utf8();
            text[behind..].find('\'').map_or(1, |end| behind + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}
