//! Whole-system tests: real brokers, real clients, faults.
//!
//! | module | what it is |
//! |---|---|
//! | [`mosquitto`] | a real Mosquitto of one test, with its own port and folder |
//! | [`campus`] | the `campus` program: an agent of one test, and commands put to it |
//! | [`certificates`] | a campus's certificates, and listeners with TLS |
//! | [`browser`] | a real Chromium of one test, for pages that the product writes |
//! | [`counterpart`] | meters and gateways that other people wrote |
//! | [`line`] | a serial line with meters on it, as slow as a real one |
//! | [`mohurd`] | a data centre for building energy, and a tester for such centres |
//! | [`mqtt`] | a publisher and subscriber that share no code with the product |
//! | [`postgres`] | a real PostgreSQL of one test |
//! | [`balancer`] | a balancer before several receivers, on which lines break where a test wants |
//! | [`broker`] | a real Mosquitto as `campus broker init` sets it up |
//! | [`broker_line`] | a line to a hub behind a broker, that shares no code with the product |
//! | [`sender`] | a campus that sends: an outbox, and as little of a forwarder as is right |
//! | [`wait`] | waiting for an event instead of for a time |
//!
//! Nothing here but [`mohurd`], and [`sender`] for `batch`, links a crate of the product: what is tested is the program, from outside.
//! The tests in `it/firmware.rs` use the simulator for what stands around an emulated board, and nothing of the agent.

pub mod balancer;
pub mod broker;
pub mod broker_line;
pub mod browser;
pub mod campus;
pub mod certificates;
pub mod child;
pub mod counterpart;
pub mod line;
pub mod mohurd;
pub mod mosquitto;
pub mod mqtt;
pub mod place;
pub mod postgres;
pub mod sender;
pub mod wait;
