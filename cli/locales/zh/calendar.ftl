# 校历与课表。

need-calendar_year = { $about } 年的法定节假日尚未收录，该年按星期计：请升级程序，或在 { $country } 公布后为 `[calendar] years` 编写文件
need-calendar_ended = 校历中最后一个学期“{ $about }”已于 { $last } 结束：请在校历文件中添加下一学期；在此之前按星期计

config-warnings = 需要知道的 { $n } 件事：

day-school = 教学日
day-make_up = 调休上课日
day-weekend = 周末
day-holiday = 节假日
day-vacation = 假期
day-closed = 停课闭校

calendar-head-day = 日期
calendar-head-days = 日期
calendar-head-kind = 类别
calendar-head-why = 说明
calendar-head-month = 月份
calendar-sum = 合计
calendar-from-to = { $from } 至 { $to }
calendar-follows = 按{ $weekday }课表
calendar-follows-unknown = 尚未指定按哪天的课表
calendar-exam = 考试：{ $name }
calendar-week = { $term } 第 { $week } 周
calendar-not-announced = 节假日尚未公布
calendar-source = `{ $country }` { $year } 年法定节假日：{ $source }
calendar-unknown = `{ $country }` { $year } 年法定节假日尚未收录，按星期计
calendar-no-public = 未配置法定节假日：见配置中的 `[calendar] public`
calendar-and = ，

timetable-own = { $room } { $name }：本室课表
timetable-bells = { $room } { $name }：按铃声表上课

error-bad-month = `{ $text }` 不是月份
hint-bad-month = 月份写作 `2026-10`

import-refused = 有 { $n } 处无法导入：
import-left-out = 略去 { $n } 处：
import-head-room = 房间
import-head-lessons = 课时
import-written = 已将 { $n } 条课时写入 { $path }
import-dry = 将有 { $n } 条课时写入 { $path }
import-nothing = 未写入 { $path }
import-name-it = 请在配置中写明 `[timetable] files = ["{ $file }"]`，再运行 `campus config check` 并重启代理程序
import-restart = 下次启动代理程序时生效

error-unknown-form = `{ $path }` 既不是日历也不是表格
hint-unknown-form = 文件名应以 `.ics` 或 `.csv` 结尾
error-not-ours = `{ $path }` 不是由导入写成的，不予替换
hint-not-ours = 用 `--to` 写到另一个文件
hint-input = 请写明文件：`campus timetable import 文件`
