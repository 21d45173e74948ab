//! Made-up events are what real listeners would send, and the decoder agrees.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and says why"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use audiohm_ingest::event::{Decoded, Event, Limits, Play, RawRecord, Reason, Timestamp, decode};
use audiohm_ingest::generate::{Audience, Counts, Feed, Generator, Made, Mix, NobodyThere, Sort, spread};
use uuid::Uuid;

const END_AT: i64 = 1_790_000_000_000;
const SPAN: Duration = Duration::from_hours(6);

fn ids(count: u128, of: u128) -> Vec<Uuid> {
    (0..count).map(|number| Uuid::from_u128((of << 64) + number)).collect()
}

fn generator(seed: u64, mix: Mix) -> Generator {
    let audience = Audience::new(ids(2_000, 1), ids(5_000, 2), seed).unwrap();
    Generator::new(audience, seed, mix)
}

fn events(count: u64, seed: u64, mix: Mix) -> Vec<Made> {
    let mut generator = generator(seed, mix);
    spread(count, END_AT, SPAN).map(|at| generator.make(at)).collect()
}

fn decoded(made: &Made) -> Decoded {
    let raw = RawRecord {
        value: Some(&made.value),
        headers: &[],
        timestamp: Some(made.timestamp),
    };
    let limits = Limits {
        max_bytes: 1024,
        max_clock_skew: Duration::ZERO,
    };
    decode(&raw, &limits, Timestamp::from_micros(0))
}

fn event(made: &Made) -> Event {
    match decoded(made) {
        Decoded::Event(event) => event,
        other => panic!("{} gave {other:?}", String::from_utf8_lossy(&made.value)),
    }
}

fn play(made: &Made) -> Option<Play> {
    match event(made) {
        Event::Play(play) => Some(play),
        Event::Like(_) | Event::Unlike(_) => None,
    }
}

fn share(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

fn assert_about(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < wanted * 0.15, "{found} is not about {wanted}");
}

#[test]
fn a_seed_gives_the_same_bytes_every_time_and_another_seed_others() {
    let mix = Mix {
        invalid: 0.01,
        unknown: 0.01,
        ..Mix::default()
    };
    assert_eq!(events(5_000, 7, mix), events(5_000, 7, mix));
    assert_ne!(events(50, 7, mix), events(50, 8, mix));
}

#[test]
fn every_event_is_valid_keyed_by_its_user_and_in_its_feed() {
    for made in events(20_000, 1, Mix::default()) {
        let event = event(&made);
        assert_eq!(made.key, event.user_id().to_string());
        let feed = if matches!(event, Event::Play(_)) {
            Feed::Plays
        } else {
            Feed::Likes
        };
        assert_eq!(made.feed, feed);
    }
}

#[test]
fn sorts_come_in_their_shares_and_are_counted() {
    let mix = Mix {
        invalid: 0.02,
        unknown: 0.02,
        ..Mix::default()
    };
    let made = events(40_000, 2, mix);
    let mut counts = Counts::default();
    for made in &made {
        counts.add(made.sort);
    }
    assert_eq!(counts.total(), 40_000);
    let wanted = [
        ("plays", 0.78),
        ("likes", 0.12),
        ("unlikes", 0.03),
        ("repeats", 0.03),
        ("invalid", 0.02),
    ];
    for ((name, count), (wanted_name, wanted)) in counts.parts().into_iter().zip(wanted) {
        assert_eq!(name, wanted_name);
        assert_about(share(usize::try_from(count).unwrap(), made.len()), wanted);
    }
}

#[test]
fn events_are_spread_over_the_span_and_speak_of_nothing_later_than_their_sending() {
    let made = events(10_000, 3, Mix::default());
    assert!(made.is_sorted_by_key(|made| made.timestamp));
    assert_eq!(made.last().unwrap().timestamp, END_AT);
    let gap = made[1].timestamp - made[0].timestamp;
    assert_eq!(gap, i64::try_from(SPAN.as_millis()).unwrap() / 10_000);
    // the decoder refuses a time after the record's own, since `decoded` allows no skew
    for made in &made {
        event(made);
    }
}

#[test]
fn sending_at_one_instant_stays_within_memory_and_time() {
    let mut generator = generator(4, Mix::default());
    for _ in 0..101_000 {
        generator.make(END_AT);
    }
    // the plans are full by now, and what is taken before it was due happened now
    for _ in 0..1_000 {
        event(&generator.make(END_AT));
    }
}

#[test]
fn some_users_and_tracks_are_met_far_more_often_than_others() {
    let made = events(40_000, 5, Mix::default());
    let plays: Vec<Play> = made.iter().filter_map(play).collect();
    let top = |counts: BTreeMap<Uuid, usize>, most: usize| {
        let mut counts: Vec<usize> = counts.into_values().collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        share(counts.iter().take(most).sum(), plays.len())
    };
    let mut by_user = BTreeMap::new();
    let mut by_track = BTreeMap::new();
    for play in &plays {
        *by_user.entry(play.user_id.0).or_default() += 1;
        *by_track.entry(play.track_id.0).or_default() += 1;
    }
    // evenly it would be a tenth each
    let (users, tracks) = (top(by_user, 200), top(by_track, 500));
    assert!(
        (0.2..0.7).contains(&users),
        "a tenth of the users makes {users} of the plays"
    );
    assert!(
        (0.4..0.8).contains(&tracks),
        "a tenth of the tracks makes {tracks} of the plays"
    );
}

#[test]
fn most_plays_follow_one_another_in_a_session() {
    let made = events(20_000, 6, Mix::default());
    let mut ends: HashMap<Uuid, Vec<i64>> = HashMap::new();
    let (mut following, mut all) = (0, 0);
    for made in made.iter().filter(|made| made.sort == Sort::Play) {
        let play = play(made).unwrap();
        let before = ends.entry(play.user_id.0).or_default();
        let began = play.played_at.micros() / 1000;
        all += 1;
        if before.iter().any(|end| (200..3_000).contains(&(began - end))) {
            following += 1;
        }
        before.push(began + i64::from(play.played_for) * 1000);
    }
    let share = share(following, all);
    assert!((0.75..0.95).contains(&share), "{share} of the plays follow another");
}

#[test]
fn plays_are_mostly_heard_to_the_end() {
    let made = events(20_000, 7, Mix::default());
    let plays: Vec<Play> = made.iter().filter_map(play).collect();
    let completed = share(plays.iter().filter(|play| play.completed).count(), plays.len());
    assert!(
        (0.75..0.9).contains(&completed),
        "{completed} of the plays are completed"
    );
    assert!(plays.iter().all(|play| (1..=360).contains(&play.played_for)));
    let sources: BTreeSet<_> = plays.iter().map(|play| play.source.clone()).collect();
    assert!(sources.contains(&None) && sources.len() > 5, "{sources:?}");
}

#[test]
fn likes_follow_a_play_and_unlikes_a_like_of_the_same_pair() {
    let (mut played, mut liked) = (BTreeSet::new(), BTreeMap::new());
    let mut noted = 0;
    for made in events(20_000, 8, Mix::default()) {
        let event = event(&made);
        let pair = (event.user_id(), event.track_id());
        match event {
            Event::Play(_) => {
                played.insert(pair);
            }
            Event::Like(like) => {
                assert!(played.contains(&pair), "liked without a play: {pair:?}");
                liked.insert(pair, like.liked_at);
                noted += usize::from(like.notes.is_some());
            }
            Event::Unlike(unlike) => {
                let liked_at = liked.get(&pair).unwrap();
                assert!(made.sort == Sort::Repeat || *liked_at <= unlike.unliked_at, "{pair:?}");
            }
        }
    }
    assert!(noted > 50, "{noted} likes have notes");
}

#[test]
fn a_repeat_is_an_earlier_event_and_never_tells_of_less() {
    let mut seen: HashMap<Uuid, Play> = HashMap::new();
    let (mut same, mut more) = (0, 0);
    for made in events(20_000, 9, Mix::default()) {
        let Some(play) = play(&made) else { continue };
        match seen.insert(play.id.0, play.clone()) {
            None => assert_eq!(made.sort, Sort::Play),
            Some(first) => {
                assert_eq!(made.sort, Sort::Repeat);
                let identity = |play: &Play| (play.user_id, play.track_id, play.played_at, play.source.clone());
                assert_eq!(identity(&first), identity(&play));
                assert!(first.played_for <= play.played_for && first.completed <= play.completed);
                if first.played_for < play.played_for {
                    more += 1;
                } else {
                    same += 1;
                }
            }
        }
    }
    assert!(same > 200 && more > 20, "{same} are the same and {more} tell of more");
}

#[test]
fn invalid_records_are_rejected_for_six_reasons_in_equal_parts() {
    let mix = Mix {
        invalid: 0.05,
        ..Mix::default()
    };
    let mut reasons: BTreeMap<Reason, u32> = BTreeMap::new();
    for made in events(6_000, 10, mix) {
        match decoded(&made) {
            Decoded::Rejection(rejection) => {
                assert_eq!(made.sort, Sort::Invalid);
                *reasons.entry(rejection.reason).or_default() += 1;
            }
            _ => assert_ne!(made.sort, Sort::Invalid),
        }
    }
    let wanted = [
        Reason::InvalidJson,
        Reason::MissingField,
        Reason::InvalidField,
        Reason::UnknownType,
        Reason::UnsupportedVersion,
        Reason::TimeOutOfRange,
    ];
    assert_eq!(reasons.keys().copied().collect::<Vec<_>>(), wanted);
    let (fewest, most) = (reasons.values().min().unwrap(), reasons.values().max().unwrap());
    assert!(most - fewest <= 1, "{reasons:?}");
}

#[test]
fn events_of_strangers_are_valid_and_name_one_id_that_does_not_exist() {
    let mix = Mix {
        unknown: 0.05,
        ..Mix::default()
    };
    let users: BTreeSet<Uuid> = ids(2_000, 1).into_iter().collect();
    let tracks: BTreeSet<Uuid> = ids(5_000, 2).into_iter().collect();
    let mut strangers = [0; 2];
    for made in events(6_000, 11, mix) {
        let event = event(&made);
        let known = [users.contains(&event.user_id().0), tracks.contains(&event.track_id().0)];
        assert_eq!(made.sort == Sort::Unknown, known != [true, true]);
        for (count, known) in strangers.iter_mut().zip(known) {
            *count += u32::from(!known);
        }
    }
    assert!(strangers.iter().all(|count| *count > 100), "{strangers:?}");
}

#[test]
fn without_users_or_tracks_there_is_nothing_to_make() {
    let nobody = |users, tracks| Audience::new(users, tracks, 1).err();
    assert_eq!(nobody(vec![], ids(1, 2)), Some(NobodyThere::Users));
    assert_eq!(nobody(ids(1, 1), vec![]), Some(NobodyThere::Tracks));
    assert_eq!(nobody(ids(1, 1), ids(1, 2)), None);
}

#[test]
fn counts_are_told_in_words_and_absent_sorts_are_not() {
    let mut counts = Counts::default();
    assert_eq!(counts.to_string(), "nothing");
    for sort in [Sort::Play, Sort::Like, Sort::Play] {
        counts.add(sort);
    }
    assert_eq!(counts.to_string(), "2 plays, 1 likes");
}
