//! `mosquitto.conf`, for 2.0.11 (Debian 12) and 2.1. Numbers and why stand in docs/operate/broker.md.

/// Which Mosquitto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// 2.0.11 to 2.0.x.
    V2_0,
    /// 2.1 and later: files are plugins, and there are no settings of all listeners at once.
    V2_1,
}

/// How it is told of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A password file and an access list, read again at a reload.
    Files,
    /// A plugin that is told by MQTT, and keeps what it was told.
    DynamicSecurity,
}

/// What differs between campuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conf {
    /// Which Mosquitto.
    pub release: Release,
    /// How it is told of accounts.
    pub form: Form,
    /// Folder of accounts and certificates.
    pub folder: String,
    /// Folder of what survives a restart.
    pub persistence: String,
    /// Folder of Mosquitto's plugins.
    pub plugins: String,
    /// Port with TLS, for nodes, on all addresses.
    pub tls_port: u16,
    /// Port without, on the loopback.
    pub local_port: u16,
}

impl Conf {
    /// As `campus broker init` writes it when nothing else is asked for.
    pub fn usual(release: Release, form: Form) -> Self {
        Self {
            release,
            form,
            folder: "/etc/mosquitto/campus".to_owned(),
            persistence: "/var/lib/mosquitto/".to_owned(),
            // Where Debian has it on amd64; `campus broker init` looks where it is.
            plugins: "/usr/lib/x86_64-linux-gnu".to_owned(),
            tls_port: 8883,
            local_port: 1883,
        }
    }

    /// The file.
    pub fn text(&self) -> String {
        let version = match self.release {
            Release::V2_0 => "2.0.11 (Debian 12) and later 2.0",
            Release::V2_1 => "2.1 and later",
        };
        format!(
            "# Mosquitto for Campus Edge: {version}. Written by `campus broker init`; explained in\n\
             # docs/operate/broker.md.\n\n{}\n{}\n{}\n{HOW_MUCH}{}\n{}",
            self.who(),
            self.for_agent(),
            self.for_nodes(),
            self.limits(),
            self.rest()
        )
    }

    fn who(&self) -> String {
        let Self { folder, plugins, .. } = self;
        let mut text = String::from(
            "# ---- Who may connect ------------------------------------------------------------------------\n",
        );
        if self.release == Release::V2_0 {
            text += "# One rule for all listeners: with `true`, 2.0.12 to 2.0.18 forget persistent sessions.\n\
                     per_listener_settings false\nallow_anonymous false\n";
        }
        text += &match (self.form, self.release) {
            (Form::Files, Release::V2_0) => {
                format!("password_file {folder}/passwd\nacl_file {folder}/acl\n")
            }
            (Form::Files, Release::V2_1) => format!(
                "global_plugin {plugins}/mosquitto_password_file.so\n\
                 plugin_opt_password_file {folder}/passwd\n\
                 global_plugin {plugins}/mosquitto_acl_file.so\n\
                 plugin_opt_acl_file {folder}/acl\n"
            ),
            (Form::DynamicSecurity, release) => {
                let keyword = if release == Release::V2_0 { "plugin" } else { "global_plugin" };
                format!(
                    "# It rewrites its file, so the file belongs to Mosquitto's account.\n\
                     {keyword} {plugins}/mosquitto_dynamic_security.so\n\
                     plugin_opt_config_file {folder}/dynamic-security.json\n"
                )
            }
        };
        text
    }

    fn for_agent(&self) -> String {
        format!(
            "# ---- Where ----------------------------------------------------------------------------------\n\
             # Without TLS, for the agent and whoever else works on this computer.\n\
             listener {} 127.0.0.1\n{}",
            self.local_port,
            self.of_listener()
        )
    }

    fn for_nodes(&self) -> String {
        let Self { folder, tls_port, .. } = self;
        format!(
            "# For nodes: TLS 1.3, with a certificate of the campus's own authority. No `psk_file`: it switches\n\
             # TLS 1.3 off.\n\
             listener {tls_port}\n{}\
             certfile {folder}/server.crt\nkeyfile {folder}/server.key\ntls_version tlsv1.3\n",
            self.of_listener()
        )
    }

    /// What belongs to a listener, and stands behind each.
    fn of_listener(&self) -> String {
        let mut text = String::new();
        if self.release == Release::V2_1 {
            text += "listener_allow_anonymous false\n";
        }
        text += "# Belongs to the listener above it. The session is the account's: without this any node can call\n\
                 # itself `agent`, throw the agent out and take the queue that waits for it.\n\
                 use_username_as_clientid true\n\
                 # Twice the nodes of a large campus: both connections of one that reconnects, and no more.\n\
                 max_connections 2500\n";
        text
    }

    fn limits(&self) -> &'static str {
        // 2.1 has one limit for both, and calls the other old-fashioned.
        match self.release {
            Release::V2_0 => MESSAGE_LIMITS,
            Release::V2_1 => {
                "# The longest payload is 3,072 bytes; below what the agent takes, so no message can wedge it.\n\
                 max_packet_size 8192\n"
            }
        }
    }

    fn rest(&self) -> String {
        let Self { persistence, .. } = self;
        let memory = match self.form {
            Form::Files => "memory_limit 268435456\n",
            // Each command lowers 2.0.11's count of what is allocated, until it is below 0, which counts as very much:
            // with a limit it then takes nothing from anybody any more. Measured: 45 KB a command.
            Form::DynamicSecurity => {
                "# No `memory_limit`: with dynamic security Mosquitto 2.0 counts wrongly, and stops.\n"
            }
        };
        format!(
            "{SESSIONS}{memory}\n\
             # ---- What survives a restart -----------------------------------------------------------------\n\
             # Retained topics. Frames do not depend on it: a node sends again what was not acknowledged.\n\
             persistence true\npersistence_location {persistence}\nautosave_interval 300\n\n\
             # ---- What it says ---------------------------------------------------------------------------\n\
             sys_interval 10\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\n"
        )
    }
}

const HOW_MUCH: &str = "\
# ---- How much -------------------------------------------------------------------------------
# The default of 20 stops an agent that acknowledges only what it has committed.
max_inflight_messages 1000
# Not 0: \"unlimited\" was broken in 2.0.16 and 2.0.21.
max_queued_messages 100000
max_queued_bytes 67108864
";

const MESSAGE_LIMITS: &str = "\
# The longest payload is 3,072 bytes. A longer message is refused, and its sender stays connected; a
# packet beyond the second limit ends the connection. Both are below what the agent takes, so no
# message can wedge it.
message_size_limit 4096
max_packet_size 8192
";

const SESSIONS: &str = "\
# A node that has gone is noticed within three minutes.
max_keepalive 120
# Only for the agent's absence; nodes keep their own frames until `down/ack`.
persistent_client_expiration 14d
queue_qos0_messages false
# What a removed account had retained is not shown any more.
check_retain_source true
";
