
# campus rule

rule-none = No rules: the lamps follow the shipped behaviour alone. Rules stand in rules.toml beside the configuration.
rule-head-rule = RULE
rule-head-asks = ASKS
rule-head-priority = AS
rule-head-where = WHERE
rule-head-asking = ASKING
rule-head-when = WHEN
rule-head-hold = STAYS LIT
rule-head-version = VERSION
rule-head-usual = USUALLY
rule-head-break = IN BREAKS
rule-head-still = EXAMS
rule-asks-set = set { $lx } lx
rule-asks-min = at least { $lx } lx
rule-asks-max = at most { $lx } lx
rule-asks = { $text } (rule { $rule })
rule-asks-unsure = { $text } (rule { $rule }; kept, because an input has fallen silent)
rule-good = { $path }: { $n ->
    [one] 1 rule
   *[other] { $n } rules
}, no faults
rule-bad = { $path }: { $n ->
    [one] 1 rule
   *[other] { $n } rules
}, { $findings ->
    [one] 1 mistake
   *[other] { $findings } mistakes
}
rule-proved = Proved over { $states } states of a zone: fire, floor, manual and stale inputs are safe (S1, S3 to S9)
rule-proved-partly = Proved over { $states } states of a zone: fire, floor, manual and stale inputs are safe (S1, S3 to S9); { $left } kinds of zones and pairs of rules were too many to look at
rule-broken = { $invariant } does not hold: { $story }
finding-contradiction = contradiction
finding-shadowed = never followed
finding-oscillation = oscillation
finding-endless = without an end
finding-unsafe = not safe
finding-time_gap = times
finding-stale = acts in ignorance
finding-race = race with a person
finding-unchecked = too long to be checked

# campus rule plan, apply, rollback, history

status-rules-label = rules
ruling-zero = no rules
ruling-none = No rules of the staff are in force.
ruling-version = version { $version }
ruling-everywhere = { $version } everywhere, since { $time }
ruling-tried = { $tried } in { $rooms }, { $version } everywhere else, since { $time }
ruling-room-tries = Version { $version } of the rules is tried here; elsewhere version { $other } decides.
ruling-room-waits = Version { $version } of the rules decides here; version { $other } is tried elsewhere.
ruling-more = { $n ->
    [one]  and 1 more
   *[other]  and { $n } more
}
ruling-refused = Not applied: { $n ->
    [one] 1 mistake
   *[other] { $n } mistakes
}. Correct the file, or say why it is right: --accept-findings --reason TEXT
ruling-unchanged = Nothing to do: these rules are in force already.
ruling-mistakes = { $n ->
    [one] 1 mistake in them was accepted.
   *[other] { $n } mistakes in them were accepted.
}
ruling-no-levels = No lamp changes by that right now.
ruling-next = Keep it for all rooms with `campus rule apply --all`, or end the trial with `campus rule rollback`.
ruling-no-history = Nothing was ever applied.
ruling-head-when = WHEN
ruling-head-what = WHAT
ruling-head-version = VERSION
ruling-head-where = WHERE
ruling-head-who = WHO
ruling-head-why = WHY
ruling-all = everywhere
ruling-who = { $name } (uid { $uid })
ruling-accepted = { $n ->
    [one] [1 mistake accepted]
   *[other] [{ $n } mistakes accepted]
}
ruling-did-first = taken from the file
ruling-did-apply = applied
ruling-did-canary = tried
ruling-did-promote = kept for all
ruling-did-rollback = rolled back
plan-same = { $path }: the same as what is in force.
plan-everywhere = { $path } would become { $version } everywhere, instead of { $old }.
plan-canary = { $path } would be tried as { $version } in { $rooms }; everywhere else { $old } as before.
plan-no-rules = No rule says anything else.
plan-kind-rule = rule
plan-kind-hold = hold
plan-is-added = added
plan-is-changed = changed
plan-is-removed = removed
plan-rooms = { $n ->
    [one] 1 room
   *[other] { $n } rooms
}: { $rooms }
plan-now = Right now
plan-now-none = No lamp would change.
plan-level = { $from } % → { $to } % in { $n } s
plan-was = was: { $reason }
plan-mistakes = Mistakes
plan-no-mistakes = The checker finds no mistake.
plan-next = Try it on the past: campus rule replay --since 7d --rules { $path }
    Apply it: campus rule apply --rules { $path }{ $canary }
need-rules_findings = rules version { $about } has { $n } mistakes that nobody has accepted: `campus rule check` tells them
need-rules_faulty = `{ $about }` cannot be read as rules and was left out for { $duration }: `campus rule check`, then `campus rule apply`
need-rules_unreadable = rules version { $about } is in force and cannot be read, so no rule of it decides: `campus rule apply`
problem-no_such_version = version { $about } of the rules is not kept
remedy-no_such_version = `campus rule history` lists those that are
problem-no_version_before = there was no version before the one in force
remedy-no_version_before = `campus rule history` lists versions, `campus rule rollback --to 0` goes back to no rules at all
problem-nothing_tried = no version of the rules is tried anywhere
remedy-nothing_tried = give a file: `campus rule apply --rules rules.toml`
