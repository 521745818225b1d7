//! Nodes as their boards see them: scripts in, transcripts out; and properties against models.

mod board;
mod delivery;
mod energy;
mod lamp_stories;
mod stories;
mod wall_switch;
