# 简体中文。键与 en.ftl 完全一致，由测试保证。
# $名称 由程序填入。错误与提示的句末不加句号。

## 错误：出了什么事，在哪里

error-label = 错误：
hint-label = 提示：
note-label = 说明：
list-or = {" 或 "}
list-and = ，

error-no-agent = 在常用的 { $n } 个位置都找不到正在运行的校园代理程序
error-agent-away = `{ $socket }` 上的代理程序没有应答：{ $why }
error-slow = `{ $socket }` 上的代理程序在 { $n } 秒内没有应答
error-garbled = `{ $socket }` 上应答的不是本程序认识的代理程序：{ $why }
error-no-room = 没有房间 `{ $name }`
error-no-zone = 房间 `{ $room }` 没有灯区 `{ $name }`
error-no-node = 没有节点 `{ $name }`
error-no-source = 没有叫 `{ $name }` 的房间、楼栋、节点或电表
error-no-meter = 没有电表 `{ $name }`
error-no-bus = 没有总线 `{ $name }`
error-no-profile = 没有型号配置 `{ $name }`
error-ambiguous = 有 { $n } 个房间都叫 `{ $name }`
error-refused = 代理程序拒绝了 `{ $about }`：{ $why }
error-bad-time = `{ $text }` 不是有效的时间
error-no-span = `{ $text }` 不是一段时间
error-bad-factor = `{ $text }` 不是有效的倍数
error-bad-host = `{ $text }` 不是带端口的地址
error-bad-unit = 不能在代理程序的总线上查找 `{ $text }`
error-no-qemu = 本机没有 `qemu-system-arm`，无法运行仿真板的固件
error-no-firmware = 找不到仿真板的固件映像
error-qemu-speed = 仿真板只能按实时运行，不能以 { $speed } 倍速运行
error-no-person = 修改账目需要写明由谁经办
error-not-asked = 这里无法询问确认，未作任何改动
error-not-confirmed = 未确认，未作任何改动
error-too-many-rows = { $rows } 行放不下：一张工作表最多 { $max } 行
error-write = 无法写入 `{ $path }`：{ $why }
error-bad-span = `{ $since }` 到 `{ $until }` 之间没有时间
error-file = 无法读取 `{ $path }`：{ $why }
error-output = 无法输出结果：{ $why }

## 提示：该怎么做

hint-no-agent = 想先看看，请在另一个终端运行 `campus demo`；在校园主机上，请运行 `systemctl status campus-agent`
hint-denied = 代理程序在运行，但当前账号无权访问：运行 `sudo usermod -aG campus $USER`，然后重新登录
hint-agent-away = 代理程序在运行吗？请运行 `systemctl status campus-agent`；不写 `--agent`、也不设 `CAMPUS_AGENT` 时，会自动查找常用位置
hint-slow = 它可能正忙，也可能卡住了：请运行 `journalctl -u campus-agent -n 50`
hint-garbled = 请用 `campus --version` 与代理程序的版本比对，并确认这是代理程序的套接字
hint-near = 您要找的是 { $names } 吗？
hint-list = 运行 `{ $command }` 可查看所有名称
hint-ambiguous = 请写 { $names }
hint-busy = 请过几秒再试
hint-internal = 详情请运行 `journalctl -u campus-agent -n 50`
hint-bad-time = 可以写 `08:00`、`2026-11-20`、`2026-11-20 08:00`、`today`（今天）、`yesterday`（昨天）、`yesterday 08:00`，或 `2h`（两小时前）
hint-bad-span = 开始时间必须早于结束时间
hint-no-span = 请写 `开始..结束`，例如 `'2026-11-20 08:00..09:30'` 或 `2026-11-01..2026-11-20`
hint-bad-factor = 请写分数（如 `3/2`）或整数
hint-bad-host = 请写成 `192.0.2.10:502` 的形式
hint-bad-unit = 使用 `--bus` 时地址为 1 至 247；查找 DL/T 645 电表请用 `--port` 或 `--rtu-tcp`
hint-no-qemu = 在 Debian 上：`apt-get install qemu-system-arm`
hint-no-firmware = 用 `cargo xtask boards qemu` 编译，或用 `--firmware 文件` 指明
hint-qemu-speed = 请去掉 `--speed` 或 `--qemu`
hint-no-person = 请加 `--by 姓名`
hint-not-asked = 请加 `--yes`；`--dry-run` 可先看会改什么
hint-too-many-rows = 请改用 `--csv`、更长的时段（如 `--by hour`），或缩短时间
hint-write = 请换一个文件，或腾出空间
hint-profile-file = 请写明文件；`campus profile check --all` 检查本程序自带的型号
hint-config = 运行 `campus config check` 可只检查配置、不启动任何程序
hint-file = 请检查路径，或写明要用的文件
hint-file-denied = 当前账号无权读取：请加 `sudo` 再试

## 系统的回答

io-not-found = 不存在
io-denied = 没有权限
io-refused = 没有程序在监听

## 代理程序的拒绝

problem-not_a_node = `{ $about }` 是网关；只有节点可以接收命令
problem-broker_away = 无法向 `{ $about }` 发送命令：消息服务器已断开
problem-not_polled = `{ $about }` 由节点上报，无法直接读取：{ $why }
problem-no_answer = `{ $about }` 没有应答：{ $why }
problem-refused_by_meter = `{ $about }` 返回错误：{ $why }
problem-cannot_repair = 不能这样修正 `{ $about }`：{ $why }
remedy-not_a_node = 运行 `campus node list` 可查看节点和网关；网关请在其总线上检查，参见 `campus meter list`
remedy-broker_away = 运行 `campus status` 可查看断开时间；照明照常工作
remedy-not_polled = 运行 `campus node show` 可查看节点上报的内容
remedy-no_answer = 请检查电源、通信线和地址；`campus meter list` 显示它所在的总线
remedy-refused_by_meter = 型号配置对吗？可用 `campus meter probe` 查明
remedy-cannot_repair = 运行 `campus energy explain { $about }` 可查看各时段和读数

## stderr 上的说明

note-took = 已将 `{ $name }` 当作 `{ $room }`
note-outranked = 有 { $n } 个灯区正执行比手动更优先的要求；原因请看 `campus room explain { $room }`

## 时间

time-s = { $n } 秒
time-min = { $n } 分钟
time-h = { $n } 小时
time-h-min = { $h } 小时 { $min } 分
time-days = { $n } 天
time-ago = { $duration }前
time-never = 从未

## 代理程序的代码

occupancy-occupied = 有人
occupancy-vacant_pending = 可能无人
occupancy-vacant = 无人
occupancy-unknown = 未知

period-lesson = 上课
period-break = 课间
period-open = 开放时间（无课）
period-closed = 已闭校
period-self_study = 自习
period-exam = 考试

zone-window = 窗侧
zone-inner = 内侧
zone-board = 黑板灯

priority-fire = 消防
priority-lock = 检修锁定
priority-manual = 手动
priority-floor = 上课照度
priority-demand_response = 电网限电
priority-sweep = 闭校关灯
priority-occupancy = 人员占用
priority-daylight = 自然采光
priority-default = 默认

kind-set = 设为 { $level } %
kind-min = 不低于 { $level } %
kind-max = 不高于 { $level } %
kind-off = 关灯
kind-hold = 保持不变

reason-fire = 消防报警
reason-lock = 检修锁定
reason-wall_switch = 有人按了墙壁开关
reason-override = 有人在电脑上手动设定
reason-lesson_floor = 上课：需要 { $target_lx } lx，自然光有 { $daylight_lx } lx
reason-lesson_floor-bare = 上课：需要 { $target_lx } lx，自然光未知
reason-demand_response = 电网要求减负荷
reason-sweep_warn = 已闭校：{ $off_in }内无人活动即关灯
reason-sweep = 已闭校，提醒后仍无人活动
reason-occupied = 房间有人
reason-vacant_pending = 暂未发现有人，还需再等等
reason-vacant = 无人：已有 { $for }未发现有人
reason-inputs_stale = 传感器没有数据：保持不变
reason-daylight_enough = 自然光 { $daylight_lx } lx，需要 { $target_lx } lx
reason-idle = 没有用灯需求
reason-rule = 本校规则
reason-rule_unsure = 本校规则；有输入无数据

no-silent = 无数据
no-off = 已关闭
no-refused = 被拒绝
no-out_of_range = 超出量程
no-not_fitted = 未安装

quantity-motion = 人体移动
quantity-presence = 人体存在
quantity-illuminance_lx = 照度
quantity-co2_ppm = CO₂
quantity-temperature_c = 温度
quantity-humidity_pct = 湿度
quantity-power_w = 功率
quantity-energy_wh = 电量
quantity-level_pct = 亮度
quantity-presses = 开关按动次数
quantity-manual_pct = 手动亮度
quantity-lamp_fault = 灯具故障
quantity-lit_s = 亮灯时长
quantity-voltage_v = 电压
quantity-current_a = 电流
quantity-frequency_hz = 频率
quantity-fire = 火警

state-online = 在线
state-silent = 无数据
state-offline = 离线
state-never = 从未上线

quality-measured = 实测
quality-estimated_shape = 总量准确，分布为估算
quality-incomplete = 可能偏少
quality-suspect = 表底数停走过久，可疑
quality-repaired = 已修正

part-store = 数据库
part-hub = 数据中心
part-broker = 消息服务器
part-meters = 电表
part-clock = 时钟

need-node_silent = 节点 `{ $about }` 已 { $duration }没有数据：请检查它的电源和网络
need-node_conflict = 有两个节点都叫 `{ $about }`：请拔下其中一个，另起名称
need-node_unclaimed = 节点 `{ $about }` 已上线，但不属于任何房间：请把它加入配置，参见 `campus node list --unclaimed`
need-lamp_fault = `{ $about }` 报告灯具故障已 { $duration }：请更换灯具或驱动电源
need-store_failed = 数据库 `{ $about }` 已 { $duration }无法写入：请检查磁盘；照明不受影响
need-broker_away = 消息服务器 `{ $about }` 已断开 { $duration }：请运行 `systemctl status mosquitto` 检查
need-store_set_aside = 数据库曾损坏，已另存为 `{ $about }`，能读出的数据已转入新库：请保留该文件并检查磁盘
need-store_damaged = 数据库 `{ $about }` 中有数据无法读取：请检查磁盘，若需要那段时间的电量请恢复备份
need-node_core = 节点 `{ $about }` 反复故障，已 { $duration }停用传感器，灯具和墙壁开关照常工作：请先运行 `campus node show { $about }` 查看，再运行 `campus node restart { $about }`；若又回到此状态请更换
need-node_panicked = 节点 `{ $about }` 在 { $duration }前因固件故障重启（累计 { $times } 次）：请上报它的最后信息 `{ $text }`
need-node_watchdog = 节点 `{ $about }` 在 { $duration }前卡死，由看门狗重启（累计 { $times } 次）：请检查它的供电和传感器；若再次发生请上报
need-node_energy_lost = { $duration }前的断电最多可能少计了节点 `{ $about }` 自行累计的 { $energy_wh } Wh：除非用于结算，否则无需处理
need-node_settings = 节点 `{ $about }` 已 { $duration }未确认它的设置（版本 { $version }）：它的固件支持吗？可运行 `campus node restart { $about }`
need-node_settings_refused = 节点 `{ $about }` 拒绝了它的设置（版本 { $version }，`{ $why }`）：请修改配置或升级固件
need-frames_lost = 节点 `{ $about }` 丢失了部分数据（总电量由电表读数保证不丢）：请检查它的网络

need-meter_silent = 电表 `{ $about }` 已 { $duration }无应答：请检查电源和通信线，参见 `campus meter list`
need-meter_doubt = 电表 `{ $about }` 的表底数存疑已 { $duration }：请运行 `campus energy repair { $about } --believe` 或 `--refuse`，换过表则运行 `campus meter replace { $about }`
need-meter_open = 电表 `{ $about }` 在 { $duration }前被清零或更换，电量有缺失：请用 `campus meter replace { $about }` 登记新旧表的底数
need-meter_orphan = 电表 `{ $about }` 在读取，但不计入任何合计：请在配置中写明 `room` 或 `building`
need-meter_frozen = 电表 `{ $about }` 已停走 { $duration }，而它平时是走的：请检查电表和互感器
need-meter_residual = `{ $about }` 的分表与总表不符已 { $duration }：请检查变比或线路，参见 `campus report day`
need-bus_away = 总线 `{ $about }` 已断开 { $duration }：请检查转换器或电缆，参见 `campus meter list`
need-bus_full = 总线 `{ $about }` 上的电表已有 { $duration }来不及按时读完：请降低读取频率（`every_s`）或增加总线

## campus status

status-campus-label = 校园
status-campus = { $name }（{ $campus }），代理程序 { $version } 已运行 { $duration }
status-clock-label = 时间
status-clock = { $time }，{ $zone }
status-clock-fast = { $time }，{ $zone }，以 { $speed } 倍速运行
status-broker-label = 消息服务器
status-broker-embedded = 已连接（代理程序内置），{ $url }
status-broker-connected = 已连接 { $url }
status-broker-away = 已断开 { $duration }：{ $url }
status-broker-reconnects = ，重连 { $n } 次
status-nodes-label = 节点
status-nodes = { $total } 个中有 { $heard } 个在线
status-nodes-unclaimed = ，{ $n } 个未登记
status-node-silent = 已 { $duration }没有数据
status-node-never = 从未上线
status-rooms-label = 房间
status-rooms = 共 { $total } 间，{ $occupied } 间有人，{ $lit } 间亮灯
status-rooms-lit-empty = ，{ $n } 间无人亮灯
status-power-label = 当前功率
status-energy-today = ，今日 { $energy }
status-power-unknown = 未计量
status-store-label = 数据库
status-store = { $size }，启动后已保存 { $frames } 帧，{ $waiting } 帧待保存
status-store-oldest = ，最早 { $time }
status-refused-label = 已拒收
status-refused = { $n } 条：{ $reasons }
status-degraded-label = 异常
status-degraded = { $part }，已 { $duration }：{ $what }
status-well = 一切正常，无需人工处理。
status-needs = 有 { $n } 件事需要人工处理：

## campus room

room-head-room = 房间
room-head-occupancy = 人员
room-head-since = 开始
room-head-lux = 照度
room-head-co2 = CO₂
room-head-power = 功率
room-head-today = 今日电量
room-none = 还没有配置房间。
room-since = { $time } 起{ $occupancy }
room-zone-says = 灯具报告 { $level } %
room-zone-quiet = 灯具没有报告
room-until = 到 { $time } 为止
room-readings-label = 读数
room-missing-label = 缺失
room-power-label = 当前功率
room-power = { $power }
room-today = ，今日 { $energy }
room-power-unknown = 未计量
room-nodes-label = 节点
room-nodes-heard = { $nodes }，{ $ago }有数据
room-nodes-never = { $nodes }，从未上线
room-mark-differs = ! 灯具报告的亮度不同
room-mark-quiet = ? 灯具没有报告亮度

explain-zone = { $zone }  { $level } %，{ $time } 起
explain-wins = 采用
explain-loses = 未采用
explain-changes = 最近的变化
explain-no-changes = 还没有变化记录。
explain-change = { $zone } { $from } % → { $to } %

## campus energy

energy-title = { $from } 至 { $to }，按{ $by }
energy-by-slot = 时段
energy-by-hour = 小时
energy-by-day = 天
energy-by-month = 月
energy-head-start = 开始
energy-head-energy = 电量
energy-head-quality = 数据质量
energy-head-meter = 电表
energy-head-label = 名称
energy-head-place = 位置
energy-head-register = 表底数
energy-head-proof = 账目相符
energy-total = 合计
energy-produced = 发电合计
energy-export = { $place }，发电
energy-orphan = 未归属
energy-parts = 缩进的电表是其上一块电表的分表，合计中只计一次。
energy-adds-up = 是
energy-differs = 否：入账 { $posted } Wh，电表显示 { $register } Wh
energy-none = 这段时间内没有电表数据。
energy-resets = ，清零或换表 { $n } 次

## campus node

node-head-node = 节点
node-head-place = 位置
node-head-state = 状态
node-head-heard = 最近数据
node-head-firmware = 固件
node-head-board = 板型
node-head-boot = 启动次数
node-head-frames = 帧数
node-head-duplicates = 重复
node-head-lost = 丢失
node-head-first = 首次出现
node-none = 还没有配置节点。
node-none-unclaimed = 所有在线节点都已归属房间或楼栋。
node-state-label = 状态
node-state = { $state }，{ $ago }有数据
node-state-never = 从未上线
node-conflict = 有两个节点使用同一名称
node-state-core = { $state }，核心模式
node-panic = 最后信息：{ $text }
node-crashes = 累计重启：看门狗 { $watchdog } 次，自身故障 { $panics } 次
node-core = 核心模式：它反复故障，已停用传感器
node-energy-lost = 上次断电最多可能少计 { $energy_wh } Wh（它自行累计的电量）
node-refused = 此后它拒绝了 { $n } 条消息
node-settings-label = 设置
node-settings-in_force = 版本 { $version }，已生效
node-settings-sent = 版本 { $version }，{ $ago }已发送，尚未确认
node-settings-refused = 版本 { $version }，{ $ago }已发送，被拒绝：{ $why }
node-settings-foreign = 生效的是版本 { $in_force }，并非本系统所发
node-place-label = 位置
node-firmware-label = 固件
node-firmware = { $firmware }，板型 { $board }
node-start-label = 最近启动
node-start = 第 { $boot } 次，{ $reset }
node-frames-label = 数据帧
node-frames = 已保存 { $frames } 帧（连续到第 { $acked } 帧），重复 { $duplicates } 帧，丢失 { $lost } 帧
node-readings-label = 读数

told-identify = `{ $node }` 正在闪灯
told-restart = `{ $node }` 正在重启
told-refused = `{ $node }` 拒绝执行：{ $why }
told-no_answer = `{ $node }` 在 5 秒内没有应答；此时尚未收到的命令之后不会再执行
told-hint-refused = 它的固件支持这条命令吗？请运行 `campus node show { $node }`
told-hint-no_answer = 它在线吗？运行 `campus node show { $node }` 可查看最近数据时间

reset-power_on = 上电
reset-watchdog = 看门狗重启
reset-panic = 自身故障后重启
reset-asked = 按要求重启
reset-update = 固件升级
reset-unknown = 原因不明

## campus config check

config-good = { $path }：{ $n } 个房间，没有错误

## campus watch 与 campus demo

watch-clock = { $time }
watch-clock-fast = { $time }  ×{ $speed }
watch-counts = 共 { $total } 间，{ $occupied } 间有人，{ $lit } 间亮灯
watch-counts-empty = 共 { $total } 间，{ $occupied } 间有人，{ $lit } 间亮灯，其中 { $empty } 间无人
watch-needs = 有 { $n } 件事需要人工处理：campus status
watch-head-why = 原因
watch-keys = q 退出   ↑ ↓ 滚动
watch-try = 在另一个终端里试试：
watch-more = 第 { $from } 至 { $to } 间，共 { $total } 间
watch-waiting = 正在等待代理程序 …

happening-occupancy = { $room }  { $occupancy }
happening-level = { $room }  { $zone } { $from } % → { $to } %   { $why }
happening-node-silent = { $place }  节点 { $node } 没有数据
happening-node-back = { $place }  节点 { $node } 恢复数据
happening-degraded = { $part }异常：{ $what }
happening-healed = { $part }恢复正常
happening-ready = { $rooms } 个房间，{ $nodes } 个节点，{ $meters } 块电表；随机种子 { $seed }，{ $speed } 倍速
happening-ready-broker = 消息服务器  { $broker }
happening-ready-socket = 代理程序    { $socket }
happening-ready-folder = 数据目录    { $folder }
happening-ready-emulated = 其中 { $n } 个节点是运行真实固件的仿真板，控制台输出在此文件夹的 节点/console.log
demo-starting = 正在本机启动一个模拟校园 …
demo-stopping = 正在停止 …

summary-title = { $name }：{ $duration }，实际用时 { $real }
summary-rooms-label = 房间
summary-rooms = 来人 { $entered } 次，离开 { $left } 次
summary-lights-label = 照明
summary-lights = 亮度变化 { $moved } 次；{ $zones } 个灯区中 { $followed } 个与要求一致
summary-frames-label = 数据帧
summary-frames = 已保存 { $committed } 帧，重复 { $duplicates } 帧（只计一次），丢失 { $lost } 帧（均有记录）
summary-head-ledger = 账目电量
summary-head-register = 电表电量
summary-head-proof = 是否相符
summary-exact = 是，分毫不差
summary-off = 否，相差 { $wh } Wh
summary-good = 每一瓦时都有账可查。
summary-bad = { $n } 块电表账目不符。可用 `{ $command }` 重现
summary-unfollowed = 有 { $n } 个灯区与要求不一致。可用 `{ $command }` 重现
