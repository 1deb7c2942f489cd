package templates

import (
	"time"

	"contractd/workflow"
)

// chinaStandardTime needs no zone database; China has kept one offset since 1991.
var chinaStandardTime = time.FixedZone("CST", 8*60*60)

// Moment writes a time as readers of the language do, always with its zone. The zero time is "". A nil location means
// China Standard Time.
func Moment(at time.Time, language workflow.Language, location *time.Location) string {
	if at.IsZero() {
		return ""
	}
	if location == nil {
		location = chinaStandardTime
	}
	at = at.In(location)
	if known(language) == workflow.English {
		return at.Format("2 January 2006, 15:04") + " (UTC" + at.Format("-07:00") + ")"
	}
	if _, offset := at.Zone(); offset == 8*60*60 {
		return at.Format("2006年1月2日 15:04") + "（北京时间）"
	}
	return at.Format("2006年1月2日 15:04") + "（UTC" + at.Format("-07:00") + "）"
}

// Day writes only the day, for subjects.
func Day(at time.Time, language workflow.Language, location *time.Location) string {
	if at.IsZero() {
		return ""
	}
	if location == nil {
		location = chinaStandardTime
	}
	if known(language) == workflow.English {
		return at.In(location).Format("2 January 2006")
	}
	return at.In(location).Format("2006年1月2日")
}
