bench-serial-label = serial number
bench-board-label = hardware
bench-board = { $board }, firmware { $firmware }
bench-name-label = node
bench-new = none yet: { $why }
bench-campus-label = campus
bench-broker-label = broker
bench-broker-tls = { $broker }, TLS with `{ $server }`
bench-broker-plain = { $broker }, without TLS
bench-lamps-label = lamps
bench-fitted-label = wired to it
bench-session-label = session
bench-connected = connected, from { $address }
bench-no-address = no address: no cable, or no DHCP
bench-connecting = connecting, from { $address }
bench-trouble = none: { $why }
bench-boot-label = starts
bench-held-label = kept frames
bench-held = { $n ->
    [0] none wait
    [one] { $n } waits for the agent
   *[other] { $n } wait for the agent
}
bench-flash-errors = { $n ->
    [one] { $n } write to its flash failed
   *[other] { $n } writes to its flash failed
}
bench-wrong-keys = { $n ->
    [one] { $n } wrong key at its console
   *[other] { $n } wrong keys at its console
}
bench-readings-label = readings
bench-erase-sure = `{ $name }` forgets its name, its credential and everything it keeps. Go on? [y/N]
bench-erased = { $serial } has forgotten everything and starts as a new node
bench-waiting = waiting for the agent to hear the node ({ $state })
bench-step-cable = { $ms } ms  found at the cable
bench-step-unlock = { $ms } ms  opened by the agent
bench-step-credential = { $ms } ms  credential made and known to the broker
bench-step-write = { $ms } ms  identity written
bench-step-heard = { $ms } ms  started again and heard by the agent
bench-step-label = { $ms } ms  label written
bench-done = { $node } ({ $place }) is { $serial }, heard after { $s } s
bench-already = { $node } ({ $place }) is { $serial } already
bench-unheard = { $node } ({ $place }) is { $serial }, but the agent does not hear it: { $why }
bench-total = { $all ->
    [one] { $all } node
   *[other] { $all } nodes
}: { $done } provisioned, { $failed } failed; median { $median } s, longest { $longest } s
accept-passed = ok   
accept-failed = FAILS
accept-left-out = –    
accept-blink = its lamps blink
accept-link = it is heard without gaps
accept-sensors = its sensors speak
accept-motion = it sees movement
accept-light = it sees a likely light
accept-lamps = its light sensor sees its own lamps
accept-blink-seen = answered after { $ms } ms
accept-link-seen = { $frames } frames, { $lost } lost
accept-sensors-seen = { $names }
accept-motion-seen = { $s } s
accept-light-seen = { $lx } lx
accept-lamps-seen = off { $dark } lx, full { $bright } lx
accept-warming = its sensors warm up, { $s } s more
accept-move-now = move in front of the sensor
accept-yes = { $node } is accepted
accept-no = { $node } is not accepted
error-which-room = which room is the node at `{ $port }` for?
hint-which-room = say `--room science/101`, or `--node` where a room has several
error-which-node = { $n ->
    [0] campus.toml names no node for room `{ $room }`
   *[other] room `{ $room }` has { $n } nodes
}
hint-which-node-none = write `node = "…"` to a zone of the room, and start the agent again
hint-which-node = say `--node` with one of { $names }
error-bad-table = { $path }, line { $line }: cannot use `{ $what }`
hint-bad-table = the first line names the columns port, room or node, and perhaps fitted, replace, why; each port and each node comes once
error-bad-step = there is no step `{ $step }`
hint-bad-step = steps that may be left out: blink, motion, lamps
