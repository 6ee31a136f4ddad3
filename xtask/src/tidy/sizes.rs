//! How long a file and a function may be.

use super::{Fault, source::Source};
use proc_macro2::Span;
use syn::{
    ImplItemFn, ItemFn, Signature, TraitItemFn,
    spanned::Spanned,
    visit::{self, Visit},
};

/// The longest file, with its tests.
const FILE: usize = 500;

/// The longest function, from its signature to its brace.
const FUNCTION: usize = 80;

/// The longest handshake script: an order of messages is read from top to bottom.
const SCRIPT: usize = 120;

/// Checks the file's length and that of each function in it.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    let lines = source.text.lines().count();
    let mut faults = Vec::new();
    if lines > FILE && !is_table(&source.text) {
        let what = format!("{lines} lines, more than {FILE}");
        faults.push(source.fault(
            1,
            what,
            "split it by ideas, or if it is a table say `This file is a table` in its head",
        ));
    }
    let mut functions = Functions(Vec::new());
    functions.visit_file(&source.file);
    for (name, line, length, is_async) in functions.0 {
        let limit = if is_async && source.path.starts_with("crates/handshake/src/") {
            SCRIPT
        } else {
            FUNCTION
        };
        if length > limit {
            let what = format!("{name} has {length} lines, more than {limit}");
            faults.push(source.fault(line, what, "give its parts names of their own"));
        }
    }
    faults
}

/// The head is the leading block of `//!` lines.
fn is_table(text: &str) -> bool {
    text.lines()
        .take_while(|line| line.starts_with("//!"))
        .any(|line| line.to_lowercase().contains("this file is a table"))
}

/// Name, line, length and whether it is `async`, for each function.
struct Functions(Vec<(String, usize, usize, bool)>);

impl Functions {
    fn note(&mut self, signature: &Signature, end: Span) {
        let first = signature.span().start().line;
        let length = end.end().line - first + 1;
        self.0.push((
            signature.ident.to_string(),
            first,
            length,
            signature.asyncness.is_some(),
        ));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.note(&function.sig, function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.note(&function.sig, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.note(&function.sig, block.span());
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text).unwrap();
        check(&source).into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn a_file_over_the_limit_is_a_fault_unless_its_head_says_that_it_is_a_table() {
        let body = "const A: u8 = 0;\n".repeat(FILE);
        assert_eq!(faults("a.rs", &body), [""; 0]);
        assert_eq!(
            faults("a.rs", &format!("//! Long.\n{body}")),
            ["501 lines, more than 500"]
        );
        assert_eq!(
            faults(
                "a.rs",
                &format!("//! Suites. This file is a table.\n{body}")
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_function_over_the_limit_is_a_fault_wherever_it_stands() {
        let body = "    step();\n".repeat(FUNCTION - 1);
        for (before, after) in [
            ("", ""),
            ("impl A {", "}"),
            ("trait A {", "}"),
            ("mod a {", "}"),
        ] {
            let text = format!("{before}\nfn long() {{\n{body}}}\n{after}");
            assert_eq!(faults("a.rs", &text), ["long has 81 lines, more than 80"]);
        }
        let fits = "    step();\n".repeat(FUNCTION - 2);
        assert_eq!(faults("a.rs", &format!("fn fits() {{\n{fits}}}")), [""; 0]);
    }

    #[test]
    fn a_handshake_script_may_be_longer() {
        let text = format!(
            "async fn script() {{\n{}}}",
            "    step();\n".repeat(FUNCTION)
        );
        assert_eq!(faults("crates/handshake/src/client.rs", &text), [""; 0]);
        assert_eq!(faults("crates/record/src/client.rs", &text).len(), 1);
    }
}
