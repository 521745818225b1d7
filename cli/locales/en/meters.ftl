# English: meters, buses, profiles. Every key here is in ../zh/meters.ftl too; a test proves it.

## campus meter list

meter-none = No meters are configured, and no node reports one.
meter-head-read-by = READ BY
meter-by-node = its node
meter-head-bus = BUS
meter-head-link = LINK
meter-head-use = USE
meter-head-members = DEVICES
meter-head-requests = REQUESTS
meter-head-timeouts = UNANSWERED
meter-head-refusals = REFUSED
meter-use = { $used } % of { $budget } %
bus-up = connected
bus-away = away

meter-state-ok = ok
meter-state-silent = silent
meter-state-refused = refuses
meter-state-doubt = in doubt
meter-state-never = never read
meter-state-orphan = not assigned

meter-wrong-sum = { $meter }: what is posted does not equal its registers: `campus energy audit --of { $meter }` says where
meter-wrong-silent = { $meter }: silent since { $since }: check its power and its line
meter-wrong-silent-why = { $meter }: silent since { $since } ({ $why }): check its power and its line
meter-wrong-refused = { $meter }: answers with an error since { $since } ({ $why }): is it the profile of this model? `campus meter probe` finds out
meter-wrong-doubt = { $meter }: shows { $doubt } kWh since { $since }, { $register } kWh is believed: `campus energy repair { $meter } --believe` or `--refuse`, or `campus meter replace { $meter }`
meter-wrong-never = { $meter }: never answered: check address, wiring and profile with `campus meter probe`
meter-wrong-orphan = { $meter }: is read and counts in no total: give it a `room` or a `building` in the configuration

## campus meter read

read-title = { $profile }, read at { $time } in { $ms } ms
read-head-quantity = QUANTITY
read-head-value = VALUE
read-head-unit = UNIT
read-head-register = REGISTER
read-head-raw = RAW

measure-energy_import = energy taken
measure-energy_export = energy fed in
measure-energy_total = energy, both directions
measure-energy_import_l1 = energy taken, phase 1
measure-energy_import_l2 = energy taken, phase 2
measure-energy_import_l3 = energy taken, phase 3
measure-energy_export_l1 = energy fed in, phase 1
measure-energy_export_l2 = energy fed in, phase 2
measure-energy_export_l3 = energy fed in, phase 3
measure-energy_import_t1 = energy taken, tariff 1
measure-energy_import_t2 = energy taken, tariff 2
measure-energy_import_t3 = energy taken, tariff 3
measure-energy_import_t4 = energy taken, tariff 4
measure-power = power
measure-power_l1 = power, phase 1
measure-power_l2 = power, phase 2
measure-power_l3 = power, phase 3
measure-demand = demand
measure-demand_max = highest demand
measure-voltage_l1 = voltage, phase 1
measure-voltage_l2 = voltage, phase 2
measure-voltage_l3 = voltage, phase 3
measure-voltage_avg = voltage, mean
measure-voltage_l12 = voltage, phase 1 to 2
measure-voltage_l23 = voltage, phase 2 to 3
measure-voltage_l31 = voltage, phase 3 to 1
measure-current_l1 = current, phase 1
measure-current_l2 = current, phase 2
measure-current_l3 = current, phase 3
measure-current_n = current, neutral
measure-current_avg = current, mean
measure-power_factor = power factor
measure-power_factor_l1 = power factor, phase 1
measure-power_factor_l2 = power factor, phase 2
measure-power_factor_l3 = power factor, phase 3
measure-frequency = frequency
measure-reactive_power = reactive power
measure-reactive_power_l1 = reactive power, phase 1
measure-reactive_power_l2 = reactive power, phase 2
measure-reactive_power_l3 = reactive power, phase 3
measure-apparent_power = apparent power
measure-apparent_power_l1 = apparent power, phase 1
measure-apparent_power_l2 = apparent power, phase 2
measure-apparent_power_l3 = apparent power, phase 3
measure-reactive_energy_import = reactive energy taken
measure-reactive_energy_export = reactive energy fed in
measure-reactive_energy_total = reactive energy, both directions
measure-apparent_energy = apparent energy

## campus meter probe

probe-made = { $n ->
    [one] 1 request
   *[other] { $count } requests
  } in { $duration }
probe-cut = The time was over before everything was tried: give fewer addresses, or a profile.
probe-nobody = Nobody answers. Check A and B, speed and parity, and the range of `--address`.
probe-address = address { $address }
probe-stranger = It answers, and no profile fits. A nameplate helps: `--model`, `--kwh`.
probe-order = {"  "}word order { $order }
probe-paste = For campus.toml
probe-name-it = choose a name: it stays for ever in the ledger
probe-place-it = or `building`; without either it counts in no total
probe-progress = address { $address }, { $nth } of { $of } …
probe-answered = address { $address } answers: { $n ->
    [one] 1 way to read it tried
   *[other] { $n } ways to read it tried
  }
probe-failed = cannot look on `{ $link }`: { $why }
probe-failed-hint = is another program on it? Where an agent runs, name its bus: `--bus ID`

guess-kwh_matches = the register is what the display shows
guess-kwh_differs = the register is not what the display shows
guess-model_matches = the model is on the nameplate
guess-model_similar = the model is a little like the nameplate
guess-model_differs = the nameplate names another model
guess-maker_matches = the maker is on the nameplate
guess-frequency_plausible = the frequency is that of a grid
guess-frequency_implausible = the frequency is not that of a grid
guess-voltage_plausible = the voltage is that of a grid
guess-voltage_implausible = the voltage is wrong
guess-energy_plausible = the register has counted
guess-energy_zero = the register is at zero
guess-energy_implausible = the register is not believable
guess-energy_missing = there is no energy register
guess-power_fits = power fits voltage and current
guess-power_implausible = power does not fit voltage and current
guess-current_implausible = the current is not believable
guess-power_factor_implausible = the power factor is beyond 1
guess-protocol_matches = whole DL/T 645 answers
guess-registers_missing = some registers are missing
guess-most_missing = most registers are missing
guess-no_answer = nothing was answered
guess-other_order = the order of words is not the model's usual one
guess-unverified = the profile is second-hand
guess-twin = another profile fits as well: the nameplate tells

## campus profile

profile-head-id = PROFILE
profile-head-models = MODELS
profile-head-protocol = PROTOCOL
profile-head-evidence = EVIDENCE
profile-head-quantities = QUANTITIES
profile-head-type = TYPE
profile-head-also = ALSO
profile-head-output = OUTPUT
profile-head-write = WRITES
profile-outputs = { $n ->
    [one] 1 output
   *[other] { $n } outputs
  }
profile-more = `campus profile show ID` has registers and sources; a `.toml` file of your own works as well
profile-models-label = models
profile-phases-label = phases
profile-phases = { $n }
profile-protocol-label = protocol
profile-line-label = line
profile-line = { $bauds } bit/s, parity { $parity }; at most { $max } registers at once, { $gap } ms between requests
profile-evidence-label = evidence
profile-notes-label = on site
profile-source-label = source
profile-modulus = starts again at { $value }
profile-good = { $path }: { $n ->
    [one] 1 example reads
   *[other] { $n } examples read
  } what it claims

evidence-manual = maker's document
evidence-bench = read on a bench
evidence-site = read in buildings
evidence-unverified = second-hand: compare with the display first

parity-none = none
parity-even = even
parity-odd = odd
