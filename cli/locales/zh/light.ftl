## 灯具在光照传感器处的贡献

light-label = 光照 { $zone }
light-desk = 桌面 { $lx } lx，目标 { $target } lx
light-line = { $desk }{ $seen }，{ $known }
light-seen = ，传感器 { $seen } lx，其中日光 { $daylight } lx
light-desk-unknown = 桌面照度未测得
light-known = 灯具在 { $sensor } 处增加 { $adds } lx（{ $n ->
    [0] 按配置
   *[other] 配置或实测 { $base } lx，已从 { $n } 次调光中学习
}）
calibrate-progress = 第 { $step } 步，共 { $steps } 步：{ $levels }
calibrate-done = { $room } 的灯具已测定；教室已恢复自动。
calibrate-ready = { $room } 现在可以测定。步骤如下：
calibrate-failed = 已中止：{ $why }。教室已恢复自动，未做任何更改。
calibrate-in-force = 自 { $time } 起生效，测定人 { $by }：
calibrate-at = 于 { $sensor }
calibrate-none = 此处尚未测定。各区目前依据：
calibrate-why-pressed = 有人按了墙面开关
calibrate-why-came = 有人进入
calibrate-why-held = 有更高优先级改变了灯光（人工、锁定或火警）
calibrate-why-unsteady = 测定期间自然光发生变化
calibrate-why-no_answer = 灯具或传感器两分钟内没有响应
calibrate-why-resumed = 服务重启或时钟被调整
calibrate-why-ended = 已被人工结束
calibrate-why-no_effect = 某区的灯具对任何传感器都没有影响
problem-cannot_calibrate_running = { $about } 正在测定
problem-cannot_calibrate_occupied = { $about } 有人、刚有人离开，或情况不明
problem-cannot_calibrate_lesson = { $about } 正在上课
problem-cannot_calibrate_no_sensor = { $about } 没有可用的光照传感器
problem-cannot_calibrate_no_level = { $about } 有节点没有报告灯具亮度
problem-cannot_calibrate_held = { $about } 的亮度正被人工保持
problem-cannot_calibrate_unsteady = { $about } 的自然光不稳定，或观察时间不够
problem-cannot_calibrate_bright = { $about } 自然光太强，无法分辨灯具
remedy-cannot_calibrate_running = 请等待，或用 `campus room auto { $about }` 结束
remedy-cannot_calibrate_occupied = 请等教室空下来；使用 `--force` 时灯具不低于 10 %
remedy-cannot_calibrate_lesson = 请在课后进行，最好在夜间；`--force` 可强制进行
remedy-cannot_calibrate_no_sensor = `campus room show { $about }` 会说明缺少什么
remedy-cannot_calibrate_no_level = `campus room show { $about }` 会说明哪些灯具没有报告
remedy-cannot_calibrate_held = 用 `campus room auto { $about }` 结束
remedy-cannot_calibrate_unsteady = 请稍等几分钟或等到天黑；`--force` 可强制进行，但精度较低
remedy-cannot_calibrate_bright = 请在较暗时进行；`--force` 可强制进行，但精度较低
need-lamp_lx_differs = { $about } 的 { $zone } 灯具增加 { $learnt } lx，而不是 { $said }：请在教室空闲时运行 `campus room calibrate { $about }`，或更正 `lamp_lx`
