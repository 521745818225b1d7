# English: the proof of energy, its repair, its export. Every key here is in ../zh/ledger.ftl too.

flow-import = consumed
flow-export = produced

cause-normal = normal
cause-gap = readings missing
cause-opening = first reading
cause-reset = register reset
cause-rollover = register started again
cause-replaced = meter replaced
cause-glitch = wrong readings left out
cause-clock = clock not set
cause-ratio = ratio changed
cause-frozen = register stood still
cause-repaired = repaired

incident-opening = first reading
incident-rollover = register started again at 0
incident-reset = register was reset
incident-replaced = register jumped
incident-declared = meter replaced, as a person said
incident-glitch = wrong readings left out
incident-frozen = register stood still and caught up
incident-ratio = transformer ratio changed
incident-clock = clock was set back
incident-doubt = register is in doubt
incident-registers = : { $before } kWh → { $after } kWh, last good reading { $since }
incident-is-withdrawn = , explained later
incident-is-open = ; energy is missing until `campus meter replace { $meter }` says what the registers were

## campus energy audit

audit-none = No meter has rows in this time.
audit-span = { $from } to { $to }
audit-first = first register
audit-last = last register
audit-jumps = jumps
audit-less-first = less first register
audit-less-jumps = less jumps
audit-expected = must have flowed
audit-posted = posted
audit-measured = of it measured
audit-estimated = of it exact in sum only
audit-incomplete = of it in slots that may have had more
audit-repaired = of it repaired
audit-quarantined = in doubt, not posted
audit-jumps-n = { $n ->
    [one] 1 time without energy
   *[other] { $n } times without energy
  }
audit-equal = equal
audit-off = not equal: off by { $wh } Wh
audit-n-slots = { $n ->
    [one] 1 slot
   *[other] { $count } slots
  }
audit-missing = , { $n ->
    [one] 1 without a row
   *[other] { $count } without a row
  }
audit-suspect = , { $n ->
    [one] 1 in which the register stood still for suspiciously long
   *[other] { $count } in which the register stood still for suspiciously long
  }
audit-missing-short = { $count } missing
audit-suspect-short = { $count } suspect
audit-repairs-short = { $n ->
    [one] 1 repair
   *[other] { $count } repairs
  }
audit-no = no
audit-broken = the slot of { $time } does not follow from its registers: `campus energy explain { $meter }` shows its rows
audit-unit = Registers and energies in Wh.
audit-good = { $n ->
    [one] The proof holds, to the watt-hour.
   *[other] { $n } proofs hold, to the watt-hour.
  }
audit-bad = { $failed } of { $n } proofs fail.

## campus energy explain

ledger-none = Nothing is posted in this time.
ledger-head-slot = SLOT
ledger-head-read = LAST READING
ledger-head-cause = CAUSE
ledger-revision = row { $n }
ledger-no-reading = none
ledger-incidents = What happened to the register
ledger-repairs = Repairs

## campus energy repair, campus meter replace

repair-what-ignore = readings left out
repair-what-believe = doubted register believed
repair-what-refuse = doubted register refused
repair-what-factor = multiplied by a ratio
repair-what-replace = meter replaced
repair-line = repair { $id }, { $at }, { $by }: { $what }, { $before } Wh → { $after } Wh: { $why }
repair-span-label = slots
repair-span = { $from } to { $to }, { $n } of them change
repair-before-label = before
repair-after-label = after
repair-by-label = by
repair-why-label = why
repair-done = Done: repair { $id }. `campus energy audit --of { $meter }` proves it.
repair-dry = Nothing was changed: this was a dry run.
repair-nothing-past = Done. Nothing of the past had to change.
confirm-repair = Change it? [y/N]

## campus energy export

export-written = { $path }: { $rows } rows of { $meters ->
    [one] 1 meter
   *[other] { $meters } meters
  }, { $from } to { $to }

sheet-title = Energy
sheet-rows = Energy
sheet-totals = Totals
sheet-meter = Meter
sheet-label = Name
sheet-place = Place
sheet-start = Start
sheet-offset = UTC offset
sheet-utc = Start UTC
sheet-wh = Wh
sheet-kwh = kWh
sheet-quality = Quality
sheet-cause = Cause
sheet-revision = Revision
sheet-parent = Part of
sheet-flow = Flow
sheet-register = Register Wh
sheet-proof = Adds up
sheet-counted = In the total
sheet-yes = yes
sheet-no = no
sheet-part = no, a part
