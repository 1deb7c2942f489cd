package mailbox

import (
	"reflect"
	"strings"
	"testing"

	"contractd/workflow"
)

// postfixReport is what Postfix writes when a next server refused for good.
const postfixReport = `Return-Path: <>
From: MAILER-DAEMON@issuer.example (Mail Delivery System)
To: contracts@issuer.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <report1@issuer.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you.
Message-ID: <not-this@one.example>

--=_b
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; issuer.example
Original-Envelope-Id: env-7

Final-Recipient: rfc822; box@hosted.example
Original-Recipient: rfc822;sales@supplier.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <sales@supplier.example>: Recipient address
    rejected: =?UTF-8?B?55So5oi35LiN5a2Y5Zyo?=

Final-Recipient: rfc822; boss@supplier.example
Action: delayed (will retry)
Status: 4.4.1

--=_b
Content-Type: CONTENT

Message-ID: <letter-1@issuer.example>
Subject: contract

body

--=_b--
`

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestReportsAreRead(t *testing.T) {
	failed := workflow.Returned{
		Recipient: "sales@supplier.example", Action: workflow.ReportFailed, Status: "5.1.1",
		Words: "550 5.1.1 <sales@supplier.example>: Recipient address rejected: 用户不存在",
	}
	delayed := workflow.Returned{Recipient: "boss@supplier.example", Action: workflow.ReportDelayed, Status: "4.4.1"}
	whole := workflow.Bounce{MessageID: "letter-1@issuer.example", Envelope: "env-7", Returned: []workflow.Returned{failed, delayed}}
	named := workflow.Bounce{MessageID: "letter-1@issuer.example", Returned: []workflow.Returned{{Recipient: "sales@supplier.example", Action: workflow.ReportFailed}}}
	tests := map[string]struct {
		raw  string
		want workflow.Bounce
	}{
		"whole message": {strings.Replace(postfixReport, "CONTENT", "message/rfc822", 1), whole},
		"headers only":  {strings.Replace(postfixReport, "CONTENT", "text/rfc822-headers", 1), whole},
		"Exim, a text": {"Return-Path: <>\nX-Failed-Recipients: sales@supplier.example\nSubject: Mail delivery failed\n\n" +
			"------ This is a copy of the message, including all the headers. ------\n\n  Message-ID: <letter-1@issuer.example>\n", named},
		"a text in base64": {"Return-Path: <>\nX-Failed-Recipients: sales@supplier.example\nContent-Transfer-Encoding: base64\n\n" +
			wrap([]byte("退信\r\n> Message-ID： <letter-1@issuer.example>\r\n")), named},
		"one block of fields": {"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; x\nFinal-Recipient: RFC822; <sales@supplier.example>\nAction: Failed\nStatus: 5.0.0\n\n--b\nContent-Type: message/rfc822\n\n" +
			"Message-ID: <letter-1@issuer.example>\n\n--b--\n",
			workflow.Bounce{MessageID: "letter-1@issuer.example", Returned: []workflow.Returned{{Recipient: "sales@supplier.example", Action: workflow.ReportFailed, Status: "5.0.0"}}}},
		"nothing of use": {"Return-Path: <>\nSubject: 退信\n\nsorry\n", workflow.Bounce{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := parse(t, Limits{}, crlf(test.raw))
			if message.Automatic != workflow.AutoBounce || message.Bounce == nil {
				t.Fatalf("automatic %q, bounce %+v", message.Automatic, message.Bounce)
			}
			if !reflect.DeepEqual(*message.Bounce, test.want) {
				t.Errorf("read %+v, want %+v", *message.Bounce, test.want)
			}
		})
	}
}

func TestOnlyReportsAreBounces(t *testing.T) {
	forward := "Subject: fwd\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n" +
		crlf(strings.Replace(postfixReport, "CONTENT", "message/rfc822", 1)) + "\r\n--o--\r\n"
	vacation := "Return-Path: <>\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\nMessage-ID: <letter-1@issuer.example>\r\n"
	for name, raw := range map[string]string{"forwarded by a person": forward, "vacation": vacation} {
		if message := parse(t, Limits{}, raw); message.Bounce != nil || message.Automatic == workflow.AutoBounce {
			t.Errorf("%s: %q, %+v", name, message.Automatic, message.Bounce)
		}
	}
}

func TestReportsAreBounded(t *testing.T) {
	many := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n" +
		strings.Repeat("Final-Recipient: rfc822; a@b\nAction: failed\nDiagnostic-Code: smtp; "+strings.Repeat("x", 3000)+"\n\n", 60) + "--b--\n"
	message := parse(t, Limits{}, crlf(many))
	if message.Bounce == nil || len(message.Bounce.Returned) != maxReturned || len(message.Bounce.Returned[0].Words) > maxWordBytes {
		t.Errorf("bounce %+v", message.Bounce)
	}
}
