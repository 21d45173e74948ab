//! How much of what.

/// Shares of all events, each from 0 to 1, together at most 1; the rest are plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// Likes of a track just played.
    pub likes: f64,
    /// Likes taken back.
    pub unlikes: f64,
    /// Events sent once more a little later, some of them with a larger `played_for`.
    pub repeats: f64,
    /// Records that no decoder should take, of six kinds in turn.
    pub invalid: f64,
    /// Events of a user or track that does not exist.
    pub unknown: f64,
}

impl Default for Mix {
    /// What a healthy producer sends.
    fn default() -> Self {
        Self {
            likes: 0.12,
            unlikes: 0.03,
            repeats: 0.03,
            invalid: 0.0,
            unknown: 0.0,
        }
    }
}

impl Mix {
    /// How often a play is followed by a like, so that likes reach their share of the whole.
    pub(super) fn likes_per_play(&self) -> f64 {
        let plays = 1.0 - self.likes - self.unlikes - self.repeats - self.invalid - self.unknown;
        if plays > 0.0 {
            (self.likes / plays).clamp(0.0, 1.0)
        } else {
            1.0
        }
    }

    /// How often an event that is none of the odd ones is sent again. Every such event is a play or a like of its
    /// own or a repetition of one, so the share is taken of the first.
    pub(super) fn repeats_per_event(&self) -> f64 {
        let originals = 1.0 - self.repeats - self.invalid - self.unknown;
        if originals > 0.0 {
            (self.repeats / originals).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}
