# English: reports. Every key here is in ../zh/report.ftl too; a test proves it.

report-period-day = day
report-period-week = week
report-period-month = month
report-kind-day = Daily energy report
report-kind-week = Weekly energy report
report-kind-month = Monthly energy report
report-title = { $name }: { $period } { $which } ({ $days })
report-title-day = { $name }: { $days }
report-days = { $from } to { $to }
report-running = not over yet: as of { $time }
report-closed = { $energy } of it while closed
report-of-lit = { $share } of lit time
report-residual = parts { $parts } of { $whole }, { $share } left over
report-alarms = { $n ->
    [one] alarm on 1 day
   *[other] alarm on { $n } days
  }
report-meters = Meters
report-rooms = Rooms
report-incidents = What happened to registers
report-no-incidents = Nothing.
report-quality = How far these numbers can be trusted
report-words = What the words mean
report-orphan = { $meter } is read and counts in no total: give it a room or a building in the configuration
report-note-complete = { $share } complete
report-note-incomplete = { $n ->
    [one] 1 slot may have had more
   *[other] { $n } slots may have had more
  }
report-note-suspect = { $n ->
    [one] stood still in 1 slot
   *[other] stood still in { $n } slots
  }
report-written = wrote { $path }
report-made = Made { $time } ({ $zone }) by campus { $version } for { $campus }.

weekday-mon = Mon
weekday-tue = Tue
weekday-wed = Wed
weekday-thu = Thu
weekday-fri = Fri
weekday-sat = Sat
weekday-sun = Sun

currency-cny = { $amount } CNY
currency-eur = { $amount } EUR
currency-gbp = { $amount } GBP
currency-usd = { $amount } USD

## Key figures

kpi-energy = energy
kpi-change = , { $change } against the period before
kpi-against = { $change } against the period before
kpi-no-before = nothing to compare with yet
kpi-export = produced
kpi-export-note = not taken off the energy
kpi-cost = cost
kpi-tariff = price table of { $tariff }
kpi-co2 = CO₂
kpi-factor = { $factor } g/kWh, { $year }, { $source }
kpi-factor-older = { $factor } g/kWh of { $year }, none newer; { $source }
kpi-peak = peak power
kpi-at = { $time }
kpi-base = base load
kpi-base-note = mean of the lowest four hours of each day
kpi-closed = out of hours
kpi-closed-split = school days { $school }, weekends { $other }, holidays { $free }
kpi-lit-empty = lit while empty
kpi-rooms = { $n ->
    [one] in 1 room
   *[other] in { $n } rooms together
  }
kpi-dark = occupied but dark
kpi-dark-note = in lessons, all rooms together
kpi-complete = complete
kpi-estimated = { $share } of the energy exact in sum only

## Charts

chart-days = Energy by day
chart-open = open
chart-closed = while closed
chart-doubtful = partly estimated
chart-day-says = { $day }: { $energy }, { $closed } of it while closed
chart-hours = Mean power by hour of the day
chart-base = base load { $power }
chart-buildings = Energy by building
chart-bands = Cost by band of the day
chart-rooms = Lit while empty: the worst rooms
chart-empty = lit and empty
chart-lit = lit otherwise
chart-residuals = What submeters leave over
chart-parts = counted by submeters
chart-rest = left over
chart-beyond = submeters count more than the whole

## Tables

table-meter = Meter
table-place = Place
table-kwh = kWh
table-complete = Complete
table-estimated = Estimated
table-notes = Notes
table-room = Room
table-occupied = Occupied
table-lit = Lit
table-lit-empty = Lit, empty
table-lit-hold = Lit, hold time
table-dark = Occupied, dark
table-unknown = Not known

## Statements

quality-statement = { $complete } of all slots of { $meters ->
    [one] 1 meter
   *[other] { $meters } meters
  } have a measured row. { $estimated } of the energy is exact in sum while its shape over time is estimated.
statement-incomplete = { $n ->
    [one] 1 slot may have had more energy: a register was reset or a meter replaced in it, and nobody said yet what the registers were.
   *[other] { $count } slots may have had more energy: a register was reset or a meter replaced in them, and nobody said yet what the registers were.
  }
statement-suspect = { $n ->
    [one] In 1 slot a register stood still for suspiciously long: what looks like a saving may be a fault.
   *[other] In { $count } slots a register stood still for suspiciously long: what looks like a saving may be a fault.
  }
statement-sums = A meter that is part of another one is counted once. The sum of every meter equals its register, to the watt-hour; `campus energy audit` proves it.

define-base = Mean power of the eight lowest half-hours of each day: what runs when nobody needs it.
define-closed = Share of the energy at times when the timetable says that the campus is closed.
define-complete = Slots with a measured row among all slots of all meters. Below 90 % do not compare.
define-lit-empty = Lamps on and certainly nobody there; the time in which lamps wait whether somebody comes back is not in it.
define-dark = Somebody is there in a lesson, and the desks have less light than they should.
define-residual = What the meter of the whole counted and none of its parts did: lines without a meter, and losses. More than 5 % too much in the parts means a wrong ratio or a wrong line.
