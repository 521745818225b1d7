## campus room explain: whether somebody is there

votes-title = Somebody there: { $chance } %
votes-motion = movement
votes-air = air
votes-custom = custom
votes-all = together
votes-hold = counts for { $duration } after the last movement: { $why }
vote-seen = a sensor sees somebody
vote-quiet = nothing has moved for { $duration }
vote-air = CO₂ { $excess } ppm above the empty room, { $fast } in 10 min, { $slow } in 30 min
vote-habit = at this time of day the room was used { $used } % of the time
vote-timetable = timetable: { $period }
hold-usual = as configured
hold-left = they left
hold-passed = they only passed
hold-air = the air says that somebody is still there

## campus room learn

learn-title = Learnt from { $from } to { $to }; { $rows } rows of the log were told again.
learn-outcome-better = better numbers were found
learn-outcome-no_better = today's numbers tell it as well
learn-outcome-too_little = too little to learn from
learn-truth-known = by what is known to be true
learn-truth-movement = by movement in hindsight
learn-past = : occupied { $occupied }, empty { $empty }; { $school ->
    [one] 1 school day
   *[other] { $school } school days
}, { $other ->
    [one] 1 other day
   *[other] { $other } other days
}
learn-no-air = CO₂ was measured for { $there } of it; with less than { $needed } only the habit is learnt
learn-head-there = there is
learn-head-needed = needed
learn-head-today = today
learn-head-learnt = learnt
learn-known = known whether somebody was there
learn-occupied = … and somebody was
learn-empty = … and nobody was
learn-lacking = Ask again when the log holds more, or say with `--truth FILE` when the room was occupied.
learn-school-days = used on school days, by hours
learn-other-days = used on other days, by hours
learn-not-known = not known
learn-missed = somebody there, not told
learn-false = nobody there, told otherwise
learn-balanced = balanced accuracy
learn-model = Told by air and habit alone, so that they help where a sensor sees little; and on the very time that was learnt from: of another time they tell a little less.
learn-end-nothing = Nothing is to be changed.
learn-end-dry = Nothing was changed. With `--apply`, { $n ->
    [one] 1 room
   *[other] { $n } rooms
} would be changed in { $config }.
learn-end-applied = { $n ->
    [one] 1 room was
   *[other] { $n } rooms were
} changed in { $config }. It counts from the next start of the agent: `sudo systemctl restart campus-agent`

error-truth-column = `{ $path }`:{ $line }: there is no column `{ $text }`
error-truth-line = `{ $path }`:{ $line }: this is not { $text }
error-truth-room = `{ $path }`:{ $line }: there is no room `{ $text }`
error-truth-time = `{ $path }`:{ $line }: `{ $text }` is no moment
error-truth-order = `{ $path }`:{ $line }: `{ $text }` ends before it begins
error-truth-occupied = `{ $path }`:{ $line }: `{ $text }` does not say whether somebody was there
error-truth-overlap = `{ $path }`:{ $line }: line { $text } speaks of this time already
error-truth-nothing = `{ $path }`:{ $line }: nothing stands below the heading
hint-truth-file = name a table with the columns `room,from,until,occupied`
hint-truth-column = the first line is `room,from,until,occupied`, in any order; other columns are passed over
hint-truth-line = a line is like `science/101,2026-11-02 08:00,2026-11-02 09:30,yes`; values with a comma stand in double quotes
hint-truth-room = `campus room list` lists them
hint-truth-time = a moment is like `2026-11-02 08:00`, or `2026-11-02T00:00:00Z`
hint-truth-order = `from` is the begin, `until` the end
hint-truth-occupied = write `yes`, `no`, or how many people were there
hint-truth-overlap = take one of the two lines out, or let one end where the other begins
hint-truth-nothing = a line is like `science/101,2026-11-02 08:00,2026-11-02 09:30,yes`
error-other-numbers = `{ $room }` decides by other numbers in `{ $path }` than in the running agent; nothing was written
hint-other-numbers = name the agent's own file with `--config`; if it was changed since the agent started, restart that first
error-by-hand = `{ $room }` does not stand in `{ $path }` in a way that can be changed; nothing was written
hint-by-hand = write these lines below the `[room.occupancy]` of that room
