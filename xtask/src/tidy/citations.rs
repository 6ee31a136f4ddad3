//! Citations of an RFC have one form, so that one search finds them all: `RFC 5246 section 7.4.1.2`,
//! and for what the document itself calls an appendix, `RFC 5246 appendix A.5`.

use super::{Fault, source::Source};
use regex::Regex;
use std::sync::LazyLock;

/// Every other way to cite that people use. What follows a plain mention of a document is free.
static OTHER_FORMS: LazyLock<Regex> = LazyLock::new(|| {
    let number_glued = r"\bRFC-?[0-9]{3,5}\b";
    let lower_case = r"\b[Rr]fc [0-9]{3,5}\b";
    let no_section = r"\bRFC [0-9]{3,5},? ?(?:§|\(?§|[0-9]+\.[0-9])";
    let other_word = r"\bRFC [0-9]{3,5},? \(?(?:Section|sections|Sections|SECTION|sec|Sec|sect|chapter|appendices|Appendix)\b";
    let punctuated = r"\bRFC [0-9]{3,5}(?:,|:|\s\() ?(?:section|appendix) [0-9A-Z]";
    let reversed = r"\b(?i:sections?|appendix|§) ?[0-9A-Z][0-9.]*,? (?:of|in) (?:the )?RFC\b";
    let forms = [
        number_glued,
        lower_case,
        no_section,
        other_word,
        punctuated,
        reversed,
    ];
    Regex::new(&forms.map(|form| format!("(?:{form})")).join("|")).expect("a constant pattern")
});

/// Words that stand in links and file names, where the form is somebody else's.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"https?://\S+|[\w./-]+\.(?:txt|rs|md)\b").expect("a constant pattern")
});

const REMEDY: &str = "write `RFC NNNN section X`";

/// Checks comments, documentation and texts alike.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    if source.path == "xtask/src/tidy/citations.rs" {
        return Vec::new();
    }
    in_text(&source.path, &source.text)
}

/// The same for a text that is not Rust.
pub(super) fn in_text(file: &str, text: &str) -> Vec<Fault> {
    let fault = |(line, what)| Fault {
        file: file.to_owned(),
        line,
        what,
        remedy: REMEDY,
    };
    faults(text).into_iter().map(fault).collect()
}

/// The lines that cite in another form.
fn faults(text: &str) -> Vec<(usize, String)> {
    let cited = |(index, line): (usize, &str)| {
        let line = ELSEWHERE.replace_all(line, "");
        let form = OTHER_FORMS.find(&line)?;
        Some((
            index + 1,
            format!("the citation `{}` has another form", form.as_str()),
        ))
    };
    text.lines().enumerate().filter_map(cited).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_form_is_a_fault() {
        for bad in [
            "RFC5246 section 7.4",
            "RFC-5246",
            "rfc 5246 section 7.4",
            "RFC 5246 7.4.1",
            "RFC 5246, 7.4.1",
            "RFC 5246 §7.4.1",
            "RFC 5246 § 7.4.1",
            "RFC 5246 (§7.4)",
            "RFC 5246 Section 7.4",
            "RFC 5246, section 7.4",
            "RFC 5246: section 7.4",
            "RFC 5246 (section 7.4)",
            "RFC 5246 sections 7.4 and 8.1",
            "RFC 5246 sec. 7",
            "RFC 5246 Appendix A.5",
            "section 7.4 of RFC 5246",
            "Section A.5 in the RFC",
        ] {
            assert_eq!(faults(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn the_one_form_and_plain_mentions_are_not() {
        for good in [
            "RFC 5246 section 7.4.1.2",
            "RFC 5246 appendix A.5",
            "`RFC 8446 section 4.2.11`, RFC 5246 section 7.4.",
            "as in RFC 5246 and RFC 8446",
            "RFC 5246 has 13 message types",
            "https://www.rfc-editor.org/rfc/rfc5246#section-7.4",
            "vectors/RFC8448.txt",
            "fn rfc5705_context_is_optional()",
        ] {
            assert_eq!(faults(good), [], "{good}");
        }
    }
}
