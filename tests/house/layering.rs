//! The rooms of `docs/architecture.md` and who may name whom: the table there is the rule, and `src/` is held to it.

use crate::page;
use crate::source::{self, Source, text_of};
use std::collections::{BTreeMap, BTreeSet};

type Words = BTreeSet<String>;

/// Stands in the table where a room may name whatever it likes.
const ANY: &str = "any";

/// What one room may name, or does name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    rooms: Words,
    crates: Words,
}

/// The rows of the table: room, what it owns, rooms and crates that it may name.
fn permitted() -> BTreeMap<String, Names> {
    page::table("docs/architecture.md", "rooms")
        .into_iter()
        .map(|cells| {
            let [room, _, rooms, crates] = &cells[..] else {
                panic!("a row of the rooms has four cells: {cells:?}")
            };
            let room = page::words(room).pop().expect("a room has a name");
            let (rooms, crates) = (page::words(rooms), page::words(crates));
            let names = Names {
                rooms: rooms.into_iter().collect(),
                crates: crates.into_iter().collect(),
            };
            (room, names)
        })
        .collect()
}

/// What `src/` names today.
fn actual() -> BTreeMap<String, Names> {
    let dependencies = dependencies();
    let mut rooms: BTreeMap<String, Names> = BTreeMap::new();
    for source in source::all().iter().filter(|source| source.room() != "lib") {
        let names = rooms.entry(source.room().to_owned()).or_default();
        names.rooms.extend(rooms_named(source));
        let is_there = |dependency: &&String| names_crate(&source.code, dependency);
        names.crates.extend(dependencies.iter().filter(is_there).cloned());
    }
    rooms
}

fn dependencies() -> Vec<String> {
    let manifest: toml::Table = text_of("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let table = manifest["dependencies"].as_table().expect("[dependencies] is a table");
    // the library itself is a dependency of the program
    let names = table.keys().map(String::as_str).chain(["audiohm-ingest"]);
    names.map(|name| name.replace('-', "_")).collect()
}

fn rooms_named(source: &Source) -> Words {
    let after = source.code.split("crate::").skip(1);
    let named: Words = after
        .map(|rest| {
            assert!(!rest.starts_with('{'), "{}: name one room a `use`", source.path);
            rest.chars()
                .take_while(|it| it.is_alphanumeric() || *it == '_')
                .collect()
        })
        .filter(|room: &String| room != source.room())
        .collect();
    named
}

/// A path or a `use` that begins with the name; a module of the same name behind `::` is another thing.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let after = &code[at + name.len()..];
        let begins = !before.is_alphanumeric() && before != '_' && before != ':';
        begins && (after.starts_with("::") || (code[..at].ends_with("use ") && after.starts_with(';')))
    })
}

#[test]
fn every_room_names_what_the_page_says_and_nothing_else() {
    let (permitted, actual) = (permitted(), actual());
    let rooms: Words = permitted.keys().chain(actual.keys()).cloned().collect();
    let mut differences = Vec::new();
    for room in rooms {
        let (may, does) = (permitted.get(&room), actual.get(&room));
        let (Some(may), Some(does)) = (may, does) else {
            let place = if may.is_some() { "src" } else { "the table" };
            differences.push(format!("{room}: missing in {place}"));
            continue;
        };
        for (what, may, does) in [("room", &may.rooms, &does.rooms), ("crate", &may.crates, &does.crates)] {
            if may.contains(ANY) {
                continue;
            }
            let too_much = does
                .difference(may)
                .map(|name| format!("{room} must not name {what} {name}"));
            let stale = may
                .difference(does)
                .map(|name| format!("{room} no longer names {what} {name}"));
            differences.extend(too_much.chain(stale));
        }
    }
    let advice = "change the code, or the table of rooms in docs/architecture.md if the new arrangement is meant";
    assert!(differences.is_empty(), "{}\n{advice}", differences.join("\n"));
}

#[test]
fn rooms_depend_on_each_other_in_one_direction_only() {
    let mut left = actual();
    // the wiring at the top
    left.retain(|room, _| room != "main");
    while !left.is_empty() {
        let rooms: Words = left.keys().cloned().collect();
        let is_free = |names: &Names| names.rooms.is_disjoint(&rooms);
        let free: Words = left
            .iter()
            .filter(|(_, names)| is_free(names))
            .map(|(room, _)| room.clone())
            .collect();
        assert!(!free.is_empty(), "these rooms name each other in a circle: {rooms:?}");
        left.retain(|room, _| !free.contains(room));
    }
}

#[test]
fn only_the_room_of_the_log_knows_the_kafka_client_and_only_the_store_the_database_driver() {
    for source in source::all() {
        for (word, room) in [("rdkafka", "kafka"), ("sqlx", "store")] {
            let mut words = source.code.split(|it: char| !it.is_alphanumeric() && it != '_');
            let knows = words.any(|it| it == word);
            assert!(!knows || source.room() == room, "{} names {word}", source.path);
        }
    }
}

#[test]
fn no_file_reaches_out_of_its_room_by_way_of_super() {
    for source in source::all() {
        let climbs = (1..10)
            .take_while(|steps| source.code.contains(&"super::".repeat(*steps)))
            .count();
        assert!(
            climbs < source.modules.len(),
            "{} climbs {climbs} modules up: write crate::ROOM instead",
            source.path
        );
    }
}
