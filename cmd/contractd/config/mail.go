package config

import "contractd/workflow"

// Mail is how contracts leave and come back.
type Mail struct {
	Mode       workflow.Mode `toml:"mode"`        // what may leave
	RedirectTo Address       `toml:"redirect_to"` // who gets every letter in the mode redirect
	Start      Start         `toml:"start"`
	IMAP       IMAP          `toml:"imap"`
	SMTP       SMTP          `toml:"smtp"`
}

// IMAP is the designated mailbox to which suppliers reply.
type IMAP struct {
	Host       string    `toml:"host"`
	Port       Port      `toml:"port"`
	TLS        TLS       `toml:"tls"`
	ServerName string    `toml:"server_name"` // the name its certificate must bear; empty means Host
	CA         string    `toml:"ca"`          // PEM file of roots instead of the system's; empty means the system's
	User       string    `toml:"user"`
	Password   Secret    `toml:"password"`
	Folder     string    `toml:"folder"` // where suppliers' mail arrives
	Sent       string    `toml:"sent"`   // empty means the folder that the server marks \Sent (RFC 6154, 2), else "Sent"
	Folders    FiledInto `toml:"folders"`
	Poll       Duration  `toml:"poll"` // between two looks where IDLE is off or not offered
	Idle       bool      `toml:"idle"`
	MaxSize    Size      `toml:"max_size"` // a larger message is recorded and left alone, not fetched
}

// FiledInto names the folders into which judged messages are moved. Empty means that they stay where they are.
type FiledInto struct {
	Archive  string `toml:"archive"`  // its contract was archived
	Review   string `toml:"review"`   // a person must look
	Rejected string `toml:"rejected"` // a return that failed
	Ignored  string `toml:"ignored"`  // nothing of ours
}

// SMTP is the server that takes our letters.
type SMTP struct {
	Host       string   `toml:"host"`
	Port       Port     `toml:"port"`
	TLS        TLS      `toml:"tls"`
	ServerName string   `toml:"server_name"` // the name its certificate must bear; empty means Host
	CA         string   `toml:"ca"`          // PEM file of roots instead of the system's; empty means the system's
	User       string   `toml:"user"`        // empty means without login, as a relay in the house allows
	Password   Secret   `toml:"password"`
	From       Address  `toml:"from"`
	ReplyTo    Address  `toml:"reply_to"`     // empty means From
	Plus       bool     `toml:"plus_address"` // answers about a contract go there with its id behind a plus
	Timeout    Duration `toml:"timeout"`      // of one step of a transaction, not of the whole message
	MaxSize    Size     `toml:"max_size"`     // of one letter as sent; a larger one is refused before sealing
}

// Start says where a mailbox that was never read begins.
type Start string

// The two beginnings.
const (
	StartNow Start = "now" // Only what arrives from now on, so that years of mail are not answered.
	StartAll Start = "all" // Everything that lies in the folder.
)

// TLS says how a connection is protected.
type TLS string

// The protections.
const (
	TLSDirect   TLS = "tls"      // TLS from the first byte (RFC 8314, 3).
	TLSStartTLS TLS = "starttls" // Upgraded before anything else; a server that cannot is refused.
	TLSNone     TLS = "none"     // In the clear, to loopback addresses only.
)

func (Start) choices() []string { return []string{"now", "all"} }
func (TLS) choices() []string   { return []string{"tls", "starttls", "none"} }
