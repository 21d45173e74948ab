//! Headers of a record, read so that no record can bring the worker down.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use rdkafka::message::{Header as ClientHeader, Headers};

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Reads header `index`. The client panics on a name that is not UTF-8 and offers no other way to the
/// bytes; that panic is caught, and the header comes back as an error without name and value.
pub(super) fn read<H: Headers>(headers: &H, index: usize) -> Result<Option<ClientHeader<'_, &[u8]>>, Unreadable> {
    EXPECTED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| headers.try_get(index)));
    EXPECTED.set(false);
    outcome.map_err(|_| Unreadable)
}

/// The header's name is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Keeps the panic above out of the error output: a topic full of such headers would flood it.
pub(super) fn hush_expected_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                others(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Headers for Broken {
        fn count(&self) -> usize {
            2
        }

        fn try_get(&self, index: usize) -> Option<ClientHeader<'_, &[u8]>> {
            assert!(index != 0, "name is no UTF-8");
            Some(ClientHeader {
                key: "good",
                value: Some(b"value"),
            })
        }
    }

    #[test]
    fn a_header_that_the_client_panics_on_is_an_error_and_the_next_one_is_read() {
        hush_expected_panics();
        assert_eq!(read(&Broken, 0), Err(Unreadable));
        assert_eq!(read(&Broken, 1).unwrap().unwrap().key, "good");
    }
}
