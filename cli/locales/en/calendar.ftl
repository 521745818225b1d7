# Calendar and timetable.

need-calendar_year = the public holidays of { $about } are not known, so its weekdays count as they are: update the program, or write a file for `[calendar] years` once `{ $country }` has announced them
need-calendar_ended = the last term of the calendar, `{ $about }`, ended on { $last }: add the next one to the calendar file; until then weekdays count as they are

config-warnings = { $n ->
    [one] 1 thing that should be known:
   *[other] { $n } things that should be known:
}
