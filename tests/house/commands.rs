//! `docs/commands.md`: what the program says of its commands and exit codes, and commands that other pages name.

use crate::page;
use crate::source::{self, files_below, text_of};
use audiohm_ingest::command::{Cli, Exit};
use clap::{Command, CommandFactory};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The command line as the program has it, its help in lines of a fixed length.
fn program() -> Command {
    let mut program = Cli::command().term_width(100);
    program.build();
    program
}

/// Commands below `command`, with their whole names, without the `help` that clap adds.
fn all(command: &Command) -> Vec<(String, Command)> {
    let below = command.get_subcommands().filter(|it| it.get_name() != "help");
    below
        .flat_map(|it| {
            let name = it.get_bin_name().unwrap_or(it.get_name()).to_owned();
            std::iter::once((name, it.clone())).chain(all(it))
        })
        .collect()
}

#[test]
fn the_page_shows_the_help_of_every_command() {
    let mut text = String::new();
    let program = program();
    for (name, mut command) in std::iter::once(("audiohm-ingest".to_owned(), program.clone())).chain(all(&program)) {
        let help = command.render_long_help().to_string();
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        let _ = write!(text, "## `{name}`\n\n```text\n{}\n```\n\n", lines.join("\n").trim());
    }
    page::hold("docs/commands.md", "help", &text);
}

/// `0 done, 1 failed, …` at the end of the help.
fn codes_of_the_help() -> BTreeSet<i32> {
    let after_help = program()
        .get_after_help()
        .expect("the help ends with the exit codes")
        .to_string();
    let (_, codes) = after_help
        .split_once("Exit codes: ")
        .expect("the help names the exit codes");
    let code = |part: &str| part.trim().split(' ').next().and_then(|code| code.parse().ok());
    codes.split(',').filter_map(code).collect()
}

#[test]
fn page_help_and_program_have_the_same_exit_codes() {
    let rows = page::table("docs/commands.md", "exit codes");
    let codes: BTreeSet<i32> = rows
        .iter()
        .filter_map(|cells| page::words(&cells[0]).pop()?.parse().ok())
        .collect();
    assert_eq!(codes, codes_of_the_help());
    let exits = [
        Exit::Failed,
        Exit::Usage,
        Exit::Unavailable,
        Exit::Fatal,
        Exit::Paused,
        Exit::Configuration,
    ];
    for exit in exits {
        assert!(codes.contains(&(exit as i32)), "{exit:?} is on no page");
    }
}

/// First words of the commands that a page shows in backticks or in blocks.
fn commands_named(page: &str) -> Vec<String> {
    let quoted = page.split('`').skip(1).step_by(2).flat_map(str::lines);
    let arguments = quoted.filter_map(|line| line.strip_prefix("audiohm-ingest "));
    let is_command =
        |word: &&str| word.chars().all(|it| it.is_ascii_lowercase() || it == '-') && !word.starts_with('-');
    let first = arguments.filter_map(|arguments| arguments.split_whitespace().find(is_command));
    first.map(str::to_owned).collect()
}

#[test]
fn no_message_sends_a_user_to_a_command_that_does_not_exist() {
    let known: BTreeSet<String> = all(&program()).into_iter().map(|(name, _)| name).collect();
    for source in source::all() {
        let lines = source.lines.iter().filter(|line| !line.trim_start().starts_with("//"));
        for rest in lines.flat_map(|line| line.split("audiohm-ingest ").skip(1)) {
            let word: String = rest
                .chars()
                .take_while(|it| it.is_ascii_lowercase() || *it == '-')
                .collect();
            // empty where a value is filled in, such as the version
            assert!(
                word.is_empty() || known.contains(&format!("audiohm-ingest {word}")),
                "{} names {word}",
                source.path
            );
        }
    }
}

#[test]
fn every_command_that_a_page_names_exists() {
    let known: BTreeSet<String> = all(&program()).into_iter().map(|(name, _)| name).collect();
    let pages = files_below("docs", "md")
        .into_iter()
        .chain(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    let mut count = 0;
    for path in pages {
        for word in commands_named(&text_of(&path)) {
            count += 1;
            assert!(
                known.contains(&format!("audiohm-ingest {word}")),
                "{path} names the command {word}"
            );
        }
    }
    assert!(count > 15, "only {count} commands found");
}
