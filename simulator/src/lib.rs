//! A physical campus: daylight, people, lamps, meters, around real node brains.
