//! Finding out what hangs on a bus.
