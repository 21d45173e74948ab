//! One way out of the poll thread: a bounded channel, and what did not fit into it yet.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::pipeline::SourceEvent;

/// Events on their way to the pipeline, in order.
#[derive(Debug)]
pub(super) struct Outlet {
    sender: mpsc::Sender<SourceEvent>,
    waiting: VecDeque<SourceEvent>,
}

impl Outlet {
    pub(super) fn new(sender: mpsc::Sender<SourceEvent>) -> Self {
        Self {
            sender,
            waiting: VecDeque::new(),
        }
    }

    /// Adds an event behind all others. Never waits, never loses one.
    pub(super) fn push(&mut self, event: SourceEvent) {
        self.waiting.push_back(event);
    }

    /// Sends what fits. True if nothing is left waiting; a caller that polls on only then keeps this bounded.
    pub(super) fn flush(&mut self) -> bool {
        while let Some(event) = self.waiting.pop_front() {
            match self.sender.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return false;
                }
                // nobody listens any more: the source was dropped
                Err(TrySendError::Closed(_)) => self.waiting.clear(),
            }
        }
        true
    }

    /// True if at least half of the channel is free: enough to go on without stopping again at once.
    pub(super) fn has_room(&self) -> bool {
        self.sender.capacity() * 2 >= self.sender.max_capacity()
    }

    /// True if nothing waits for room.
    pub(super) fn is_clear(&self) -> bool {
        self.waiting.is_empty()
    }
}
