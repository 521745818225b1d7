# 简体中文：报表。键与 ../en/report.ftl 完全一致，由测试保证。

report-period-day = 日
report-period-week = 周
report-period-month = 月
report-kind-day = 用能日报
report-kind-week = 用能周报
report-kind-month = 用能月报
report-title = { $name }：{ $period }报 { $which }（{ $days }）
report-title-day = { $name }：日报 { $days }
report-days = { $from } 至 { $to }
report-running = 尚未结束，截至 { $time }
report-closed = 其中闭校时段 { $energy }
report-of-lit = 占亮灯时间 { $share }
report-residual = 分表合计 { $parts }，总表 { $whole }，差额 { $share }
report-alarms = { $n } 天报警
report-meters = 电表
report-rooms = 房间
report-incidents = 电表事件
report-no-incidents = 无。
report-quality = 数据质量说明
report-words = 名词解释
report-orphan = { $meter } 在读取，但不计入任何合计：请在配置中写明房间或楼栋
report-note-complete = 完整率 { $share }
report-note-incomplete = { $n } 个时段可能偏少
report-note-suspect = { $n } 个时段停走
report-written = 已写入 { $path }
report-made = { $time }（{ $zone }）由 campus { $version } 生成，校园 { $campus }。

weekday-mon = 周一
weekday-tue = 周二
weekday-wed = 周三
weekday-thu = 周四
weekday-fri = 周五
weekday-sat = 周六
weekday-sun = 周日

currency-cny = { $amount } 元
currency-eur = { $amount } 欧元
currency-gbp = { $amount } 英镑
currency-usd = { $amount } 美元

## 关键指标

kpi-energy = 用电量
kpi-change = ，环比 { $change }
kpi-against = 环比 { $change }
kpi-no-before = 暂无上期数据可比
kpi-export = 发电量
kpi-export-note = 未从用电量中扣除
kpi-cost = 电费
kpi-tariff = 按 { $tariff } 起的电价
kpi-co2 = CO₂ 排放
kpi-factor = { $factor } g/kWh，{ $year } 年，{ $source }
kpi-factor-older = { $factor } g/kWh（{ $year } 年，暂无更新因子），{ $source }
kpi-peak = 最高功率
kpi-at = { $time }
kpi-base = 基础负荷
kpi-base-note = 每日最低四小时的平均值
kpi-closed = 闭校时段占比
kpi-closed-split = 教学日 { $school }，周末 { $other }，节假日 { $free }
kpi-lit-empty = 无人亮灯
kpi-rooms = { $n } 间合计
kpi-dark = 有人但偏暗
kpi-dark-note = 上课时段，全部房间合计
kpi-complete = 数据完整率
kpi-estimated = { $share } 的电量仅总量准确

## 图表

chart-days = 每日用电量
chart-open = 开放时段
chart-closed = 闭校时段
chart-doubtful = 部分为估算
chart-day-says = { $day }：{ $energy }，其中闭校时段 { $closed }
chart-hours = 一天中各小时平均功率
chart-base = 基础负荷 { $power }
chart-buildings = 各楼用电量
chart-bands = 分时电费
chart-rooms = 无人亮灯最多的房间
chart-empty = 亮灯且无人
chart-lit = 其他亮灯
chart-residuals = 总表与分表差额
chart-parts = 分表计量
chart-rest = 差额
chart-beyond = 分表合计超过总表

## 表格

table-meter = 电表
table-place = 位置
table-kwh = kWh
table-complete = 完整率
table-estimated = 估算占比
table-notes = 备注
table-room = 房间
table-occupied = 有人
table-lit = 亮灯
table-lit-empty = 无人亮灯
table-lit-hold = 延时亮灯
table-dark = 有人偏暗
table-unknown = 未知

## 说明

quality-statement = { $meters } 块电表的全部时段中，{ $complete } 有实测记录。{ $estimated } 的电量总量准确，随时间的分布为估算。
statement-incomplete = 有 { $count } 个时段的电量可能偏少：其间电表被清零或更换，尚无人登记当时的表底数。
statement-suspect = 有 { $count } 个时段表底数停走过久：看似节能，可能是故障。
statement-sums = 属于其他电表的分表只计一次。每块电表的电量之和与其表底数分毫不差，可用 `campus energy audit` 核对。

define-base = 每天最低的八个半小时的平均功率：没人用电时仍在消耗的部分。
define-closed = 作息时间表规定的闭校时间内的用电占比。
define-complete = 全部电表的全部时段中有实测记录的比例。低于 90 % 时不宜比较。
define-lit-empty = 亮着灯而确定无人的时间；灯在等人回来的延时不算在内。
define-dark = 上课时有人，而桌面照度低于要求。
define-residual = 总表计到而分表都没有计到的电量：未装表的线路和损耗。分表合计超出总表 5 % 以上，说明变比或线路有误。
