package verify

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"contractd/workflow"
)

// markLabels are what clients write into marks beside names and dates, without white space.
var markLabels = []string{
	"Digitallysignedby", "Electronicallysignedby", "Signedby", "Signed", "Signature", "Signer", "DN:", "cn=", "o=", "ou=", "c=", "email=", "serialNumber=", "l=", "st=",
	"Date:", "Date", "Time:", "Time", "Timestamp:", "SignatureNotVerified", "Reason:", "Location:", "Seal", "Stamp",
	"数字签名者", "数字签名由", "数字签名", "电子签名", "电子签章", "电子印章", "签名者", "签名人", "签署人", "签署者", "签章人", "签名", "签字", "签署", "签章", "盖章", "印章", "公章", "合同专用章",
	"UTC", "GMT", "日期", "时间", "原因", "位置", "地点", "经办人", "法定代表人", "单位", "姓名",
}

// markDate is a moment as marks bear it, without white space and in lower case. Java's clients name the zone behind it: CST is China's.
var markDate = regexp.MustCompile(`[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?t?([0-9]{1,2}[:时][0-9]{2}([:分][0-9]{2}秒?)?)?(z|utc|gmt|cst|hkt|jst|cet|cest)?([+-][0-9]{2}[':]?[0-9]{2}'?)?`)

// judgeDrawn looks at what the marks of a signature say and show. Text made of names from the certificate, dates and known
// labels says nothing more than a seal does.
func (c *fileCase) judgeDrawn(s *signature) {
	if c.opts.Sent == nil || s.out.Side != workflow.SideTheirs {
		return
	}
	for _, d := range s.drawn {
		cause := workflow.Cause{Weight: workflow.Indeterminate, Page: d.page}
		switch {
		case d.unread != nil:
			cause.Reason, cause.Detail = workflow.ReasonStatement, "what a mark says cannot be read: "+d.unread.Error()
		case !c.saysNothing(d.text, s):
			cause.Reason, cause.Detail = workflow.ReasonStatement, "a mark says "+shorten(d.text)
		case c.opts.PinnedMarks && !d.picture.IsZero() && !slices.Contains(c.opts.Marks, d.picture):
			cause.Reason, cause.Detail = workflow.ReasonNewMark, "the picture "+d.picture.Short()+" is not pinned for this supplier"
		default:
			continue
		}
		s.out.Blame(cause)
	}
}

func shorten(text string) string {
	text = strings.NewReplacer(brokenText, " ", nextLine, " ").Replace(text)
	if all := []rune(text); len(all) > 80 {
		text = string(all[:80]) + "…"
	}
	return strings.ToValidUTF8(text, "�")
}

// saysNothing takes away all that is known, in each piece of text that reads on. White space means nothing in a mark: clients
// place each letter by itself.
func (c *fileCase) saysNothing(text string, s *signature) bool {
	known := slices.Concat(c.namesOf(s), harmlessStatements, c.opts.Statements, markLabels)
	for n, one := range known {
		known[n] = solid(one)
	}
	slices.SortStableFunc(known, func(a, b string) int { return len(b) - len(a) })
	for piece := range strings.SplitSeq(text, brokenText) {
		if !pieceSaysNothing(piece, known) {
			return false
		}
	}
	return true
}

// gone stands for what is known, as long as that was, so that what is left does not grow together.
const gone = "\x00"

func pieceSaysNothing(piece string, known []string) bool {
	var lines []string
	for line := range strings.SplitSeq(piece, nextLine) {
		lines = append(lines, solid(line))
	}
	take := func(one string) string { return strings.Repeat(gone, len(one)) }
	text := markDate.ReplaceAllStringFunc(strings.Join(lines, ""), take) // Clients break names and dates where a line ends.
	for _, one := range known {
		if one != "" {
			text = strings.ReplaceAll(text, one, take(one))
		}
	}
	for _, line := range lines {
		if !separators.MatchString(text[:len(line)]) {
			return false
		}
		text = text[len(line):]
	}
	return true
}

// separators is a line of which all is known but what may stand between: a point or a stroke elsewhere would change a price.
var separators = regexp.MustCompile(`^([(<（【]?\x00+[-:,.()/>：，。、；;）】]{0,2})*$`)

// namesOf are what the certificate says about its holder.
func (c *fileCase) namesOf(s *signature) []string {
	names := []string{s.out.Signer}
	if s.out.Certificate == nil {
		return names
	}
	names = append(names, s.out.Certificate.Organization)
	names = append(names, s.out.Certificate.Codes...)
	if s.trusted() {
		for _, name := range s.path.Chain[0].Subject.Names {
			if value, ok := name.Value.(string); ok && len([]rune(value)) > 1 {
				names = append(names, value)
			}
		}
	}
	return names
}

func solid(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == 0 {
			return -1
		}
		return unicode.ToLower(r)
	}, folder.Replace(text))
}
