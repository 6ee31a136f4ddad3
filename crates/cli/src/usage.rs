//! What clap found wrong, in one line.

use core::error::Error as _;
use std::process::ExitCode;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::console;

/// Shows help where help was asked for; else says what is wrong and what would do.
pub(crate) fn tell(error: &Error) -> ExitCode {
    if !error.use_stderr() {
        // A reader that has seen enough, like `head`, is no failure.
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        drop(error.print());
    } else {
        console::line(&format!("premaster: {}", reason(error)));
    }
    ExitCode::from(2)
}

fn reason(error: &Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg).unwrap_or_default();
    let option = bare(&option);
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let suggestion = [
        ContextKind::SuggestedValue,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
    ]
    .into_iter()
    .find_map(text)
    .map_or(".".to_owned(), |known| format!("; did you mean {known}?"));
    match (error.kind(), text(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(known)) if !value.is_empty() => {
            format!("{option}: there is no {value} here{suggestion} Known are: {known}")
        }
        (ErrorKind::ValueValidation, _) => match error.source().map(ToString::to_string) {
            Some(reason) if reason.contains(&value) => format!("{option}: {reason}"),
            Some(reason) => format!("{option} {value}: {reason}"),
            None => format!("{option}: {value} will not do"),
        },
        (ErrorKind::UnknownArgument, _) => {
            format!("there is no option {option}{suggestion} `--help` lists them all")
        }
        _ => first_paragraph(&error.to_string()),
    }
}

/// `--suite` of `--suite <NAME>`, and `HOST:PORT` of `<HOST:PORT>`.
fn bare(option: &str) -> &str {
    let name = option.split([' ', '=']).next().unwrap_or_default();
    name.trim_matches(['<', '>'])
}

/// Clap's own words, without its hints on further lines.
fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}
