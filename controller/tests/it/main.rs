//! The controller from outside: scripts in, transcripts out; and what holds whatever happens.

mod boots;
mod calendar;
mod campus;
mod energy;
mod fares;
mod frames;
mod imposed;
mod lights;
mod meters;
mod people;
mod properties;
mod random;
mod reload;
mod saved;
mod script;
mod trial;
mod written;
