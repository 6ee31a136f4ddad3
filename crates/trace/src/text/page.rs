//! The look of the text: headings, wrapped sentences and two columns of names and values.

use std::fmt::Write;

/// A terminal's usual width.
const WIDTH: usize = 80;
/// Where values begin.
const COLUMN: usize = 26;
/// Values of a list from this length on get a line each, if they do not fit into one together.
const LONG: usize = 40;
/// Long bytes are shortened to these many at the front and half as many at the end.
const SHOWN: usize = 8;

/// The text of one event, written line by line.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
    /// Stands before each line: which connection this is.
    prefix: String,
}

impl Page {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            text: String::new(),
            prefix: prefix.to_owned(),
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn blank(&mut self) {
        self.line("");
    }

    /// A line at the margin, wrapped.
    pub(crate) fn heading(&mut self, text: &str) {
        self.wrapped("", "    ", text.split_whitespace());
    }

    /// An indented line, wrapped.
    pub(crate) fn step(&mut self, text: &str) {
        self.wrapped("  ", "      ", text.split_whitespace());
    }

    /// A paragraph below a heading or step.
    pub(crate) fn sentence(&mut self, text: &str) {
        self.wrapped("    ", "    ", text.split_whitespace());
    }

    /// A name and its value, wrapped within the right column. A field without value is left out.
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.column(name, value.split_whitespace());
    }

    /// A name and its values: separated by commas, or each on a line of its own if they are long.
    pub(crate) fn list<I: IntoIterator<Item = String>>(&mut self, name: &str, values: I) {
        let mut values: Vec<_> = values.into_iter().collect();
        let joined = values.iter().map(|value| value.len() + 2).sum::<usize>();
        if COLUMN + joined <= WIDTH || values.iter().all(|value| value.len() < LONG) {
            if let Some((_, others)) = values.split_last_mut() {
                others.iter_mut().for_each(|value| value.push(','));
            }
            return self.column(name, values.iter().map(String::as_str));
        }
        for (index, value) in values.iter().enumerate() {
            self.field(if index == 0 { name } else { "" }, value);
        }
    }

    /// A name at the left, pieces of text that stay whole at the right.
    fn column<'t>(&mut self, name: &str, pieces: impl Iterator<Item = &'t str>) {
        let mut pieces = pieces.peekable();
        if pieces.peek().is_some() {
            let first = format!("    {name:<width$} ", width = COLUMN - 5);
            self.wrapped(&first, &" ".repeat(COLUMN), pieces);
        }
    }

    fn wrapped<'t>(&mut self, first: &str, rest: &str, pieces: impl Iterator<Item = &'t str>) {
        let mut line = first.to_owned();
        let mut empty = true;
        for piece in pieces {
            if !empty && line.chars().count() + 1 + piece.chars().count() > WIDTH {
                self.line(&line);
                line.replace_range(.., rest);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(piece);
            empty = false;
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        // Some words come from the peer, a name in a certificate for one: none of them steers a terminal.
        let line = line.replace(char::is_control, "\u{fffd}");
        let (prefix, line) = (&self.prefix, line.trim_end());
        let separator = if prefix.is_empty() || line.is_empty() {
            ""
        } else {
            " "
        };
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{prefix}{separator}{line}");
    }
}

/// `1 byte`, `2 bytes`.
pub(crate) fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

/// Bytes in hex, long ones shortened in the middle, so that a reader recognises them elsewhere.
pub(crate) fn short_hex(bytes: &[u8]) -> String {
    use crate::value::hex;
    match (bytes.get(..SHOWN), bytes.last_chunk::<{ SHOWN / 2 }>()) {
        (Some(front), Some(back)) if bytes.len() > 2 * SHOWN => {
            format!("{}..{} ({} bytes)", hex(front), hex(back), bytes.len())
        }
        _ => hex(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_wrap_within_their_column() {
        let mut page = Page::new("");
        page.field("because", &"word ".repeat(40));
        let text = page.into_text();
        assert!(text.lines().count() > 2);
        assert!(text.lines().all(|line| line.len() <= WIDTH));
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with(&" ".repeat(COLUMN)))
        );
    }

    #[test]
    fn long_values_of_a_list_have_a_line_each() {
        let mut page = Page::new("");
        page.list("groups", ["x25519".to_owned(), "secp256r1".to_owned()]);
        page.list("extensions", (0..5).map(|_| "a".repeat(20)));
        page.list("suites", (0..3).map(|_| "A".repeat(LONG)));
        assert_eq!(page.into_text().lines().count(), 1 + 3 + 3);
    }

    #[test]
    fn a_value_of_a_list_stays_whole() {
        let mut page = Page::new("");
        page.list(
            "parts",
            (0..4).map(|n| format!("client_write_key (1{n} bytes)")),
        );
        let text = page.into_text();
        assert!(
            text.lines().all(|line| line.ends_with([',', ')'])),
            "{text}"
        );
    }

    #[test]
    fn a_prefix_stands_before_each_line() {
        let mut page = Page::new("server |");
        page.blank();
        page.step("one two");
        assert_eq!(page.into_text(), "server |\nserver |   one two\n");
    }

    #[test]
    fn control_characters_never_reach_a_terminal() {
        let mut page = Page::new("");
        page.field("name", "a\u{1b}[2Jb\u{9b}c\u{7}");
        let text = page.into_text();
        assert!(text.contains("a\u{fffd}[2Jb"));
        assert!(!text.trim_end().contains(char::is_control));
    }

    #[test]
    fn long_bytes_keep_their_ends() {
        let bytes: Vec<u8> = (0..32).collect();
        assert_eq!(short_hex(&bytes), "0001020304050607..1c1d1e1f (32 bytes)");
        assert_eq!(short_hex(&bytes[..4]), "00010203");
    }
}
