package mailbox

import (
	"slices"
	"strings"

	"contractd/workflow"
)

// automatic says whether a program wrote the message. Bounces are recognised first, because those of Postfix carry
// Auto-Submitted as well.
func automatic(head header, deliveryStatus bool) workflow.Automatic {
	if deliveryStatus || isBounce(head) {
		return workflow.AutoBounce
	}
	if isAutoReply(head) {
		return workflow.AutoReply
	}
	return workflow.NotAutomatic
}

// isBounce recognises delivery status reports by their type (RFC 3464), and those that big providers
// send in other forms by the null sender (RFC 5321, 4.5.5). Vacation notes have a null sender too, but say what they are (RFC 3834, 5).
func isBounce(head header) bool {
	media := parseMedia(head.get("Content-Type"))
	if media.value == "multipart/report" {
		return strings.EqualFold(media.params["report-type"], "delivery-status")
	}
	if head.has("X-Failed-Recipients") {
		return true
	}
	nullSender := slices.ContainsFunc(head.values("Return-Path"), func(path string) bool {
		return strings.TrimSpace(path) == "<>"
	})
	return nullSender && !strings.HasPrefix(autoSubmitted(head), "auto-replied")
}

// isAutoReply recognises vacation notes, notifications, lists and bulk mail.
func isAutoReply(head header) bool {
	if submitted := autoSubmitted(head); submitted != "" && submitted != "no" {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(head.get("Precedence"))) {
	case "bulk", "list", "junk", "auto_reply":
		return true
	}
	if head.hasPrefix("List-") || parseMedia(head.get("Content-Type")).value == "multipart/report" {
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply"} {
		if head.has(name) && !strings.EqualFold(strings.TrimSpace(head.get(name)), "no") {
			return true
		}
	}
	return false
}

// autoSubmitted returns the keyword of RFC 3834, 5, without its parameters and comments.
func autoSubmitted(head header) string {
	value := head.get("Auto-Submitted")
	if at := strings.IndexAny(value, ";("); at >= 0 {
		value = value[:at]
	}
	return strings.ToLower(strings.TrimSpace(value))
}
