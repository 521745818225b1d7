bench-serial-label = 序列号
bench-board-label = 硬件
bench-board = { $board }，固件 { $firmware }
bench-name-label = 节点
bench-new = 尚无：{ $why }
bench-campus-label = 校区
bench-broker-label = 消息服务器
bench-broker-tls = { $broker }，TLS，证书名 `{ $server }`
bench-broker-plain = { $broker }，无 TLS
bench-lamps-label = 灯具
bench-fitted-label = 已接部件
bench-session-label = 会话
bench-connected = 已连接，地址 { $address }
bench-no-address = 没有地址：未接网线，或没有 DHCP
bench-connecting = 正在连接，地址 { $address }
bench-trouble = 无：{ $why }
bench-boot-label = 启动次数
bench-held-label = 保存的数据帧
bench-held = { $n ->
    [0] 没有等待发送的数据帧
   *[other] { $n } 帧等待代理程序确认
}
bench-flash-errors = 闪存写入失败 { $n } 次
bench-wrong-keys = 控制台密钥错误 { $n } 次
bench-readings-label = 读数
bench-erase-sure = `{ $name }` 将忘记名称、凭据和保存的一切。继续？[y/N]
bench-erased = { $serial } 已清除全部内容，将作为新节点启动
bench-waiting = 等待代理程序收到节点的消息（{ $state }）
bench-step-cable = { $ms } ms  在线缆上找到
bench-step-unlock = { $ms } ms  已由代理程序解锁
bench-step-credential = { $ms } ms  凭据已生成并通知消息服务器
bench-step-write = { $ms } ms  身份已写入
bench-step-heard = { $ms } ms  已重新启动，代理程序已收到其消息
bench-step-label = { $ms } ms  标签已写好
bench-done = { $node }（{ $place }）为 { $serial }，{ $s } 秒后收到消息
bench-already = { $node }（{ $place }）已经是 { $serial }
bench-unheard = { $node }（{ $place }）为 { $serial }，但代理程序收不到其消息：{ $why }
bench-total = 共 { $all } 个节点：{ $done } 个完成，{ $failed } 个失败；中位数 { $median } 秒，最长 { $longest } 秒
accept-passed = 正常
accept-failed = 不通过
accept-left-out = 跳过
accept-blink = 灯具闪烁
accept-link = 消息连续无缺失
accept-sensors = 传感器有读数
accept-motion = 能感应到移动
accept-light = 照度读数合理
accept-lamps = 照度传感器能看到自己的灯具
accept-blink-seen = { $ms } 毫秒后应答
accept-link-seen = 收到 { $frames } 帧，丢失 { $lost } 帧
accept-sensors-seen = { $names }
accept-motion-seen = { $s } 秒
accept-light-seen = { $lx } lx
accept-lamps-seen = 关 { $dark } lx，全开 { $bright } lx
accept-warming = 传感器预热中，还需 { $s } 秒
accept-move-now = 请在传感器前走动
accept-yes = { $node } 验收通过
accept-no = { $node } 验收未通过
error-which-room = `{ $port }` 上的节点用于哪个房间？
hint-which-room = 请写明 `--room science/101`；房间有多个节点时用 `--node`
error-which-node = { $n ->
    [0] campus.toml 没有为房间 `{ $room }` 指定节点
   *[other] 房间 `{ $room }` 有 { $n } 个节点
}
hint-which-node-none = 请在该房间的分区中写入 `node = "…"`，并重新启动代理程序
hint-which-node = 请用 `--node` 指明其中一个：{ $names }
error-bad-table = { $path } 第 { $line } 行：`{ $what }` 不可用
hint-bad-table = 第一行为列名：port，room 或 node，另可有 fitted、replace、why；每个端口和节点只能出现一次
error-bad-step = 没有步骤 `{ $step }`
hint-bad-step = 可以跳过的步骤：blink、motion、lamps
