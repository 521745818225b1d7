## campus room explain --at, campus rule replay

error-still-to-come = `{ $text }` 还没有到
error-not-kept = 记录不包含 `{ $text }`
hint-still-to-come = 校园现在是 { $now }；请写之前的时间，例如 `yesterday 14:05`（昨天），或 `2h`（两小时前）
hint-not-kept = 记录从 { $from } 开始
hint-nothing-kept = 还没有记录；请等系统运行一段时间后再试
problem-too_much = `{ $about }` 需要读取的记录太多：{ $why }
remedy-too_much = 请缩短时间范围

explain-then = { $time } 时的情况
explain-deaf = { $from } 到 { $to } 代理程序没有运行：这里是它停止时的情况。
explain-by-then = 按当时的配置解释（{ $time } 起生效）；现在的配置已不同。
explain-by-nearly = 按 { $time } 保存的配置解释；它引用的文件或程序此后有变化。
explain-by-today = 按现在的配置解释：当时的配置没有保存，或已无法读取。
explain-damaged = 有 { $n } 条记录无法读取，这里缺少它们的内容。
explain-inputs = 依据
explain-no-inputs = 这个房间的节点当时还没有上报过数据。
explain-age = { $duration }前
explain-stale = 太旧，不作依据

replay-kind = 在过去的记录上试用其他设置
replay-title = { $from } 至 { $to }
replay-rows = 重放了 { $rows } 条记录。
replay-same = 这段时间亮度变化 { $recorded } 次；重放的结果完全一致。
replay-not-same = 这段时间亮度变化 { $recorded } 次；重放得到 { $again } 次，并不完全一致。
replay-not-by-today = 这段时间并非一直使用现在的设置：“现在”指现在的设置会怎样做。
replay-model = 电量：按灯具电表测得的功率，与亮度成正比。照度按各灯区的 lamp_lx 对不同的亮度作了修正。人的行为按记录不变：无法预见有人因为光线不同而去按开关。
replay-rooms = 房间
replay-first-moments = 最先出现差异的时刻
replay-head-room = 房间
replay-head-side = 设置
replay-head-when = 时间
replay-head-levels = 亮度
replay-head-who = 变化的一方
replay-head-lamps = 亮灯时间
replay-head-energy = 电量
replay-head-empty = 无人亮灯
replay-head-dark = 光线不足
replay-head-switchings = 开关次数
replay-today = 现在
replay-tried = 试用
replay-moments = { $room }：亮度出现 { $n } 次差异，各灯区合计 { $hours }
replay-levels = { $zone }：{ $today } %，试用 { $tried } %
replay-tried-moved = 试用的设置改变了亮度
replay-today-moved = 只有现在的设置改变了亮度
replay-more = …还有 { $n } 次
