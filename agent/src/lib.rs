//! Touches the world: sockets, files, clocks; the main loop.
//!
//! Begin with [`main_loop`]: it reads from top to bottom, and everything else hangs on it.
//!
//! | module | what it does |
//! |---|---|
//! | [`main_loop`] | wait → decode → decide → light → keep → acknowledge → forward |
//! | [`decode`] | bytes from the broker to something that can be decided |
//! | [`keep`] | rows on their way to the disk, and what waits for them |
//! | [`outgoing`], [`speak`], [`states`] | what is said to the broker, and how |
//! | [`mqtt`], [`embedded`] | the connection to the broker; the broker inside the agent |
//! | [`bus`] | meters and gateways, asked in turn |
//! | [`store`] | the database |
//! | [`hub`], [`summaries`] | what the district hears |
//! | [`accounts`], [`talk`], [`hardware`] | accounts at the broker, and which board has which name |
//! | [`api`], [`answers`], [`facts`] | what people and programs ask |
//! | `findings` | what only the past tells: standstills, parts above their whole |
//! | [`import`], [`learnt`] | timetables of other programs, and what rooms have learnt, as files |
//! | [`config`], [`limits`], [`clock`], [`metrics`] | what it is told, what bounds it, what it counts |
//! | `chance` | numbers that nobody can guess |
//! | [`run`], [`prepare`], [`recall`] | from a configuration to a running agent |
//! | [`again`] | the log told once more: at the start, and to explain the past |
//! | [`rulebook`] | which rules of the staff are in force, and were |

pub mod accounts;
pub mod again;
pub mod answers;
pub mod api;
pub mod bus;
pub mod canary;
pub mod chance;
pub mod clock;
pub mod config;
pub mod decode;
pub mod digits;
pub mod embedded;
pub mod facts;
mod findings;
pub mod gateways;
pub mod hardware;
pub mod hub;
pub mod import;
pub mod keep;
pub mod learnt;
pub mod limits;
pub mod main_loop;
pub mod metrics;
pub mod mqtt;
pub mod names;
pub mod orders;
pub mod outgoing;
pub mod prepare;
pub mod recall;
pub mod rulebook;
pub mod run;
pub mod speak;
pub mod states;
pub mod store;
pub mod summaries;
pub mod talk;
pub mod unclaimed;
