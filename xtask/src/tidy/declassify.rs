//! Secrets are released in few places, each with a reason out of a closed list whose every entry says why.

use super::{Fault, source::Source};
use syn::{
    Attribute, Expr, ExprCall, ExprMethodCall, Ident, ItemEnum,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Where secrets may be released.
const MAY_RELEASE: [(&str, &str); 2] = [
    ("crates/crypto/src", "checks end here, in an answer"),
    ("crates/ct/src", "the cases say what is told after all"),
];

/// Who turns a choice of `subtle` into a number, and goes on without a branch.
const MAY_UNWRAP: [(&str, &str); 2] = [
    (
        "crates/crypto/src/declassify.rs",
        "the one place that branches",
    ),
    (
        "crates/crypto-classic/src/cbc",
        "masks, up to the verdict that crates/ct/released.supp names",
    ),
];

/// What only wraps the functions that release, and passes on the reason that it was given.
const WRAPPERS: [(&str, &str); 2] = [
    ("crates/ct/src/trial.rs", "counts reasons"),
    ("crates/ct/src/memcheck.rs", "asks valgrind"),
];

/// The functions that release, and whether their last argument is a reason.
const RELEASING: [(&str, bool); 7] = [
    ("declassify", true),
    ("declassify_value", true),
    ("declassify_if_secret", true),
    // Its reason is in its name.
    ("declassify_verdict", false),
    ("looked_at", false),
    ("make_defined", false),
    ("make_value_defined", false),
];

/// The lists of reasons.
const REASONS: [&str; 2] = ["Reason", "Released"];

/// Checks who releases, and why.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    let mut releases = Releases {
        source,
        faults: Vec::new(),
    };
    releases.visit_file(&source.file);
    releases.faults
}

struct Releases<'a> {
    source: &'a Source,
    faults: Vec<Fault>,
}

impl Releases<'_> {
    fn refuse(&mut self, at: &impl Spanned, what: String, remedy: &'static str) {
        let line = at.span().start().line;
        self.faults.push(self.source.fault(line, what, remedy));
    }

    fn release(&mut self, name: &Ident, call: &ExprCall, has_reason: bool) {
        let source = self.source;
        if !source.is_listed(&MAY_RELEASE) {
            let what = format!("`{name}` outside of the places that release secrets");
            self.refuse(name, what, "compare by a function of premaster-crypto");
            return;
        }
        let has_none = has_reason && !call.args.last().is_some_and(is_reason);
        let is_raw = name == "make_defined" || name == "make_value_defined";
        if (has_none || is_raw) && !source.is_listed(&WRAPPERS) {
            let what = format!("`{name}` without a reason of the list");
            self.refuse(name, what, "name a variant of `Reason` or `Released` there");
        }
    }
}

impl<'ast> Visit<'ast> for Releases<'_> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
            && let Some((_, has_reason)) = RELEASING.iter().find(|(name, _)| last.ident == name)
        {
            self.release(&last.ident, call, *has_reason);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "unwrap_u8" && !self.source.is_listed(&MAY_UNWRAP) {
            let what = "a choice becomes a number".to_owned();
            self.refuse(&call.method, what, "have `declassify` tell it");
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        let is_list = REASONS.iter().any(|name| item.ident == name);
        if is_list && self.source.is_listed(&MAY_RELEASE) {
            for variant in item.variants.iter().filter(|one| !is_explained(&one.attrs)) {
                let what = format!("the reason `{}` gives none", variant.ident);
                self.refuse(&variant.ident, what, "say why it is safe to be known");
            }
        }
        visit::visit_item_enum(self, item);
    }
}

/// `Reason::Verdict`: a name, not a variable.
fn is_reason(argument: &Expr) -> bool {
    let Expr::Path(path) = argument else {
        return false;
    };
    let mut segments = path.path.segments.iter().rev().skip(1);
    segments
        .next()
        .is_some_and(|list| REASONS.iter().any(|name| list.ident == name))
}

fn is_explained(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| it.path().is_ident("doc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        check(&Source::parse(path, text).unwrap()).len()
    }

    const RIGHT: &str = "fn a() { declassify(choice, Released::Fits); }";

    #[test]
    fn secrets_are_released_in_few_places() {
        assert_eq!(faults("crates/crypto/src/hmac.rs", RIGHT), 0);
        assert_eq!(faults("crates/handshake/src/a.rs", RIGHT), 1);
        let qualified = "fn a() { premaster_crypto::declassify(it, Released::Fits); }";
        assert_eq!(faults("crates/record/src/a.rs", qualified), 1);
    }

    #[test]
    fn a_release_names_its_reason() {
        let case = |call: &str| faults("crates/ct/src/a.rs", &format!("fn a() {{ {call} }}"));
        assert_eq!(case("declassify(&mut it, Reason::Sent);"), 0);
        assert_eq!(case("declassify(&mut it, crate::trial::Reason::Sent);"), 0);
        assert_eq!(case("declassify(&mut it, why);"), 1);
        assert_eq!(case("declassify_value(it);"), 1);
        assert_eq!(case("declassify_verdict(it);"), 0);
        assert_eq!(case("memcheck::make_defined(&mut it);"), 1);
        let wrapper = "fn a() { memcheck::make_defined(it); declassify(it, why); }";
        assert_eq!(faults("crates/ct/src/trial.rs", wrapper), 0);
    }

    #[test]
    fn a_choice_is_not_unwrapped_elsewhere() {
        let text = "fn a() { choice.unwrap_u8(); }";
        assert_eq!(faults("crates/crypto/src/hmac.rs", text), 1);
        assert_eq!(faults("crates/crypto/src/declassify.rs", text), 0);
    }

    #[test]
    fn a_reason_says_why() {
        let text = "enum Reason { /// It is sent.\n Sent, Other }";
        assert_eq!(faults("crates/ct/src/trial.rs", text), 1);
        assert_eq!(faults("crates/session/src/a.rs", text), 0, "another list");
    }
}
