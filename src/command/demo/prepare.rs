//! Makes sure that nobody's database or topics are spoilt, then makes what is missing.

use super::DemoArgs;
use crate::command::exit::{Exit, Failure};
use crate::command::migrate::MigrateFailure;
use crate::command::number::grouped;
use crate::command::progress::say;
use crate::command::sender::{PARTITIONS, make_topics};
use crate::command::wiring;
use crate::config::Config;
use crate::kafka::KafkaLookup;
use crate::pipeline::{Lookup, SourceError, Store};
use crate::position::{TopicPartition, Watermarks};
use crate::store::demo::{Stage, Standing};
use crate::store::migrations::{self, UpRequest};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything is looked at before anything is made.
pub(super) async fn prepare(args: &DemoArgs, config: &Config, stage: &mut Stage) -> Result<(), Failure> {
    let standing = stage.standing().await?;
    if let Standing::Foreign(tables) = &standing {
        return Err(Failure::new(Exit::Failed, foreign_database(config, tables)));
    }
    check_topics(config, &standing).await?;
    let name = &config.database.name;
    if standing == Standing::Empty {
        let (users, tracks) = (i64::from(args.users), i64::from(args.tracks));
        stage.make_parents(users, tracks).await?;
        let (users, tracks) = (grouped(users), grouped(tracks));
        say(&format!(
            "database {name} was empty: made {users} users and {tracks} tracks as stand-ins"
        ));
    } else {
        say(&format!(
            "database {name} is a former demo's: its rows stay, and events are added"
        ));
    }
    migrate(config).await?;
    for topic in make_topics(config, PARTITIONS).await? {
        say(&format!("made topic {topic} with {PARTITIONS} partitions"));
    }
    Ok(())
}

fn foreign_database(config: &Config, tables: &[String]) -> String {
    const NAMED: usize = 3;
    let mut names: Vec<&str> = tables.iter().map(String::as_str).collect();
    // people know their own tables better than the worker's
    names.sort_by_key(|name| !name.starts_with("public."));
    names.truncate(NAMED);
    let more = format!("{} more", tables.len().saturating_sub(NAMED));
    if tables.len() > NAMED {
        names.push(&more);
    }
    let (name, names) = (&config.database.name, names.join(", "));
    format!(
        "database {name} holds tables that no demo made ({names}), and the demo would fill it with made-up rows; \
         nothing was changed. Give it an empty database: `createdb audiohm_demo`, and that name in \
         INGEST__DATABASE__URL"
    )
}

/// Made-up events must not get among real ones. Records are a demo's if the demo's own database knows them.
async fn check_topics(config: &Config, standing: &Standing) -> Result<(), Failure> {
    let lookup = KafkaLookup::open(&wiring::kafka_settings(config))?;
    let held = held(&lookup, config).await;
    let held = held.map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let known = match standing {
        Standing::Demo => known_offsets(config).await,
        Standing::Empty | Standing::Foreign(_) => BTreeMap::new(),
    };
    for (partition, marks) in held {
        let next_offset = known.get(&partition).copied();
        let untouched = marks.end_offset == 0 && next_offset.unwrap_or(0) == 0;
        let is_ours = next_offset.is_some_and(|next_offset| next_offset <= marks.end_offset);
        if !untouched && !is_ours {
            return Err(Failure::new(Exit::Failed, foreign_topic(&partition.topic)));
        }
    }
    Ok(())
}

fn foreign_topic(topic: &str) -> String {
    format!(
        "topic {topic} and this database do not go together: the topic holds or has held records that no demo with \
         this database wrote, and the demo would add made-up ones; nothing was changed. Name topics of its own, such \
         as INGEST__KAFKA__TOPICS='[\"demo.plays\", \"demo.likes\"]', and give it an empty database"
    )
}

async fn held(lookup: &KafkaLookup, config: &Config) -> Result<BTreeMap<TopicPartition, Watermarks>, SourceError> {
    let mut partitions = Vec::new();
    for topic in &config.kafka.topics {
        partitions.extend(lookup.partitions(topic).await?);
    }
    lookup.watermarks(partitions).await
}

/// Where a former demo stopped; nothing where it did not come that far.
async fn known_offsets(config: &Config) -> BTreeMap<TopicPartition, i64> {
    let topics = config.kafka.topics.iter();
    let topics = topics.map(|topic| Arc::from(topic.as_str())).collect();
    let positions = wiring::store(config).positions(topics).await.unwrap_or_default();
    positions
        .into_iter()
        .map(|(partition, position)| (partition, position.next_offset))
        .collect()
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    let up = async {
        let mut connection = migrations::connect(&wiring::database(config)).await?;
        migrations::up(&mut connection, UpRequest::default()).await
    };
    let outcome = up.await.map_err(|error| {
        let failure = MigrateFailure::from(error);
        Failure::new(failure.exit(), failure)
    })?;
    if !outcome.applied.is_empty() {
        say(&format!("migrated up: {} migrations applied", outcome.applied.len()));
    }
    Ok(())
}
