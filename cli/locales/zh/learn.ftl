## campus room explain：是否有人

votes-title = 有人的可能性：{ $chance } %
votes-motion = 移动
votes-air = 空气
votes-custom = 习惯
votes-all = 合计
votes-hold = 最后一次移动后保持 { $duration }：{ $why }
vote-seen = 传感器看到有人
vote-quiet = 已有 { $duration }没有移动
vote-air = CO₂ 比无人时 { $excess } ppm，10 分钟内 { $fast }，30 分钟内 { $slow }
vote-habit = 这个时段房间有 { $used } % 的时间有人使用
vote-timetable = 课表：{ $period }
hold-usual = 按配置
hold-left = 人已离开
hold-passed = 只是有人经过
hold-air = 空气表明仍有人在

## campus room learn

learn-title = 根据 { $from } 至 { $to } 的记录学习；重放了 { $rows } 条记录。
learn-outcome-better = 找到了更好的参数
learn-outcome-no_better = 现在的参数已同样好
learn-outcome-too_little = 记录太少，无法学习
learn-truth-known = 依据已知的真实情况
learn-truth-movement = 依据事后看到的移动
learn-past = ：有人 { $occupied }，无人 { $empty }；上学日 { $school } 天，其他日 { $other } 天
learn-no-air = 其中有 CO₂ 读数的时间为 { $there }；少于 { $needed } 时只学习使用习惯
learn-head-there = 现有
learn-head-needed = 需要
learn-head-today = 现在
learn-head-learnt = 学到
learn-known = 已知是否有人的时间
learn-occupied = …其中有人
learn-empty = …其中无人
learn-lacking = 请等记录更多后再试，或用 `--truth 文件` 说明房间何时有人。
learn-school-days = 上学日各小时的使用情况
learn-other-days = 其他日各小时的使用情况
learn-not-known = 未知
learn-missed = 有人而未判断出
learn-false = 无人而判断为有人
learn-balanced = 平衡准确率
learn-model = 只用空气和习惯判断，以便在传感器看不清时起作用；并且是在用来学习的同一段时间上判断：换一段时间会稍差一些。
learn-end-nothing = 没有需要更改的内容。
learn-end-dry = 没有更改任何内容。加上 `--apply` 会更改 { $config } 中的 { $n } 个房间。
learn-end-applied = 已更改 { $config } 中的 { $n } 个房间。下次启动代理程序时生效：`sudo systemctl restart campus-agent`

error-truth-column = `{ $path }`:{ $line }：缺少列 `{ $text }`
error-truth-line = `{ $path }`:{ $line }：此行的格式不对（{ $text }）
error-truth-room = `{ $path }`:{ $line }：没有房间 `{ $text }`
error-truth-time = `{ $path }`:{ $line }：`{ $text }` 不是时间
error-truth-order = `{ $path }`:{ $line }：`{ $text }` 的结束早于开始
error-truth-occupied = `{ $path }`:{ $line }：`{ $text }` 没有说明是否有人
error-truth-overlap = `{ $path }`:{ $line }：第 { $text } 行已经说明了这段时间
error-truth-nothing = `{ $path }`:{ $line }：表头下面没有内容
hint-truth-file = 请指定一个表格文件，列为 `room,from,until,occupied`
hint-truth-column = 第一行为 `room,from,until,occupied`，顺序不限；其他列会被忽略
hint-truth-line = 每行例如 `science/101,2026-11-02 08:00,2026-11-02 09:30,yes`；含逗号的值要加双引号
hint-truth-room = `campus room list` 列出所有房间
hint-truth-time = 时间例如 `2026-11-02 08:00`，或 `2026-11-02T00:00:00Z`
hint-truth-order = `from` 是开始时间，`until` 是结束时间
hint-truth-occupied = 请写 `yes`、`no` 或人数
hint-truth-overlap = 请删去其中一行，或让一行在另一行开始时结束
hint-truth-nothing = 每行例如 `science/101,2026-11-02 08:00,2026-11-02 09:30,yes`
error-other-numbers = `{ $path }` 中 `{ $room }` 的参数与正在运行的代理程序不同；没有写入任何内容
hint-other-numbers = 请用 `--config` 指定代理程序自己的文件；如果文件在启动后改过，请先重新启动代理程序
error-by-hand = `{ $path }` 中 `{ $room }` 的写法无法自动更改；没有写入任何内容
hint-by-hand = 请把这些行写到该房间的 `[room.occupancy]` 下面
