## campus fire, campus demand, campus room lock and scene

need-fire = fire alarm for `{ $about }` by `{ $by }`, { $duration } ago: everything there is lit; `campus fire off` ends it
need-fire_fallen = the fire input `{ $by }` of `{ $about }` says that it is over: look, then `campus fire off`
need-fire_silenced = the fire alarm of `{ $by }` was ended by a person and its input still says that it burns: repair or reset it
need-fire_input = fire input `{ $about }` has said nothing for { $duration }; what it said last holds: check its node
need-lock = zone `{ $zone }` of `{ $about }` has been locked at { $level_pct } % for { $duration } by { $by } ({ $why }): `campus room unlock { $about }` when the work is done

problem-no_such_building = no building `{ $about }`
problem-no_such_scene = no scene `{ $about }`
problem-no_such_demand = nothing named `{ $about }` is asked for
remedy-no_such_building = `campus room list` shows all: the part before the `/`
remedy-no_such_scene = `lesson`, `projection`, `exam`, `off`, `auto`, and those of the configuration
remedy-no_such_demand = `campus demand show` shows what is

fire-none = No fire alarm.
fire-inputs = Fire inputs
fire-everywhere = everywhere
fire-on = FIRE { $place }, since { $time }, by { $by }
fire-fallen = FIRE { $place }, since { $time }; its input { $by } says that it is over
fire-silenced = { $place }: ended by { $who }; the input { $by } still says that it burns
fire-input-on = burns
fire-input-off = quiet
fire-input-none = no reading

demand-none = The grid asks for nothing.
demand-exempt = exempt: { $rooms }
demand-ahead = { $pct } % less from { $from } to { $until } (`{ $id }`, { $by }: { $why })
demand-running = { $pct } % less now, until { $until } (`{ $id }`, { $by }: { $why })
demand-over = { $pct } % less from { $from } to { $until }, over (`{ $id }`, { $by }: { $why })
demand-ended = { $pct } % less from { $from } to { $until }, ended by { $who } (`{ $id }`, { $by }: { $why })
demand-now = now { $saved } less of { $would } ({ $pct } %); asked for { $asked }
demand-mean = on average { $saved } less of { $would } ({ $pct } %); asked for { $asked }
demand-bounded = ; { $n ->
    [one] 1 zone keeps more light for a lesson or a person
   *[other] { $n } zones keep more light for a lesson or a person
  }
demand-unmetered = ; { $n ->
    [one] 1 lit zone is not metered
   *[other] { $n } lit zones are not metered
  }

status-fire-label = fire
status-fire = ALARM: everything there is lit
status-demand-label = grid
status-demand = { $pct } % less until { $until }, asked by { $by }

room-scene-label = scene
scene-lesson = lesson
scene-projection = projection
scene-exam = exam
scene-off = off
