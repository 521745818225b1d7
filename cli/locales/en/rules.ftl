
# campus rule

rule-none = No rules: the lamps follow the shipped behaviour alone. Rules stand in rules.toml beside the configuration.
rule-head-rule = RULE
rule-head-asks = ASKS
rule-head-priority = AS
rule-head-where = WHERE
rule-head-asking = ASKING
rule-head-when = WHEN
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
finding-contradiction = contradiction
finding-shadowed = never followed
finding-oscillation = oscillation
finding-endless = without an end
finding-unsafe = not safe
finding-time_gap = times
finding-stale = acts in ignorance
finding-race = race with a person
finding-unchecked = too long to be checked
