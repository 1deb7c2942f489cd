package contract

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"contractd/workflow"
)

// currencies are the names that stand before an amount in words.
var currencies = map[string]struct{ name, sign string }{
	"CNY": {"人民币", "￥"}, "HKD": {"港元", "HK$"}, "USD": {"美元", "US$"},
	"EUR": {"欧元", "€"}, "JPY": {"日元", "JPY "}, "GBP": {"英镑", "£"},
}

// InWords writes an amount in capital characters (中文大写), as the rules for filling in bills and vouchers
// (支付结算办法, appendix 1) demand: 人民币壹万零伍拾元伍角整.
func InWords(amount workflow.Amount) string {
	prefix := currencies[amount.Currency].name
	yuan, jiao, fen := amount.Minor/100, amount.Minor/10%10, amount.Minor%10
	words := ""
	if yuan > 0 {
		words = whole(yuan) + "元"
	}
	switch {
	case yuan == 0 && jiao == 0 && fen == 0:
		return prefix + "零元整"
	case jiao == 0 && fen == 0:
		return prefix + words + "整"
	}
	if jiao > 0 {
		words += string(capitals[jiao]) + "角"
	} else if yuan > 0 {
		words += "零"
	}
	if fen > 0 {
		return prefix + words + string(capitals[fen]) + "分"
	}
	return prefix + words + "整"
}

var capitals = []rune("零壹贰叁肆伍陆柒捌玖")

// whole writes a positive number, four digits a section.
func whole(n int64) string {
	units := []string{"", "万", "亿", "万亿"}
	var out string
	gap := false // A zero is due before what was written already.
	for section := 0; n > 0; section++ {
		four := n % 10000
		n /= 10000
		if four == 0 {
			gap = out != ""
			continue
		}
		part := fourDigits(four) + units[min(section, len(units)-1)]
		if gap {
			part += "零"
		}
		out = part + out
		gap = four < 1000
	}
	return out
}

// fourDigits writes 1 to 9999 without a leading zero.
func fourDigits(n int64) string {
	var out strings.Builder
	zero := false
	for i, digit := range fmt.Sprintf("%04d", n) {
		if digit == '0' {
			zero = out.Len() > 0
			continue
		}
		if zero {
			out.WriteString("零")
			zero = false
		}
		out.WriteRune(capitals[digit-'0'])
		out.WriteString([]string{"仟", "佰", "拾", ""}[i])
	}
	return out.String()
}

// figures writes hundredths with separators: 12,050.50.
func figures(minor int64) string {
	whole := strconv.FormatInt(minor/100, 10)
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return fmt.Sprintf("%s.%02d", whole, minor%100)
}

// day writes a date as contracts do: 2026年11月23日.
func day(text string) string {
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return date.Format("2006年1月2日")
}
