
# campus rule

rule-none = 没有规则：灯具只按自带的方式运行。规则写在配置文件旁边的 rules.toml 里。
rule-head-rule = 规则
rule-head-asks = 要求
rule-head-priority = 级别
rule-head-where = 位置
rule-head-asking = 生效
rule-head-when = 条件
rule-asks-set = 设为 { $lx } lx
rule-asks-min = 不低于 { $lx } lx
rule-asks-max = 不高于 { $lx } lx
rule-asks = { $text }（规则 { $rule }）
rule-asks-unsure = { $text }（规则 { $rule }；有输入无数据，暂时保持）
rule-good = { $path }：{ $n } 条规则，没有错误
rule-bad = { $path }：{ $n } 条规则，{ $findings } 处错误
finding-contradiction = 互相矛盾
finding-shadowed = 从不生效
finding-oscillation = 来回振荡
finding-endless = 没有尽头
finding-unsafe = 不安全
finding-time_gap = 时间
finding-stale = 无数据也动作
finding-race = 与人抢先
finding-unchecked = 太长，无法检查
