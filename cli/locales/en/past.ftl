## campus room explain --at, campus rule replay

error-still-to-come = `{ $text }` is still to come
error-not-kept = the log does not reach back to `{ $text }`
hint-still-to-come = it is { $now } on the campus; write a moment before that, like `yesterday 14:05` or `2h` for two hours ago
hint-not-kept = the past is kept from { $from } on
hint-nothing-kept = nothing is kept yet; try again when the campus has run for a while
problem-too_much = too much would have to be read for `{ $about }`: { $why }
remedy-too_much = ask about a shorter time

explain-then = As it was at { $time }
explain-deaf = The agent did not listen from { $from } to { $to }: this is how it left the room.
explain-by-then = Explained by the configuration of then, in force since { $time }; today's is another.
explain-by-nearly = Explained by the configuration kept from { $time }; a file that it names, or the program, has changed since.
explain-by-today = Explained by today's configuration: that of then is not kept, or cannot be read any more.
explain-damaged = { $n ->
    [one] 1 row of the log could not be read; what it said is missing here.
   *[other] { $n } rows of the log could not be read; what they said is missing here.
}
explain-inputs = Decided by
explain-no-inputs = No node of this room had said anything.
explain-age = { $duration } old
explain-stale = too old to count

replay-kind = Other settings, tried on the past
replay-title = From { $from } to { $to }
replay-rows = { $rows } rows of the log were told again.
replay-same = { $recorded } levels changed in that time; told again they change exactly so.
replay-not-same = { $recorded } levels changed in that time; told again { $again } do, and not all in the same way.
replay-not-by-today = Today's settings were not in force all that time: "today" is what they would have done.
replay-model = Energy: power of the lamps by their meters, in proportion to the level. Illuminance is corrected for other levels by each zone's lamp_lx. People are taken to have done what they did: who presses a switch because of other light is not foreseen.
replay-rooms = Rooms
replay-first-moments = The first moments that differ
replay-head-room = room
replay-head-side = settings
replay-head-when = when
replay-head-levels = levels
replay-head-who = what moved
replay-head-lamps = lamp hours
replay-head-energy = energy
replay-head-empty = lit while empty
replay-head-dark = too dark
replay-head-switchings = switchings
replay-today = today's
replay-tried = tried
replay-moments = { $room }: levels begin to differ { $n ->
    [one] once
   *[other] { $n } times
}, for { $hours } in all zones together
replay-levels = { $zone }: { $today } %, tried { $tried } %
replay-tried-moved = the tried ones changed it
replay-today-moved = only today's changed it
replay-more = … and { $n } more
