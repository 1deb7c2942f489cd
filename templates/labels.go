package templates

import (
	"fmt"

	"contractd/workflow"
)

// Languages lists the languages of this package; the first is the default.
var Languages = []workflow.Language{workflow.Chinese, workflow.English}

// known returns the language itself, or the default where there are no texts in it.
func known(language workflow.Language) workflow.Language {
	if language == workflow.English {
		return workflow.English
	}
	return workflow.Chinese
}

// Labelled are the closed sets that have short labels.
type Labelled interface {
	workflow.State | workflow.Role | workflow.Rung | workflow.ChangeLevel | workflow.Outcome | workflow.Disposition |
		workflow.DeliveryState | workflow.LetterKind | workflow.Coverage | workflow.ProblemKind | workflow.Side |
		workflow.Right | workflow.TimeSource
}

// Label returns a short label for tables and forms, or the value itself where there is none.
func Label[T Labelled](value T, language workflow.Language) string {
	pair, found := labels[any(value)]
	switch {
	case !found:
		return fmt.Sprint(value)
	case known(language) == workflow.English:
		return pair.english
	}
	return pair.chinese
}

// label is one label in both languages.
type label struct{ chinese, english string }

// labels is keyed by typed values, so that equal words of different sets do not meet.
var labels = map[any]label{
	workflow.StateDraft:         {"原稿", "draft"},
	workflow.StateSealed:        {"已签章", "sealed"},
	workflow.StateSent:          {"已发出", "sent"},
	workflow.StateReview:        {"待审核", "in review"},
	workflow.StateUndeliverable: {"无法投递", "undeliverable"},
	workflow.StateExpired:       {"已过期", "expired"},
	workflow.StateArchived:      {"已归档", "archived"},
	workflow.StateWithdrawn:     {"已撤回", "withdrawn"},

	workflow.RoleOrganization: {"机构证书（单位公章）", "organisation certificate"},
	workflow.RoleEmployee:     {"员工证书（经办人）", "employee certificate"},

	workflow.RungNone:      {"未匹配", "no match"},
	workflow.RungPrefix:    {"以我方文件的字节开头", "begins with our bytes"},
	workflow.RungValue:     {"含有我方签名值", "carries our signature"},
	workflow.RungReference: {"回复我方邮件", "answers our mail"},

	workflow.ChangeNone:        {"无改动", "nothing"},
	workflow.ChangeLTA:         {"仅长期验证资料", "validation material only"},
	workflow.ChangeSigning:     {"后续签名", "further signatures"},
	workflow.ChangeForm:        {"填写表单", "form filled in"},
	workflow.ChangeAnnotation:  {"添加批注", "comments added"},
	workflow.ChangeUnexplained: {"无法解释的改动", "unexplained change"},
	workflow.ChangeForbidden:   {"不允许的改动", "forbidden change"},

	workflow.Passed:        {"通过", "passed"},
	workflow.Indeterminate: {"无法确定", "indeterminate"},
	workflow.Failed:        {"不通过", "failed"},

	workflow.TimeBySignature: {"签名中的时间戳", "its own timestamp"},
	workflow.TimeByDocument:  {"文档时间戳", "a document timestamp"},
	workflow.TimeByArrival:   {"我方在收件时加盖的时间戳", "our timestamp at arrival"},

	workflow.Archived:      {"已归档", "archived"},
	workflow.ToReview:      {"转人工审核", "to review"},
	workflow.Rejected:      {"已退回", "rejected"},
	workflow.Duplicate:     {"重复件", "duplicate"},
	workflow.Alarm:         {"警报", "alarm"},
	workflow.NoContract:    {"与合同无关", "no contract"},
	workflow.NothingFound:  {"没有 PDF", "nothing found"},
	workflow.Bounced:       {"退信", "bounce"},
	workflow.Unprocessable: {"无法处理", "unprocessable"},

	workflow.DeliveryHeld:      {"待放行", "held"},
	workflow.DeliveryQueued:    {"排队中", "queued"},
	workflow.DeliveryClaimed:   {"发送中", "being sent"},
	workflow.DeliveryAccepted:  {"已送达服务器", "accepted"},
	workflow.DeliveryFailed:    {"发送失败", "failed"},
	workflow.DeliveryCancelled: {"已取消", "cancelled"},

	workflow.LetterContract:  {"合同函", "contract letter"},
	workflow.LetterConfirmed: {"归档确认函", "confirmation"},
	workflow.LetterReview:    {"收件通知函", "notice of review"},
	workflow.LetterRejected:  {"退回函", "rejection"},
	workflow.LetterWithdrawn: {"撤回函", "withdrawal"},
	workflow.LetterExtended:  {"延期函", "extension"},
	workflow.LetterNotice:    {"内部通知", "internal notice"},

	workflow.CoversFile:     {"全文", "whole file"},
	workflow.CoversRevision: {"签署时的版本", "its revision"},
	workflow.CoversPart:     {"部分内容", "a part only"},

	workflow.ProblemTooLarge:   {"超出限制", "too large"},
	workflow.ProblemMalformed:  {"邮件结构不完整", "malformed"},
	workflow.ProblemArchive:    {"压缩包", "archive"},
	workflow.ProblemPassword:   {"有密码的压缩包", "archive with a password"},
	workflow.ProblemEncrypted:  {"加密的邮件", "encrypted message"},
	workflow.ProblemLink:       {"超大附件链接", "cloud link"},
	workflow.ProblemUnreadable: {"无法读取的编码", "unreadable"},

	workflow.SideOurs:   {"我方", "ours"},
	workflow.SideTheirs: {"对方", "theirs"},

	workflow.RightView:       {"查看", "view"},
	workflow.RightSend:       {"发出", "send"},
	workflow.RightDecide:     {"决定", "decide"},
	workflow.RightAdminister: {"管理", "administer"},
}
