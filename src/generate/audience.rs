//! Who listens, and what there is to listen to.

use rand::RngExt;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use uuid::Uuid;

/// Users and tracks, some picked far more often than others.
#[derive(Debug)]
pub struct Audience {
    users: Skewed<Uuid>,
    tracks: Skewed<Track>,
}

/// A track, and how long it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Track {
    pub(super) id: Uuid,
    pub(super) length_seconds: u32,
}

/// There is nobody to make events about, or nothing to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NobodyThere {
    /// No user.
    #[error("there are no users to make events about")]
    Users,
    /// No track.
    #[error("there are no tracks to make events about")]
    Tracks,
}

impl Audience {
    /// Which of them are heavy users and popular tracks is drawn from `seed`.
    pub fn new(users: Vec<Uuid>, tracks: Vec<Uuid>, seed: u64) -> Result<Self, NobodyThere> {
        let mut rng = rand::SeedableRng::seed_from_u64(seed);
        let tracks = tracks.into_iter().map(|id| Track::new(id, &mut rng)).collect();
        // the shifts keep the heaviest user within what a person can hear, and the charts from being one track
        Ok(Self {
            users: Skewed::new(users, 0.7, 200, &mut rng).ok_or(NobodyThere::Users)?,
            tracks: Skewed::new(tracks, 1.0, 1000, &mut rng).ok_or(NobodyThere::Tracks)?,
        })
    }

    pub(super) fn user(&self, rng: &mut StdRng) -> Uuid {
        self.users.pick(rng)
    }

    pub(super) fn track(&self, rng: &mut StdRng) -> Track {
        self.tracks.pick(rng)
    }
}

impl Track {
    fn new(id: Uuid, rng: &mut StdRng) -> Self {
        // two draws: most tracks take three to four minutes, few two or six
        let length_seconds = rng.random_range(60..=180) + rng.random_range(60..=180);
        Self { id, length_seconds }
    }
}

/// Items of which the one at rank r is picked in proportion to `(r + shift) ^ -exponent`, a law that listeners and
/// charts follow roughly. A table of sums and a binary search, as rand has them, need no further crate.
#[derive(Debug)]
struct Skewed<Item> {
    items: Vec<Item>,
    ranks: WeightedIndex<f64>,
    /// For a rank that the table cannot name: there is always a first item.
    first: Item,
}

impl<Item: Copy> Skewed<Item> {
    fn new(mut items: Vec<Item>, exponent: f64, shift_divisor: usize, rng: &mut StdRng) -> Option<Self> {
        // ids often come in the order in which they were made; being old is no reason to be popular
        items.shuffle(rng);
        let shift = items.len() / shift_divisor + 1;
        let weight = |rank: usize| as_weight(rank + shift).powf(-exponent);
        let ranks = WeightedIndex::new((0..items.len()).map(weight)).ok()?;
        let first = *items.first()?;
        Some(Self { items, ranks, first })
    }

    fn pick(&self, rng: &mut StdRng) -> Item {
        let rank = rng.sample(&self.ranks);
        self.items.get(rank).copied().unwrap_or(self.first)
    }
}

fn as_weight(rank: usize) -> f64 {
    u32::try_from(rank).map_or(f64::MAX, f64::from)
}
