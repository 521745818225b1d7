## What lamps add at light sensors

light-label = light { $zone }
light-desk = desk { $lx } of { $target } lx
light-line = { $desk }{ $seen }, { $known }
light-seen = , sensor sees { $seen } lx, { $daylight } of it daylight
light-desk-unknown = desk not measured
light-known = lamps add { $adds } lx at { $sensor } ({ $n ->
    [0] as configured
    [one] { $base } lx configured or measured, 1 movement seen
   *[other] { $base } lx configured or measured, { $n } movements seen
})
calibrate-progress = step { $step } of { $steps }: { $levels }
calibrate-done = The lamps of { $room } are measured; the room is automatic again.
calibrate-ready = { $room } could be measured now. Steps it would take:
calibrate-failed = Broken off: { $why }. The room is automatic again, and nothing has changed.
calibrate-in-force = In force since { $time }, measured for { $by }:
calibrate-at = at { $sensor }
calibrate-none = Nothing was measured here yet. Zones decide with:
calibrate-why-pressed = somebody pressed the wall switch
calibrate-why-came = somebody came in
calibrate-why-held = something stronger moved the lamps (a person, a lock or a fire alarm)
calibrate-why-unsteady = daylight moved in the meantime
calibrate-why-no_answer = lamps or sensor did not answer for two minutes
calibrate-why-resumed = the agent was restarted or its clock set
calibrate-why-ended = it was ended by hand
calibrate-why-no_effect = the lamps of a zone change nothing at any sensor
problem-cannot_calibrate_running = { $about } is being measured already
problem-cannot_calibrate_occupied = somebody is in { $about }, was there a short while ago, or nobody knows
problem-cannot_calibrate_lesson = it is a lesson in { $about }
problem-cannot_calibrate_no_sensor = no light sensor of { $about } speaks
problem-cannot_calibrate_no_level = a node of { $about } does not say what its lamps are at
problem-cannot_calibrate_held = somebody holds a level in { $about }
problem-cannot_calibrate_unsteady = the daylight in { $about } is not steady, or was not seen for long enough
problem-cannot_calibrate_bright = there is so much daylight in { $about } that its lamps drown in it
remedy-cannot_calibrate_running = wait for it, or end it with `campus room auto { $about }`
remedy-cannot_calibrate_occupied = wait until the room is empty; with `--force` lamps stay at 10 % and above
remedy-cannot_calibrate_lesson = try after the lesson, best at night; `--force` does it all the same
remedy-cannot_calibrate_no_sensor = `campus room show { $about }` says what is missing
remedy-cannot_calibrate_no_level = `campus room show { $about }` says which lamps report nothing
remedy-cannot_calibrate_held = `campus room auto { $about }` ends that
remedy-cannot_calibrate_unsteady = wait some minutes, or until it is dark; `--force` does it all the same, less exactly
remedy-cannot_calibrate_bright = try when it is darker; `--force` does it all the same, less exactly
need-lamp_lx_differs = the { $zone } lamps of { $about } add { $learnt } lx, not { $said }: `campus room calibrate { $about }` when it is empty, or correct `lamp_lx`
