//! Compares what is stored with what the plain reference makes of the records that the broker acknowledged.

use crate::harness::{Means, Scene, Sent, count, parts};
use crate::reference::{HistoryRow, Parents, Story};
use audiohm_ingest::event::{Event, PlayId, TrackId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Users and tracks that were deleted while events of theirs came in.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    pub(crate) users: BTreeSet<UserId>,
    pub(crate) tracks: BTreeSet<TrackId>,
}

/// What is not as it must be, one text for each row, letter or sum.
pub(crate) async fn differences(scene: &Scene, sent: &[Sent], deleted: &Deleted) -> Vec<String> {
    let mut connection = scene.database.connect().await;
    let parents = Parents {
        users: scene
            .users
            .iter()
            .filter(|id| !deleted.users.contains(id))
            .copied()
            .collect(),
        tracks: scene
            .tracks
            .iter()
            .filter(|id| !deleted.tracks.contains(id))
            .copied()
            .collect(),
    };
    let mut found = Vec::new();
    let mut reasons = BTreeMap::new();
    let events = sent.iter().filter_map(Sent::as_event).cloned();
    for part in parts(events, scene.tables(&mut connection).await) {
        let story = Story {
            parents: &parents,
            events: &part.events,
            history_before: &BTreeMap::new(),
            liked_by_backend: &[],
        };
        let contested = contested(&story);
        compare_history(&story, &part.tables.history, &contested, &mut found);
        let (expected, stored) = (story.liked(), part.tables.liked);
        let pairs: BTreeSet<_> = expected.keys().chain(stored.keys()).collect();
        let differing = pairs.into_iter().filter(|pair| expected.get(pair) != stored.get(pair));
        found.extend(differing.map(|pair| {
            let (expected, stored) = (expected.get(pair), stored.get(pair));
            format!("like {pair:?}: expected {expected:?}, found {stored:?}")
        }));
        for event in &part.events {
            let is_undecided = match event {
                // a play that is missing is told above
                Event::Play(play) => contested.contains(&play.id) || !part.tables.history.contains_key(&play.id),
                Event::Like(_) | Event::Unlike(_) => false,
            };
            if parents.exist((event.user_id(), event.track_id())) && !is_undecided {
                let letter = story
                    .letter(event, &part.tables.history)
                    .map(|reason| reason.to_string());
                reasons.insert(format!("{event:?}"), letter);
            }
        }
    }
    compare_letters(scene, sent, &reasons, &mut found).await;
    compare_ledger(scene, sent, &mut found).await;
    found
}

fn compare_history(
    story: &Story<'_>,
    stored: &BTreeMap<PlayId, HistoryRow>,
    contested: &BTreeSet<PlayId>,
    found: &mut Vec<String>,
) {
    let expected = story.history();
    for (id, row) in stored {
        let claimants = expected.get(id).map_or(&[][..], Vec::as_slice);
        // who was refused while a play of a deleted user held the id is not merged into the row that came after it
        let fits = |claimant: &HistoryRow| claimant == row || (contested.contains(id) && is_same_play(claimant, row));
        if !claimants.iter().any(fits) {
            found.push(format!("play {id}: expected {:?}, found {row:?}", expected.get(id)));
        }
    }
    for (id, claimants) in expected {
        if !stored.contains_key(&id) && !contested.contains(&id) {
            found.push(format!("play {id}: expected {claimants:?}, found none"));
        }
    }
}

fn is_same_play(one: &HistoryRow, other: &HistoryRow) -> bool {
    (one.user_id, one.track_id, one.played_at) == (other.user_id, other.track_id, other.played_at)
}

/// Ids that a play of a deleted user or track claims, too: then it depends on times who was refused.
fn contested(story: &Story<'_>) -> BTreeSet<PlayId> {
    let claim = |event: &Event| match event {
        Event::Play(play) if !story.parents.exist((play.user_id, play.track_id)) => Some(play.id),
        _ => None,
    };
    story.events.iter().filter_map(claim).collect()
}

/// Letters of plays and pairs that have to do with what was deleted depend on when that was; all others do not.
async fn compare_letters(
    scene: &Scene,
    sent: &[Sent],
    reasons: &BTreeMap<String, Option<String>>,
    found: &mut Vec<String>,
) {
    let mut balance: BTreeMap<_, i64> = BTreeMap::new();
    let mut undecided = BTreeSet::new();
    for sent in sent {
        let reason = match &sent.means {
            Means::Tombstone => continue,
            Means::Bad(reason) => Some(reason.to_string()),
            Means::Event(event) => {
                let known = reasons.get(&format!("{event:?}"));
                if known.is_none() {
                    undecided.insert((sent.key.clone(), sent.value.clone()));
                }
                known.cloned().flatten()
            }
        };
        if let Some(reason) = reason {
            *balance
                .entry((reason, sent.key.clone(), sent.value.clone()))
                .or_default() += 1;
        }
    }
    let mut connection = scene.database.connect().await;
    for letter in scene.letters(&mut connection).await {
        if !undecided.contains(&(letter.1.clone(), letter.2.clone())) {
            *balance.entry(letter).or_default() -= 1;
        }
    }
    let text = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_deref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let differing = balance.into_iter().filter(|(_, balance)| *balance != 0);
    found.extend(
        differing.map(|((reason, _, value), balance)| format!("letter {reason} {:?}: {balance} too few", text(&value))),
    );
}

async fn compare_ledger(scene: &Scene, sent: &[Sent], found: &mut Vec<String>) {
    let mut connection = scene.database.connect().await;
    let progress = scene.progress(&mut connection).await;
    let consumed: i64 = progress.iter().map(|one| one.consumed).sum();
    if consumed != count(sent.len()) {
        found.push(format!("ledger: {consumed} records consumed of {}", sent.len()));
    }
    let wrong = progress
        .iter()
        .filter(|one| one.consumed != one.sum() || one.halted.is_some());
    found.extend(wrong.map(|one| format!("ledger: {one:?}")));
}
