//! `config show`: the effective settings, each with its origin.

use super::exit::{Exit, Failure};
use super::wrap::WIDTH;
use crate::config::{Flag, Loaded, Sources, load};
use crate::kafka;
use clap::{Args, Subcommand};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// Where settings come from; these options go before or after the subcommand.
#[derive(Args, Clone, Debug)]
pub(super) struct SettingsArgs {
    /// File with settings, in TOML
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The backend's .env file: `DATABASE_URL` and INGEST__… in it count
    #[arg(long, global = true, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// One setting, such as kafka.brokers=localhost:9092; wins over everything else
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("expected KEY=VALUE, such as writer.lanes=4")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

impl SettingsArgs {
    /// Reads the settings; every mistake is named at once.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        let flag = |(key, value): &(String, String)| Flag {
            name: format!("--set {key}"),
            key: key.clone(),
            value: value.clone(),
        };
        let sources = Sources {
            config_file: self.config.clone(),
            env_file: self.env_file.clone(),
            environment: std::env::vars_os().collect(),
            flags: self.set.iter().map(flag).collect(),
        };
        load(&sources, kafka::judge).map_err(|faults| Failure::new(Exit::Configuration, faults))
    }
}

/// Look at the settings
#[derive(Args, Clone, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Show the effective settings, each with its origin; secrets are redacted
    Show {
        /// How the result is printed
        #[arg(long, value_enum, default_value_t)]
        format: super::format::Format,
    },
}

/// Prints the effective settings.
pub(super) fn show(args: &ConfigArgs, loaded: &Loaded, out: &mut impl Write) -> std::io::Result<()> {
    let Action::Show { format } = args.action;
    let settings = &loaded.settings;
    if format == super::format::Format::Json {
        let list: Vec<_> = settings
            .iter()
            .map(|setting| {
                serde_json::json!({
                    "key": setting.key, "value": setting.value, "origin": setting.origin.to_string()
                })
            })
            .collect();
        return writeln!(out, "{:#}", serde_json::Value::from(list));
    }
    let width = |text: fn(&crate::config::Setting) -> &str| settings.iter().map(|setting| text(setting).len()).max();
    let keys = width(|setting| &setting.key).unwrap_or(0);
    let values = width(|setting| &setting.value).unwrap_or(0).min(40);
    for setting in settings {
        let (line, origin) = (
            format!("{:keys$}  {:values$}", setting.key, setting.value),
            &setting.origin,
        );
        let fits = line.len() + 2 + origin.to_string().len() <= WIDTH;
        if fits || !std::io::stdout().is_terminal() {
            writeln!(out, "{line}  {origin}")?;
        } else {
            writeln!(out, "{}\n{:keys$}  {origin}", line.trim_end(), "")?;
        }
    }
    Ok(())
}
