# 校历与课表。

need-calendar_year = { $about } 年的法定节假日尚未收录，该年按星期计：请升级程序，或在 { $country } 公布后为 `[calendar] years` 编写文件
need-calendar_ended = 校历中最后一个学期“{ $about }”已于 { $last } 结束：请在校历文件中添加下一学期；在此之前按星期计

config-warnings = 需要知道的 { $n } 件事：
