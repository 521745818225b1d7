# 简体中文：电量的核对、修正与导出。键与 ../en/ledger.ftl 完全一致，由测试保证。

flow-import = 用电
flow-export = 发电

cause-normal = 正常
cause-gap = 读数缺失
cause-opening = 首次读数
cause-reset = 表底数清零
cause-rollover = 表底数翻转
cause-replaced = 已换表
cause-glitch = 剔除错误读数
cause-clock = 时钟未校准
cause-ratio = 变比改变
cause-frozen = 表底数停走
cause-repaired = 已修正

incident-opening = 首次读数
incident-rollover = 表底数满量程后从 0 开始
incident-reset = 表底数被清零
incident-replaced = 表底数突变
incident-declared = 人工登记换表
incident-glitch = 剔除错误读数
incident-frozen = 表底数停走后补上
incident-ratio = 互感器变比改变
incident-clock = 时钟被拨回
incident-doubt = 表底数存疑
incident-registers = ：{ $before } kWh → { $after } kWh，之前最后一次可信读数 { $since }
incident-is-withdrawn = ，后来已有解释
incident-is-open = ；在用 `campus meter replace { $meter }` 登记表底数之前，这段电量缺失

## campus energy audit

audit-none = 这段时间内没有账目。
audit-span = { $from } 至 { $to }
audit-first = 起始表底数
audit-last = 终止表底数
audit-jumps = 跳变
audit-less-first = 减起始表底数
audit-less-jumps = 减跳变
audit-expected = 应有电量
audit-posted = 入账电量
audit-measured = 其中实测
audit-estimated = 其中仅总量准确
audit-incomplete = 其中可能偏少的时段
audit-repaired = 其中经人工修正
audit-quarantined = 存疑，未入账
audit-jumps-n = { $n } 次跳变不计电量
audit-equal = 相等
audit-off = 不相等：相差 { $wh } Wh
audit-n-slots = 共 { $count } 个时段
audit-missing = ，{ $count } 个没有记录
audit-suspect = ，{ $count } 个时段表底数停走过久，可疑
audit-missing-short = 缺 { $count } 个时段
audit-suspect-short = { $count } 个时段可疑
audit-repairs-short = 修正 { $count } 次
audit-no = 否
audit-broken = { $time } 的时段与表底数对不上：运行 `campus energy explain { $meter }` 可查看明细
audit-unit = 表底数与电量的单位为 Wh。
audit-good = { $n } 块电表核对无误，分毫不差。
audit-bad = { $n } 块电表中有 { $failed } 块核对不符。

## campus energy explain

ledger-none = 这段时间内没有入账。
ledger-head-slot = 时段
ledger-head-read = 最后读数
ledger-head-cause = 原因
ledger-revision = 第 { $n } 行
ledger-no-reading = 无
ledger-incidents = 电表事件
ledger-repairs = 修正记录

## campus energy repair 与 campus meter replace

repair-what-ignore = 剔除读数
repair-what-believe = 采信存疑底数
repair-what-refuse = 不采信存疑底数
repair-what-factor = 按变比修正
repair-what-replace = 换表
repair-line = 修正 { $id }，{ $at }，{ $by }：{ $what }，{ $before } Wh → { $after } Wh：{ $why }
repair-span-label = 时段
repair-span = { $from } 至 { $to }，其中 { $n } 个时段改变
repair-before-label = 修正前
repair-after-label = 修正后
repair-by-label = 经办人
repair-why-label = 原因
repair-done = 已完成：修正 { $id }。运行 `campus energy audit --of { $meter }` 可核对。
repair-dry = 未作任何改动：这只是试算。
repair-nothing-past = 已完成，以往的账目无需改动。
confirm-repair = 确定修改吗？[y/N]

## campus energy export

export-written = { $path }：{ $meters } 块电表，{ $rows } 行，{ $from } 至 { $to }

sheet-title = 电量
sheet-rows = 电量明细
sheet-totals = 合计
sheet-meter = 电表
sheet-label = 名称
sheet-place = 位置
sheet-start = 开始时间
sheet-offset = 时差
sheet-utc = 开始时间 UTC
sheet-wh = Wh
sheet-kwh = kWh
sheet-quality = 数据质量
sheet-cause = 原因
sheet-revision = 修订
sheet-parent = 上级电表
sheet-flow = 方向
sheet-register = 表底数 Wh
sheet-proof = 账目相符
sheet-counted = 计入合计
sheet-yes = 是
sheet-no = 否
sheet-part = 否（分表）
