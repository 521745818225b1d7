# 简体中文：电表、总线与电表型号。键与 ../en/meters.ftl 完全一致，由测试保证。

## campus meter list

meter-none = 还没有配置电表，也没有节点上报电表。
meter-head-read-by = 读取方式
meter-by-node = 由节点上报
meter-head-bus = 总线
meter-head-link = 连接
meter-head-use = 占用
meter-head-members = 设备数
meter-head-requests = 请求
meter-head-timeouts = 无应答
meter-head-refusals = 被拒绝
meter-use = { $used } %，上限 { $budget } %
bus-up = 已连接
bus-away = 已断开

meter-state-ok = 正常
meter-state-silent = 无应答
meter-state-refused = 拒绝读取
meter-state-doubt = 读数存疑
meter-state-never = 从未读到
meter-state-orphan = 未归属

meter-wrong-sum = { $meter }：入账电量与表底数不符；运行 `campus energy audit --of { $meter }` 可查出在哪里
meter-wrong-silent = { $meter }：{ $since } 起无应答：请检查电源和通信线
meter-wrong-silent-why = { $meter }：{ $since } 起无应答（{ $why }）：请检查电源和通信线
meter-wrong-refused = { $meter }：{ $since } 起返回错误（{ $why }）：型号配置对吗？可用 `campus meter probe` 查明
meter-wrong-doubt = { $meter }：{ $since } 起显示 { $doubt } kWh，目前采信 { $register } kWh：请运行 `campus energy repair { $meter } --believe` 或 `--refuse`，换过表则运行 `campus meter replace { $meter }`
meter-wrong-never = { $meter }：从未应答：请用 `campus meter probe` 检查地址、接线和型号
meter-wrong-orphan = { $meter }：在读取，但不计入任何合计：请在配置中写明 `room` 或 `building`

## campus meter read

read-title = { $profile }，{ $time } 读取，用时 { $ms } 毫秒
read-head-quantity = 量
read-head-value = 数值
read-head-unit = 单位
read-head-register = 寄存器
read-head-raw = 原始数据

measure-energy_import = 正向有功电量
measure-energy_export = 反向有功电量
measure-energy_total = 组合有功电量
measure-energy_import_l1 = A 相正向电量
measure-energy_import_l2 = B 相正向电量
measure-energy_import_l3 = C 相正向电量
measure-energy_export_l1 = A 相反向电量
measure-energy_export_l2 = B 相反向电量
measure-energy_export_l3 = C 相反向电量
measure-energy_import_t1 = 费率 1 正向电量
measure-energy_import_t2 = 费率 2 正向电量
measure-energy_import_t3 = 费率 3 正向电量
measure-energy_import_t4 = 费率 4 正向电量
measure-power = 有功功率
measure-power_l1 = A 相有功功率
measure-power_l2 = B 相有功功率
measure-power_l3 = C 相有功功率
measure-demand = 需量
measure-demand_max = 最大需量
measure-voltage_l1 = A 相电压
measure-voltage_l2 = B 相电压
measure-voltage_l3 = C 相电压
measure-voltage_avg = 平均相电压
measure-voltage_l12 = AB 线电压
measure-voltage_l23 = BC 线电压
measure-voltage_l31 = CA 线电压
measure-current_l1 = A 相电流
measure-current_l2 = B 相电流
measure-current_l3 = C 相电流
measure-current_n = 零线电流
measure-current_avg = 平均电流
measure-power_factor = 功率因数
measure-power_factor_l1 = A 相功率因数
measure-power_factor_l2 = B 相功率因数
measure-power_factor_l3 = C 相功率因数
measure-frequency = 频率
measure-reactive_power = 无功功率
measure-reactive_power_l1 = A 相无功功率
measure-reactive_power_l2 = B 相无功功率
measure-reactive_power_l3 = C 相无功功率
measure-apparent_power = 视在功率
measure-apparent_power_l1 = A 相视在功率
measure-apparent_power_l2 = B 相视在功率
measure-apparent_power_l3 = C 相视在功率
measure-reactive_energy_import = 正向无功电量
measure-reactive_energy_export = 反向无功电量
measure-reactive_energy_total = 组合无功电量
measure-apparent_energy = 视在电量

## campus meter probe

probe-made = { $duration }内发出 { $count } 次请求
probe-cut = 时间已到，尚未试完：请减少地址，或指定型号。
probe-nobody = 没有设备应答。请检查 A、B 线，波特率和校验位，以及 `--address` 的范围。
probe-address = 地址 { $address }
probe-stranger = 有应答，但与已知型号都不相符。提供铭牌信息会有帮助：`--model`、`--kwh`。
probe-order = {"  "}字序 { $order }
probe-paste = 可粘贴到 campus.toml
probe-name-it = 请起个名字：它在账目中永久使用
probe-place-it = 或写 `building`；都不写则不计入任何合计
probe-progress = 地址 { $address }，第 { $nth } / { $of } 个 …
probe-answered = 地址 { $address } 有应答：已试 { $n } 种读法
probe-failed = 无法在 `{ $link }` 上查找：{ $why }
probe-failed-hint = 是否有别的程序占用？若代理程序在运行，请写明它的总线：`--bus 名称`

guess-kwh_matches = 底数与表上显示一致
guess-kwh_differs = 底数与表上显示不一致
guess-model_matches = 型号与铭牌一致
guess-model_similar = 型号与铭牌有些相似
guess-model_differs = 铭牌上是另一型号
guess-maker_matches = 厂家与铭牌一致
guess-frequency_plausible = 频率符合电网
guess-frequency_implausible = 频率不符合电网
guess-voltage_plausible = 电压符合电网
guess-voltage_implausible = 电压不对
guess-energy_plausible = 底数已有累计
guess-energy_zero = 底数为零
guess-energy_implausible = 底数不可信
guess-energy_missing = 没有电量寄存器
guess-power_fits = 功率与电压、电流相符
guess-power_implausible = 功率与电压、电流不符
guess-current_implausible = 电流不可信
guess-power_factor_implausible = 功率因数大于 1
guess-protocol_matches = DL/T 645 应答完整
guess-registers_missing = 缺少部分寄存器
guess-most_missing = 缺少大部分寄存器
guess-no_answer = 没有任何应答
guess-other_order = 字序不是该型号的常用字序
guess-unverified = 型号配置为转引
guess-twin = 另有型号同样相符：请看铭牌

## campus profile

profile-head-id = 型号配置
profile-head-models = 型号
profile-head-protocol = 协议
profile-head-evidence = 依据
profile-head-quantities = 可读量
profile-head-type = 类型
profile-head-also = 其他
profile-head-output = 输出
profile-head-write = 写入
profile-outputs = { $n } 路输出
profile-more = 运行 `campus profile show 名称` 可查看寄存器和出处；也可使用自己的 `.toml` 文件
profile-models-label = 型号
profile-phases-label = 相数
profile-phases = { $n }
profile-protocol-label = 协议
profile-line-label = 线路
profile-line = { $bauds } bit/s，校验位 { $parity }；一次最多读 { $max } 个寄存器，请求间隔 { $gap } 毫秒
profile-evidence-label = 依据
profile-notes-label = 现场须知
profile-source-label = 出处
profile-modulus = 到 { $value } 归零
profile-good = { $path }：{ $n } 个示例全部相符

evidence-manual = 厂家文档
evidence-bench = 实验台实测
evidence-site = 楼内实测
evidence-unverified = 转引：请先与表上显示核对

parity-none = 无
parity-even = 偶校验
parity-odd = 奇校验
