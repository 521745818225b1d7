# Calendar and timetable.

need-calendar_year = the public holidays of { $about } are not known, so its weekdays count as they are: update the program, or write a file for `[calendar] years` once `{ $country }` has announced them
need-calendar_ended = the last term of the calendar, `{ $about }`, ended on { $last }: add the next one to the calendar file; until then weekdays count as they are

config-warnings = { $n ->
    [one] 1 thing that should be known:
   *[other] { $n } things that should be known:
}

day-school = school day
day-make_up = make-up day
day-weekend = weekend
day-holiday = holiday
day-vacation = vacation
day-closed = closed

calendar-head-day = day
calendar-head-days = days
calendar-head-kind = kind
calendar-head-why = why
calendar-head-month = month
calendar-sum = sum
calendar-from-to = { $from } to { $to }
calendar-follows = timetable of { $weekday }
calendar-follows-unknown = nobody has said whose timetable
calendar-exam = exam: { $name }
calendar-week = { $term }, week { $week }
calendar-not-announced = holidays not announced
calendar-source = public holidays of `{ $country }` { $year }: { $source }
calendar-unknown = public holidays of `{ $country }` { $year } are not announced here: its weekdays count as they are
calendar-no-public = no public holidays are configured: `[calendar] public` in the configuration
calendar-and = {", "}

timetable-own = { $room } { $name }: lessons of its own
timetable-bells = { $room } { $name }: a lesson whenever the bells say so

error-bad-month = `{ $text }` is not a month
hint-bad-month = write a month like `2026-10`

import-refused = { $n ->
    [one] 1 thing cannot be taken over:
   *[other] { $n } things cannot be taken over:
}
import-left-out = { $n ->
    [one] 1 thing is left out:
   *[other] { $n } things are left out:
}
import-head-room = room
import-head-lessons = lessons
import-written = { $n ->
    [one] 1 lesson written to { $path }
   *[other] { $n } lessons written to { $path }
}
import-dry = { $n ->
    [one] 1 lesson would be written to { $path }
   *[other] { $n } lessons would be written to { $path }
}
import-nothing = nothing was written to { $path }
import-name-it = name it in the configuration, `[timetable] files = ["{ $file }"]`, then `campus config check` and a restart of the agent
import-restart = it counts from the next start of the agent

error-unknown-form = `{ $path }` is neither a calendar nor a table
hint-unknown-form = its name ends in `.ics` or in `.csv`
error-not-ours = `{ $path }` was not written by an import, so it is not replaced
hint-not-ours = write to another file with `--to`
hint-input = name the file: `campus timetable import FILE`
