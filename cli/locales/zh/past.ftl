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
