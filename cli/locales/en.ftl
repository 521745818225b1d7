# English. Every key here is in zh.ftl too; a test proves it.
# $names are filled in by the program. No full stop at the end of errors and hints.

## Errors: what happened, and where

error-label = error:
hint-label = hint:
note-label = note:
list-or = {" or "}
list-and = {", "}

error-no-agent = no agent answers { $n ->
    [one] at the usual place
   *[other] at any of the { $n } usual places
  }
error-agent-away = no agent answers at `{ $socket }`: { $why }
error-slow = the agent at `{ $socket }` did not answer within { $n } s
error-garbled = what answers at `{ $socket }` is not an agent this program understands: { $why }
error-no-room = no room `{ $name }`
error-no-zone = no zone `{ $name }` in `{ $room }`
error-no-node = no node `{ $name }`
error-no-source = no room, building, node or meter `{ $name }`
error-no-meter = no meter `{ $name }`
error-no-bus = no bus `{ $name }`
error-no-profile = no profile `{ $name }`
error-ambiguous = { $n } rooms are called `{ $name }`
error-refused = the agent refused `{ $about }`: { $why }
error-bad-time = `{ $text }` is not a time
error-no-span = `{ $text }` is not a span of time
error-bad-factor = `{ $text }` is not a factor
error-bad-host = `{ $text }` is not a host with a port
error-bad-unit = `{ $text }` cannot be looked for on a bus of the agent
error-no-qemu = no `qemu-system-arm` here: it runs the firmware of emulated boards
error-no-firmware = no firmware image for emulated boards
error-qemu-speed = emulated boards run in real time, not { $speed } times as fast
error-no-person = a change of the ledger needs the name of who says so
error-not-asked = nobody can be asked here, and nothing was changed
error-not-confirmed = not confirmed, and nothing was changed
error-too-many-rows = { $rows } rows do not fit: a sheet of a workbook holds { $max }
error-write = cannot write `{ $path }`: { $why }
error-bad-span = there is no time between `{ $since }` and `{ $until }`
error-file = cannot read `{ $path }`: { $why }
error-output = cannot write the answer: { $why }

## Hints: what to do

hint-no-agent = for a look around, `campus demo` in another terminal; on the campus computer, `systemctl status campus-agent`
hint-denied = the agent is there, but not for this account: `sudo usermod -aG campus $USER`, then log in again
hint-agent-away = is it running? `systemctl status campus-agent`; without `--agent` and `CAMPUS_AGENT` the usual places are tried
hint-slow = it may be busy or stuck: `journalctl -u campus-agent -n 50`
hint-garbled = compare `campus --version` with the agent's version, and check that this is the agent's socket
hint-near = did you mean { $names }?
hint-list = `{ $command }` shows all names
hint-ambiguous = write { $names }
hint-busy = try again in a few seconds
hint-internal = `journalctl -u campus-agent -n 50` says more
hint-bad-time = write `08:00`, `2026-11-20`, `2026-11-20 08:00`, `today`, `yesterday`, `yesterday 08:00`, or `2h` for two hours ago
hint-bad-span = the begin must be before the end
hint-no-span = write `FROM..TO`, like `'2026-11-20 08:00..09:30'` or `2026-11-01..2026-11-20`
hint-bad-factor = write a fraction like `3/2`, or a whole number
hint-bad-host = write it like `192.0.2.10:502`
hint-bad-unit = with `--bus` addresses are 1 to 247; look for DL/T 645 meters with `--port` or `--rtu-tcp`
hint-no-qemu = on Debian: `apt-get install qemu-system-arm`
hint-no-firmware = `cargo xtask boards qemu` builds it; or name it with `--firmware FILE`
hint-qemu-speed = leave `--speed` out, or leave `--qemu` out
hint-no-person = add `--by NAME`
hint-not-asked = add `--yes`; `--dry-run` shows what would change
hint-too-many-rows = use `--csv`, longer periods like `--by hour`, or less time
hint-write = choose another file, or make room
hint-profile-file = name the file; `campus profile check --all` checks those of this program
hint-config = `campus config check` shows the faults without starting anything
hint-file = look at the path, or name the file that is meant
hint-file-denied = this account may not read it: try with `sudo`

## What the system says

io-not-found = not there
io-denied = permission denied
io-refused = nobody listens there

## What the agent refused

problem-not_a_node = `{ $about }` is a gateway; only nodes can be told to do something
problem-broker_away = `{ $about }` cannot be told anything: the broker is away
problem-not_polled = `{ $about }` is carried by its node and cannot be asked: { $why }
problem-no_answer = `{ $about }` does not answer: { $why }
problem-refused_by_meter = `{ $about }` answers with an error: { $why }
problem-cannot_repair = `{ $about }` cannot be repaired so: { $why }
remedy-not_a_node = `campus node list` shows both; a gateway is looked after at its bus, `campus meter list`
remedy-broker_away = `campus status` says since when; lights go on by themselves
remedy-not_polled = `campus node show` shows what the node reports
remedy-no_answer = check its power, its line and its address; `campus meter list` shows its bus
remedy-refused_by_meter = is it the profile of this model? `campus meter probe` finds out
remedy-cannot_repair = `campus energy explain { $about }` shows its slots and readings

## Notes on stderr

note-took = took `{ $name }` as `{ $room }`
note-outranked = { $n ->
    [one] 1 zone follows something stronger than a wish; `campus room explain { $room }` says what
   *[other] { $n } zones follow something stronger than a wish; `campus room explain { $room }` says what
  }

## Time

time-s = { $n } s
time-min = { $n } min
time-h = { $n } h
time-h-min = { $h } h { $min } min
time-days = { $n ->
    [one] 1 day
   *[other] { $n } days
  }
time-ago = { $duration } ago
time-never = never

## Codes of the agent

occupancy-occupied = occupied
occupancy-vacant_pending = perhaps empty
occupancy-vacant = empty
occupancy-unknown = not known

period-lesson = lesson
period-break = break
period-open = open, no lesson
period-closed = closed
period-self_study = self-study
period-exam = exam

zone-window = window
zone-inner = inner
zone-board = board

priority-fire = fire
priority-lock = maintenance lock
priority-manual = by hand
priority-floor = lesson
priority-demand_response = grid
priority-sweep = closing time
priority-occupancy = occupancy
priority-daylight = daylight
priority-default = default

kind-set = set { $level } %
kind-min = at least { $level } %
kind-max = at most { $level } %
kind-off = off
kind-hold = as it is

reason-fire = fire alarm
reason-lock = locked for maintenance
reason-wall_switch = somebody pressed the wall switch
reason-override = somebody asked for it on a computer
reason-lesson_floor = lesson: { $target_lx } lx needed, daylight gives { $daylight_lx } lx
reason-lesson_floor-bare = lesson: { $target_lx } lx needed, daylight not known
reason-demand_response = the grid asks for less
reason-sweep_warn = closed: off in { $off_in } unless somebody moves
reason-sweep = closed, and nobody moved after the warning
reason-occupied = somebody is there
reason-vacant_pending = nobody seen, but not for long enough
reason-vacant = empty: nobody seen for { $for }
reason-inputs_stale = no sensor speaks: stays as it is
reason-daylight_enough = daylight: { $daylight_lx } lx, { $target_lx } wanted
reason-idle = nothing asks for light
reason-rule = a rule of the staff
reason-rule_unsure = a rule of the staff; an input has fallen silent

no-silent = silent
no-off = switched off
no-refused = refused
no-out_of_range = out of range
no-not_fitted = not fitted

quantity-motion = movement
quantity-presence = presence
quantity-illuminance_lx = illuminance
quantity-co2_ppm = CO₂
quantity-temperature_c = temperature
quantity-humidity_pct = humidity
quantity-power_w = power
quantity-energy_wh = energy
quantity-level_pct = level
quantity-presses = presses
quantity-manual_pct = level by hand
quantity-lamp_fault = lamp fault
quantity-lit_s = lit time
quantity-voltage_v = voltage
quantity-current_a = current
quantity-frequency_hz = frequency
quantity-fire = fire alarm

state-online = online
state-silent = silent
state-offline = offline
state-never = never heard

quality-measured = measured
quality-estimated_shape = sum exact, shape estimated
quality-incomplete = there may have been more
quality-suspect = register stood still for suspiciously long
quality-repaired = repaired

part-store = database
part-hub = data hub
part-broker = broker
part-meters = meters
part-clock = clock

need-node_silent = node `{ $about }` has been silent for { $duration }: check its power and its network
need-node_conflict = two nodes use the name `{ $about }`: unplug one, and give it a name of its own
need-node_unclaimed = node `{ $about }` speaks and belongs to no room: add it to the configuration, see `campus node list --unclaimed`
need-lamp_fault = lamp fault reported by `{ $about }` for { $duration }: replace the lamp or its gear
need-store_failed = the database cannot write `{ $about }` for { $duration }: check the disk; lights go on working
need-broker_away = the broker `{ $about }` has been away for { $duration }: check it with `systemctl status mosquitto`
need-store_set_aside = the database was damaged and is set aside as `{ $about }`; what could be read was carried over: keep that file, and look at the disk
need-store_damaged = something in the database `{ $about }` cannot be read: look at the disk, and restore a backup if energy of that time matters
need-node_core = node `{ $about }` kept crashing and has done without its sensors for { $duration }; lamps and wall switches work: `campus node show { $about }`, then `campus node restart { $about }`, and replace it when it comes back to this
need-node_panicked = node `{ $about }` restarted { $duration } ago after a fault of its firmware ({ $times } so far): report its last words, `{ $text }`
need-node_watchdog = node `{ $about }` hung and was restarted by its watchdog { $duration } ago ({ $times } so far): check its supply and its sensors; if it happens again, report it
need-node_energy_lost = a power cut { $duration } ago may have cost up to { $energy_wh } Wh that node `{ $about }` counted itself: nothing to do, unless bills depend on it
need-node_settings = node `{ $about }` has not confirmed its settings (version { $version }) for { $duration }: does its firmware know them? `campus node restart { $about }`
need-node_settings_refused = node `{ $about }` refuses its settings (version { $version }, `{ $why }`): change them in the configuration, or update its firmware
need-frames_lost = node `{ $about }` lost frames, their sum is kept by the register: check its network

need-meter_silent = meter `{ $about }` has been silent for { $duration }: check its power and its line, see `campus meter list`
need-meter_doubt = meter `{ $about }` shows a register that is not believed for { $duration }: `campus energy repair { $about } --believe` or `--refuse`, or `campus meter replace { $about }`
need-meter_open = meter `{ $about }` was reset or replaced { $duration } ago and energy is missing: `campus meter replace { $about }` with what the old and the new one showed
need-meter_orphan = meter `{ $about }` is read and counts in no total: give it a `room` or a `building` in the configuration
need-meter_frozen = meter `{ $about }` stands still for { $duration } although it normally moves: check the meter and its current transformers
need-meter_residual = the submeters of `{ $about }` do not fit it for { $duration }: look for a wrong ratio or a wrong line, see `campus report day`
need-bus_away = bus `{ $about }` has been away for { $duration }: check the converter or the cable, see `campus meter list`
need-bus_full = bus `{ $about }` has more meters than it can read in time for { $duration }: read them less often (`every_s`), or add a bus

## campus status

status-campus-label = campus
status-campus = { $name } ({ $campus }), agent { $version } running for { $duration }
status-clock-label = clock
status-clock = { $time }, { $zone }
status-clock-fast = { $time }, { $zone }, running { $speed } times as fast as real time
status-broker-label = broker
status-broker-embedded = connected, built into the agent, { $url }
status-broker-connected = connected to { $url }
status-broker-away = away for { $duration }: { $url }
status-broker-reconnects = , { $n ->
    [one] connected again once
   *[other] connected again { $n } times
  }
status-nodes-label = nodes
status-nodes = { $heard } of { $total } heard lately
status-nodes-unclaimed = , { $n ->
    [one] 1 unclaimed
   *[other] { $n } unclaimed
  }
status-node-silent = silent for { $duration }
status-node-never = never heard
status-rooms-label = rooms
status-rooms = { $occupied } of { $total } occupied, { $lit } lit
status-rooms-lit-empty = , { $n } lit and empty
status-power-label = power now
status-energy-today = , { $energy } today
status-power-unknown = not measured
status-store-label = store
status-store = { $size }, { $n ->
    [one] 1 frame kept
   *[other] { $frames } frames kept
  } since the start, { $waiting } waiting
status-store-oldest = , oldest from { $time }
status-refused-label = refused
status-refused = { $n ->
    [one] 1 payload
   *[other] { $n } payloads
  }: { $reasons }
status-degraded-label = degraded
status-degraded = { $part } for { $duration }: { $what }
status-well = Nothing needs a person.
status-needs = { $n ->
    [one] 1 thing needs a person:
   *[other] { $n } things need a person:
  }

## campus room

room-head-room = ROOM
room-head-occupancy = OCCUPANCY
room-head-since = SINCE
room-head-lux = LUX
room-head-co2 = CO₂
room-head-power = POWER
room-head-today = TODAY
room-none = No rooms are configured.
room-since = { $occupancy } since { $time }
room-zone-says = the lamps report { $level } %
room-zone-quiet = the lamps report nothing
room-until = until { $time }
room-readings-label = readings
room-missing-label = missing
room-power-label = power now
room-power = { $power }
room-today = , { $energy } today
room-power-unknown = not measured
room-nodes-label = nodes
room-nodes-heard = { $nodes }, heard { $ago }
room-nodes-never = { $nodes }, never heard
room-mark-differs = ! the lamps report another level
room-mark-quiet = ? the lamps report nothing

explain-zone = { $zone }  { $level } % since { $time }
explain-wins = followed
explain-loses = not now
explain-changes = Latest changes
explain-no-changes = No changes are recorded yet.
explain-change = { $zone } { $from } % → { $to } %

## campus energy

energy-title = { $from } to { $to }, per { $by }
energy-by-slot = slot
energy-by-hour = hour
energy-by-day = day
energy-by-month = month
energy-head-start = START
energy-head-energy = ENERGY
energy-head-quality = QUALITY
energy-head-meter = METER
energy-head-label = NAME
energy-head-place = PLACE
energy-head-register = REGISTER
energy-head-proof = ADDS UP
energy-total = total
energy-produced = produced
energy-export = { $place }, produced
energy-orphan = not assigned
energy-parts = Indented meters are part of the one above them and are counted once.
energy-adds-up = yes
energy-differs = no: posted { $posted } Wh, register says { $register } Wh
energy-none = No meter reported in this time.
energy-resets = , { $n ->
    [one] 1 reset
   *[other] { $n } resets
  }

## campus node

node-head-node = NODE
node-head-place = PLACE
node-head-state = STATE
node-head-heard = HEARD
node-head-firmware = FIRMWARE
node-head-board = BOARD
node-head-boot = BOOT
node-head-frames = FRAMES
node-head-duplicates = DUPLICATES
node-head-lost = LOST
node-head-first = FIRST HEARD
node-none = No nodes are configured.
node-none-unclaimed = Every node that speaks belongs to a room or a building.
node-state-label = state
node-state = { $state }, heard { $ago }
node-state-never = never heard
node-conflict = two nodes use this name
node-state-core = { $state }, core mode
node-panic = last words: { $text }
node-crashes = restarts so far: { $watchdog } by the watchdog, { $panics } after a fault of its own
node-core = core mode: it kept crashing, and does without its sensors
node-energy-lost = the cut before may have cost up to { $energy_wh } Wh of its own registers
node-refused = messages to it that it refused since: { $n }
node-settings-label = settings
node-settings-in_force = { $version }, in force
node-settings-sent = { $version }, sent { $ago } and not confirmed since
node-settings-refused = { $version }, sent { $ago } and refused: { $why }
node-settings-foreign = { $in_force } is in force, which this agent did not give
node-place-label = place
node-firmware-label = firmware
node-firmware = { $firmware } on { $board }
node-start-label = last start
node-start = number { $boot }, { $reset }
node-frames-label = frames
node-frames = { $frames } kept up to number { $acked }, { $duplicates } came twice, { $lost } lost
node-readings-label = readings

told-identify = `{ $node }` blinks
told-restart = `{ $node }` restarts
told-refused = `{ $node }` refused: { $why }
told-no_answer = `{ $node }` did not answer within 5 s; what it has not heard by now it will not do
told-hint-refused = does its firmware know this command? `campus node show { $node }`
told-hint-no_answer = is it there? `campus node show { $node }` says when it was last heard

reset-power_on = power came on
reset-watchdog = the watchdog restarted it
reset-panic = it restarted after a fault of its own
reset-asked = somebody asked it to restart
reset-update = an update
reset-unknown = cause not known

## campus config check

config-good = { $path }: { $n ->
    [one] 1 room
   *[other] { $n } rooms
  }, nothing wrong

## campus watch and campus demo

watch-clock = { $time }
watch-clock-fast = { $time }  ×{ $speed }
watch-counts = { $occupied } of { $total } occupied, { $lit } lit
watch-counts-empty = { $occupied } of { $total } occupied, { $lit } lit, { $empty } of them empty
watch-needs = { $n ->
    [one] 1 thing needs a person: campus status
   *[other] { $n } things need a person: campus status
  }
watch-head-why = WHY
watch-keys = q quits   ↑ ↓ scroll
watch-try = In a second terminal:
watch-more = rooms { $from } to { $to } of { $total }
watch-waiting = Waiting for the agent …

happening-occupancy = { $room }  { $occupancy }
happening-level = { $room }  { $zone } { $from } % → { $to } %   { $why }
happening-node-silent = { $place }  node { $node } is silent
happening-node-back = { $place }  node { $node } speaks again
happening-degraded = { $part } is degraded: { $what }
happening-healed = { $part } works again
happening-ready = { $rooms ->
    [one] 1 room
   *[other] { $rooms } rooms
  }, { $nodes } nodes, { $meters } meters; seed { $seed }, { $speed } times as fast as real time
happening-ready-broker = broker   { $broker }
happening-ready-socket = agent    { $socket }
happening-ready-folder = folder   { $folder }
happening-ready-emulated = { $n ->
    [one] 1 node is an emulated board with the real firmware
   *[other] { $n } nodes are emulated boards with the real firmware
  }; what their consoles say is in this folder, in NODE/console.log
demo-starting = Starting a campus on this computer …
demo-stopping = Stopping …

summary-title = { $name }: { $duration } in { $real }
summary-rooms-label = rooms
summary-rooms = occupied { $entered } times, left { $left } times
summary-lights-label = lights
summary-lights = { $moved } changes of level; { $followed } of { $zones } zones are where the agent wants them
summary-frames-label = frames
summary-frames = { $committed } kept, { $duplicates } came twice and counted once, { $lost } lost and said so
summary-head-ledger = LEDGER
summary-head-register = REGISTER
summary-head-proof = ADDS UP
summary-exact = yes, to the watt-hour
summary-off = no, off by { $wh } Wh
summary-good = Every watt-hour is accounted for.
summary-bad = { $n ->
    [one] 1 meter does not add up. Repeat it with `{ $command }`
   *[other] { $n } meters do not add up. Repeat it with `{ $command }`
  }
summary-unfollowed = { $n ->
    [one] 1 zone is not where the agent wants it. Repeat it with `{ $command }`
   *[other] { $n } zones are not where the agent wants them. Repeat it with `{ $command }`
  }
