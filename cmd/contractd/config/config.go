// Package config reads contractd's configuration: a TOML file over the defaults of this package.
//
// It promises that unknown keys, wrong types and all faults of meaning are reported at once, each with its key and
// line; that what Load returns without faults is complete and within range; and that relative paths are resolved
// against the folder of the file. It does not promise that the files which it names exist, nor that any server
// answers: Config.CheckFiles looks at the files, `contractd doctor` asks the servers.
package config

import "contractd/workflow"

// Config is the whole configuration after defaults, file and validation.
type Config struct {
	Path      string    `toml:"-"`          // the file it was read from
	DataDir   string    `toml:"data_dir"`   // absolute
	Socket    string    `toml:"socket"`     // of the control API, absolute; empty means in DataDir
	InlineMax Size      `toml:"inline_max"` // documents up to this size live in the database, larger ones are files
	Disk      Disk      `toml:"disk"`
	Log       Log       `toml:"log"`
	Company   Company   `toml:"company"`
	Mail      Mail      `toml:"mail"`
	Keys      []Key     `toml:"keys"`
	Seal      Seal      `toml:"seal"`
	Timestamp Timestamp `toml:"timestamp"`
	Trust     Trust     `toml:"trust"`
	Contracts Contracts `toml:"contracts"`
	Notify    Notify    `toml:"notify"`
	API       API       `toml:"api"`
	Users     []User    `toml:"users"`
	Metrics   Metrics   `toml:"metrics"`

	lines lines
}

// Log says what is logged and how.
type Log struct {
	Level  LogLevel  `toml:"level"`
	Format LogFormat `toml:"format"`
}

// Company is the issuer: whom suppliers read about in the letters.
type Company struct {
	Name     string            `toml:"name"`
	Language workflow.Language `toml:"language"` // of letters to suppliers whose own language is not known
	Contact  string            `toml:"contact"`  // one line that tells a supplier whom to ask
	Timezone Timezone          `toml:"timezone"` // of dates in letters, on seals and in --deadline
	Letters  string            `toml:"letters"`  // folder whose files replace letters of the same name; empty means none

	Code         string   `toml:"code"`         // 统一社会信用代码: by it own certificates are recognised; empty means by no code
	Certificates []string `toml:"certificates"` // files or folders of own certificates whose keys are elsewhere
}

// Contracts is the policy for every contract that does not say otherwise.
type Contracts struct {
	Release         Release         `toml:"release"`
	Archive         Archive         `toml:"archive"`
	NewMarks        NewMarks        `toml:"new_marks"`
	ConfirmAbove    Amount          `toml:"confirm_above"`     // a larger contract waits for a person; zero means none does
	TwoPersonsAbove Amount          `toml:"two_persons_above"` // a larger contract waits for two; zero means none does
	Deadline        Duration        `toml:"deadline"`          // from sending to the day by which the return is due
	Grace           Duration        `toml:"grace"`             // from the deadline to `expired`
	RequiredRoles   []workflow.Role `toml:"required_roles"`    // a return passes only when the supplier signed in each
	Number          Pattern         `toml:"number"`            // of contract numbers, narrower than workflow.CheckNumber; empty means no narrower
}

// Notify names who is told what needs a person.
type Notify struct {
	Managers []Address `toml:"managers"`
}

// User maps an authenticated login to a name and rights. Without any user, the owner of data_dir administers alone.
type User struct {
	Name   string           `toml:"name"`
	Login  string           `toml:"login"` // the system login; excludes UID
	UID    *int             `toml:"uid"`   // the numeric user id; nil when Login is given
	Rights []workflow.Right `toml:"rights"`
}

// LogLevel is the least severity that is logged.
type LogLevel string

// The severities, as log/slog knows them.
const (
	LogDebug LogLevel = "debug"
	LogInfo  LogLevel = "info"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
)

// LogFormat is the form of a log line.
type LogFormat string

// The forms of log/slog's two handlers.
const (
	LogText LogFormat = "text" // key=value, for people
	LogJSON LogFormat = "json" // one object a line, for collectors
)

// Release says who lets a sealed contract leave the house.
type Release string

// The two ways of release.
const (
	ReleaseAutomatic Release = "automatic" // It leaves as soon as it is sealed and self-checked.
	ReleaseManual    Release = "manual"    // A person looks at it and releases it.
)

// Archive says who turns a return that passed into an archived contract.
type Archive string

// The two ways of archiving.
const (
	ArchiveAutomatic Archive = "automatic" // The verdict suffices.
	ArchiveConfirm   Archive = "confirm"   // A person approves each.
)

// NewMarks says what is made of a picture in a supplier's mark that nobody has approved yet.
type NewMarks string

// The two ways with new pictures.
const (
	NewMarksAccept NewMarks = "accept" // The certificate says who signed; a seal's picture proves nothing.
	NewMarksReview NewMarks = "review" // A person looks, and `approve --pin` remembers the picture.
)

func (LogLevel) choices() []string  { return []string{"debug", "info", "warn", "error"} }
func (LogFormat) choices() []string { return []string{"text", "json"} }
func (Release) choices() []string   { return []string{"automatic", "manual"} }
func (Archive) choices() []string   { return []string{"automatic", "confirm"} }
func (NewMarks) choices() []string  { return []string{"accept", "review"} }
