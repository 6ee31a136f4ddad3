//! Nothing is left for later in the tree: no ignored test, no note to oneself.

use super::{Fault, source::Source};
use syn::{
    ItemFn,
    visit::{self, Visit},
};

/// Notes to oneself; written in pieces so that this file is not its own fault.
const NOTES: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Checks for notes in any text and for ignored tests.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric());
        if let Some(note) = words.find(|word| NOTES.contains(word)) {
            faults.push(source.fault(
                index + 1,
                format!("a note `{note}`"),
                "do it now, or file it where work is planned",
            ));
        }
    }
    let mut ignored = Ignored { source, faults };
    ignored.visit_file(&source.file);
    ignored.faults
}

struct Ignored<'a> {
    source: &'a Source,
    faults: Vec<Fault>,
}

impl<'ast> Visit<'ast> for Ignored<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if item
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("ignore"))
        {
            let line = item.sig.ident.span().start().line;
            let fault = self.source.fault(
                line,
                format!("the test `{}` is ignored", item.sig.ident),
                "make it run or remove it",
            );
            self.faults.push(fault);
        }
        visit::visit_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> usize {
        check(&Source::parse("a.rs", text).unwrap()).len()
    }

    #[test]
    fn notes_and_ignored_tests_are_faults() {
        for note in NOTES {
            assert_eq!(faults(&format!("// {note}: later\n")), 1, "{note}");
        }
        assert_eq!(faults("#[test]\n#[ignore]\nfn a() {}"), 1);
        assert_eq!(
            faults("mod tests { #[test] #[ignore = \"slow\"] fn a() {} }"),
            1
        );
    }

    #[test]
    fn words_that_contain_a_note_are_none() {
        assert_eq!(faults("// the method todos\nfn ignore() {}"), 0);
    }
}
