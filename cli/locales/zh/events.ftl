## campus fire, campus demand, campus room lock and scene

need-fire = `{ $about }` 火警，来自 `{ $by }`，{ $duration } 前：该处灯光全开；用 `campus fire off` 结束
need-fire_fallen = `{ $about }` 的火警输入 `{ $by }` 已复位：请现场确认，然后运行 `campus fire off`
need-fire_silenced = `{ $by }` 的火警已由人工结束，但其输入仍在报警：请检修或复位
need-fire_input = 火警输入 `{ $about }` 已 { $duration } 没有读数；仍按最后一次的状态处理：请检查其节点
need-lock = `{ $about }` 的 `{ $zone }` 分区已被 { $by } 锁定在 { $level_pct } %，{ $duration }（{ $why }）：完工后运行 `campus room unlock { $about }`

problem-no_such_building = 没有楼 `{ $about }`
problem-no_such_scene = 没有场景 `{ $about }`
problem-no_such_demand = 没有名为 `{ $about }` 的需求响应
remedy-no_such_building = `campus room list` 列出全部：`/` 之前的部分
remedy-no_such_scene = `lesson`、`projection`、`exam`、`off`、`auto`，以及配置文件中的场景
remedy-no_such_demand = `campus demand show` 列出全部

fire-none = 没有火警。
fire-inputs = 火警输入
fire-everywhere = 全校
fire-on = 火警 { $place }，{ $time } 起，来自 { $by }
fire-fallen = 火警 { $place }，{ $time } 起；其输入 { $by } 已复位
fire-silenced = { $place }：已由 { $who } 结束；输入 { $by } 仍在报警
fire-input-on = 报警
fire-input-off = 正常
fire-input-none = 没有读数

demand-none = 电网没有要求降低负荷。
demand-exempt = 不参与：{ $rooms }
demand-ahead = { $from } 至 { $until } 降低 { $pct } %（`{ $id }`，{ $by }：{ $why }）
demand-running = 现在降低 { $pct } %，至 { $until }（`{ $id }`，{ $by }：{ $why }）
demand-over = { $from } 至 { $until } 降低 { $pct } %，已结束（`{ $id }`，{ $by }：{ $why }）
demand-ended = { $from } 至 { $until } 降低 { $pct } %，由 { $who } 提前结束（`{ $id }`，{ $by }：{ $why }）
demand-now = 现在比 { $would } 少 { $saved }（{ $pct } %）；要求 { $asked }
demand-mean = 平均比 { $would } 少 { $saved }（{ $pct } %）；要求 { $asked }
demand-bounded = ；{ $n } 个分区因上课或有人要求而保留更多灯光
demand-unmetered = ；{ $n } 个亮灯分区没有计量

status-fire-label = 火警
status-fire = 报警：该处灯光全开
status-demand-label = 电网
status-demand = 降低 { $pct } %，至 { $until }，来自 { $by }

room-scene-label = 场景
scene-lesson = 上课
scene-projection = 投影
scene-exam = 考试
scene-off = 关灯
