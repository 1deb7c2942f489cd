package cli

import (
	"context"
	"log/slog"
	"regexp"
	"strings"

	"contractd/workflow"
)

// actLine is how an act of the journal is told in the log. An empty message leaves it to the service, whose line says
// more, or to nobody, where the act is no outcome.
type actLine struct {
	level   slog.Level
	message string
}

// actLines has every action; docs/operations.md lists the messages.
var actLines = map[workflow.Action]actLine{
	workflow.ActCreated:    {slog.LevelInfo, "contract created"},
	workflow.ActSealed:     {slog.LevelInfo, "seal placed"},
	workflow.ActFilled:     {slog.LevelInfo, "timestamp filled in"},
	workflow.ActWaiting:    {slog.LevelWarn, "contract waits"},
	workflow.ActReady:      {}, // By the Issuer, with the second opinion.
	workflow.ActSelfFailed: {slog.LevelError, "self-check failed"},
	workflow.ActReleased:   {slog.LevelInfo, "contract released"},
	workflow.ActUnsealed:   {slog.LevelInfo, "seal undone"},
	workflow.ActClaimed:    {}, // The attempt's result follows.
	workflow.ActAccepted:   {}, // These three by the Dispatcher, with the attempt and its cause.
	workflow.ActDeferred:   {},
	workflow.ActRefused:    {},
	workflow.ActCameBack:   {slog.LevelWarn, "letter returned"},
	workflow.ActCancelled:  {slog.LevelInfo, "letter cancelled"},
	workflow.ActObserved:   {slog.LevelInfo, "letter not sent"},
	workflow.ActSent:       {slog.LevelInfo, "contract sent"},
	workflow.ActBounced:    {slog.LevelWarn, "contract undeliverable"},
	workflow.ActArrived:    {}, // By the Intake, with its size.
	workflow.ActStamped:    {slog.LevelInfo, "return stamped"},
	workflow.ActJudged:     {}, // By the Judge, with the attempt.
	workflow.ActArchived:   {slog.LevelInfo, "contract archived"},
	workflow.ActReview:     {slog.LevelInfo, "contract to review"},
	workflow.ActApproved:   {slog.LevelInfo, "return approved"},
	workflow.ActFirstYes:   {slog.LevelInfo, "return approved once"},
	workflow.ActReturned:   {slog.LevelInfo, "return refused"},
	workflow.ActWithdrawn:  {slog.LevelInfo, "contract withdrawn"},
	workflow.ActExtended:   {slog.LevelInfo, "deadline extended"},
	workflow.ActResent:     {slog.LevelInfo, "contract resent"},
	workflow.ActRevised:    {slog.LevelInfo, "contract revised"},
	workflow.ActReassigned: {slog.LevelInfo, "contract reassigned"},
	workflow.ActExpired:    {}, // By the Clock.
	workflow.ActSupplier:   {slog.LevelInfo, "supplier changed"},
	workflow.ActSuspended:  {slog.LevelWarn, "key suspended"},
	workflow.ActResumed:    {slog.LevelInfo, "key resumed"},
	workflow.ActKeyAdded:   {slog.LevelInfo, "API key added"},
	workflow.ActKeyRevoked: {slog.LevelInfo, "API key revoked"},
	workflow.ActAppearance: {slog.LevelInfo, "appearance added"},
	workflow.ActLookEnded:  {slog.LevelInfo, "appearance retired"},
	workflow.ActHeld:       {slog.LevelWarn, "store held"},
	workflow.ActBackedUp:   {slog.LevelInfo, "store backed up"},
	workflow.ActLifted:     {slog.LevelInfo, "store released"},
	workflow.ActDiskLow:    {}, // By the watch of the disk, with its figures.
	workflow.ActDiskRoom:   {},
}

// toldDetails are the details of the journal that may stand in a log: identifiers, hashes and codes. Names, addresses,
// reasons and servers' words stay in the journal.
var toldDetails = []string{"number", "key", "document", "receipt", "letter", "verdict", "rung", "channel", "contract", "version"}

// tellActs writes one line for each outcome that a change records.
func tellActs(ctx context.Context, log *slog.Logger, change workflow.Change) {
	for _, entry := range change.Entries {
		line, known := actLines[entry.Action]
		if !known { // A test keeps the table complete.
			line = actLine{slog.LevelInfo, string(entry.Action)}
		}
		if line.message != "" {
			log.LogAttrs(ctx, line.level, line.message, actAttributes(entry)...)
		}
	}
	for _, arrival := range change.Arrivals {
		if arrival.State == workflow.ArrivalFiled && arrival.Revision > 0 { // A new one that is filed already was never fetched.
			log.LogAttrs(ctx, slog.LevelInfo, "message filed", slog.Any("arrival", arrival.ID), slog.Any("shelf", arrival.FileInto))
		}
	}
}

// actAttributes names what it happened to, who did it, and what else may be told.
func actAttributes(entry workflow.Entry) []slog.Attr {
	kind, id, _ := strings.Cut(entry.Subject, "/")
	attributes := []slog.Attr{slog.String(kind, id), slog.String("actor", workflow.Alias(entry.Actor))}
	for _, name := range toldDetails {
		if value, ok := entry.Details[name]; ok && name != kind {
			attributes = append(attributes, slog.String(name, value))
		}
	}
	return attributes
}

// addressForm finds mail addresses, also in the words of servers.
var addressForm = regexp.MustCompile(`[^\s<>"'(),;:=]+@[^\s<>"'(),;:]+`)

// discreet takes mail addresses out of everything that is logged: servers like to repeat them in their answers.
func discreet(_ []string, attribute slog.Attr) slog.Attr {
	text := ""
	switch value := attribute.Value.Any().(type) {
	case string:
		text = value
	case error:
		text = value.Error()
	default:
		return attribute
	}
	if strings.Contains(text, "@") {
		attribute.Value = slog.StringValue(addressForm.ReplaceAllString(text, "(address)"))
	}
	return attribute
}
