package mailserver

// Faults are ways in which real servers misbehave. The zero value is a good server.
type Faults struct {
	// IMAP
	NoIdle      bool   // IDLE is not offered.
	NoMove      bool   // MOVE is not offered.
	NoUIDPlus   bool   // UIDPLUS is not offered.
	NoID        bool   // ID is not offered.
	RequireID   bool   // NetEase: SELECT is refused as "Unsafe Login" unless ID was sent after the login.
	CutBody     int64  // The connection ends about so many bytes into a message's body; 0 never.
	StallBody   int64  // The server falls silent about so many bytes into a message's body; 0 never.
	KillUID     uint32 // Asking for the body of this message ends the connection; 0 none.
	NoBodyUID   uint32 // Asking for the body of this message yields OK and nothing; 0 none.
	SizeFactor  int64  // RFC822.SIZE is so many times the truth; 0 means 1.
	DeafIdle    bool   // IDLE tells nothing.
	RefuseLogin string // The text of a NO to every login; empty to check the password.
	FindAll     bool   // SEARCH HEADER finds every message.

	// SMTP
	Answers           map[Step]Answer // What is said at a step in place of the truth.
	CloseAt           Step            // The connection ends at this step.
	SilentAfterDot    bool            // The message is taken, and no answer comes.
	HoldDot           <-chan struct{} // The message is taken, and the answer comes when this is closed; nil for at once.
	SenderMustBeLogin bool            // QQ, NetEase: 553 unless MAIL FROM is the login.
	GrayList          bool            // The first RCPT for each recipient is answered by 450.
}

// Step is a moment of an SMTP transaction.
type Step string

const (
	StepAuth Step = "AUTH"
	StepMail Step = "MAIL"
	StepRcpt Step = "RCPT"
	StepDot  Step = "DOT" // After the final dot.
)

// Answer is an SMTP reply, such as {552, "message too large"}.
type Answer struct {
	Code int
	Text string
}

// SetFaults changes how the server behaves from now on, also on open connections.
func (s *Server) SetFaults(faults Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faults
}

func (s *Server) behaviour() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}
