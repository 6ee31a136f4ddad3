//! Names say what, not how.

use super::{Fault, source::Source};
use syn::{
    Ident, ImplItemFn, ItemConst, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStruct, ItemTrait,
    ItemType, TraitItemFn, Variant,
    visit::{self, Visit},
};

/// Words that say nothing about what a type or a module is. (A function may well be about what two
/// lists have in common.)
const EMPTY_WORDS: [&str; 8] = [
    "Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Inner", "Misc",
];

/// Names with such a word that a standard gave.
const FROM_STANDARDS: [(&str, &str); 3] = [
    ("TLSInnerPlaintext", "RFC 8446 section 5.2"),
    ("InnerPlaintext", "RFC 8446 section 5.2"),
    ("ClientHelloInner", "RFC 9849 section 3"),
];

const REMEDY: &str = "name what it is or answers (seal, open, expect, accept, ask, answer)";

/// Checks the names of functions, types and modules; a foreign trait's names are its own.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    let mut names = Names {
        source,
        faults: Vec::new(),
        in_trait_impl: false,
    };
    names.visit_file(&source.file);
    names.faults
}

struct Names<'a> {
    source: &'a Source,
    faults: Vec<Fault>,
    in_trait_impl: bool,
}

impl Names<'_> {
    fn function(&mut self, ident: &Ident) {
        let name = ident.to_string();
        let says_how =
            name.starts_with("get_") || name.contains("_get_") || name.starts_with("do_");
        if says_how {
            self.refuse(ident);
        }
    }

    fn type_or_module(&mut self, ident: &Ident) {
        let name = ident.to_string();
        let is_standard = FROM_STANDARDS.iter().any(|(standard, _)| *standard == name);
        if !is_standard
            && words(&name).iter().any(|word| {
                EMPTY_WORDS
                    .iter()
                    .any(|empty| empty.eq_ignore_ascii_case(word))
            })
        {
            self.refuse(ident);
        }
    }

    fn refuse(&mut self, ident: &Ident) {
        let fault = self.source.fault(
            ident.span().start().line,
            format!("the name `{ident}` says how, not what"),
            REMEDY,
        );
        self.faults.push(fault);
    }
}

/// `TicketKeys` and `ticket_keys` are both ticket and keys.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        let starts = letter == '_' || letter.is_uppercase();
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter != '_', words.last_mut()) {
            word.push(letter);
        }
    }
    words
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let is_test = item
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("test"));
        if !is_test {
            self.function(&item.sig.ident);
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let outer = std::mem::replace(&mut self.in_trait_impl, item.trait_.is_some());
        visit::visit_item_impl(self, item);
        self.in_trait_impl = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !self.in_trait_impl {
            self.function(&item.sig.ident);
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.function(&item.sig.ident);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.type_or_module(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.type_or_module(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_variant(&mut self, item: &'ast Variant) {
        self.type_or_module(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.type_or_module(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.type_or_module(&item.ident);
    }

    fn visit_item_const(&mut self, item: &'ast ItemConst) {
        self.type_or_module(&item.ident);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.type_or_module(&item.ident);
        visit::visit_item_mod(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> usize {
        check(&Source::parse("a.rs", text).unwrap()).len()
    }

    #[test]
    fn names_that_say_how_are_faults() {
        for bad in [
            "fn get_key() {}",
            "fn try_get_key() {}",
            "fn do_handshake() {}",
            "impl A { fn get_key() {} }",
            "trait A { fn do_it(); }",
            "struct SessionManager;",
            "enum TicketHelper {}",
            "mod utils {}",
            "mod a { mod common {} }",
            "struct ConnectionInner;",
        ] {
            assert_eq!(faults(bad), 1, "{bad}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for good in [
            "fn forget_key() {}",
            "fn target() {}",
            "fn doze() {}",
            "fn common_suites() {}",
            "struct Dinner;",
            "struct TLSInnerPlaintext;",
            "impl Store for A { fn get_key() {} }",
            "#[test] fn do_not_resume_across_names() {}",
        ] {
            assert_eq!(faults(good), 0, "{good}");
        }
    }
}
