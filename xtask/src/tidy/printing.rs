//! Libraries do not print.

use super::{Fault, source::Source};
use syn::{
    Macro,
    visit::{self, Visit},
};

const PRINTING: [&str; 5] = ["println", "eprintln", "print", "eprint", "dbg"];

/// Who may print, and why.
const MAY_PRINT: [(&str, &str); 5] = [
    ("crates/cli", "a program talks to a person"),
    (
        "crates/bogo-shim",
        "what it says is for the program that started it",
    ),
    ("crates/trace/src/sinks", "a sink writes events"),
    ("examples", "examples show what they do"),
    ("xtask", "a program talks to a person"),
];

/// Checks for printing macros; documentation examples are not code of the crate.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    if source.is_listed(&MAY_PRINT) || source.path.contains("/examples/") {
        return Vec::new();
    }
    let mut printing = Printing {
        source,
        faults: Vec::new(),
    };
    printing.visit_file(&source.file);
    printing.faults
}

struct Printing<'a> {
    source: &'a Source,
    faults: Vec<Fault>,
}

impl<'ast> Visit<'ast> for Printing<'_> {
    fn visit_macro(&mut self, it: &'ast Macro) {
        // A test says what it could not do here.
        let excused = self.source.is_test_file() && it.path.is_ident("eprintln");
        if let Some(last) = it
            .path
            .segments
            .last()
            .filter(|last| !excused && PRINTING.iter().any(|name| last.ident == name))
        {
            let line = last.ident.span().start().line;
            let fault = self.source.fault(
                line,
                format!("`{}!` in a library", last.ident),
                "return it, or emit a trace event",
            );
            self.faults.push(fault);
        }
        visit::visit_macro(self, it);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        check(&Source::parse(path, text).unwrap()).len()
    }

    #[test]
    fn printing_in_a_library_is_a_fault() {
        assert_eq!(faults("crates/wire/src/a.rs", "fn a() { println!(); }"), 1);
        assert_eq!(
            faults(
                "crates/wire/src/a.rs",
                "fn a() { std::eprintln!(); dbg!(1); }"
            ),
            2
        );
    }

    #[test]
    fn a_test_may_say_what_it_could_not_do() {
        assert_eq!(
            faults("crates/wire/tests/a.rs", "fn a() { eprintln!(); }"),
            0
        );
        assert_eq!(
            faults("crates/wire/tests/a.rs", "fn a() { println!(); }"),
            1
        );
    }

    #[test]
    fn programs_print_and_documentation_shows_it() {
        assert_eq!(
            faults("crates/cli/src/main.rs", "fn a() { println!(); }"),
            0
        );
        assert_eq!(
            faults(
                "crates/wire/src/a.rs",
                "/// ```\n/// println!();\n/// ```\nfn a() {}"
            ),
            0
        );
    }
}
