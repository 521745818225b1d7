//! Nodes as their boards see them: scripts in, transcripts out; and properties against models.

mod board;
mod delivery;
mod energy;
mod flash;
mod lamp_stories;
mod log;
mod orders;
mod restarts;
mod stories;
mod storm;
mod storms;
mod wall_switch;
