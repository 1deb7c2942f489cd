package config

import (
	"time"

	"contractd/workflow"
)

const (
	minute = Duration(time.Minute)
	day    = Duration(24 * time.Hour)
	kib    = Size(1 << 10)
	mib    = Size(1 << 20)
)

// Default returns the configuration of an empty file. It lacks what only people know: company, servers, keys.
func Default() *Config {
	return &Config{
		DataDir:   "/var/lib/contractd",
		InlineMax: 256 * kib,
		Disk:      Disk{Reserve: 256 * mib, Minimum: 16 * mib},
		Log:       Log{Level: LogInfo, Format: LogText},
		Company:   Company{Language: workflow.Chinese, Timezone: Timezone{"Asia/Shanghai"}},
		Mail:      defaultMail(),
		Seal:      Seal{Level: LevelBT, SubFilter: SubFilterPKCS7, SM2CMS: SM2PKCS7, Shadow: ShadowWarn, Reason: "合同签章", QR: QR{At: "free:lower-right|upper-right", Page: 1, Size: 25}},
		Timestamp: Timestamp{Timeout: minute / 2, Outage: OutageHold},
		Trust:     Trust{Revocation: RevocationBestEffort},
		Contracts: Contracts{
			Release:       ReleaseAutomatic,
			Archive:       ArchiveAutomatic,
			NewMarks:      NewMarksAccept,
			Deadline:      30 * day,
			Grace:         7 * day,
			RequiredRoles: []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee},
		},
	}
}

func defaultMail() Mail {
	return Mail{
		Mode:  workflow.ModeLive,
		Start: StartNow,
		IMAP: IMAP{
			Port:    993,
			TLS:     TLSDirect,
			Folder:  "INBOX",
			Poll:    minute,
			Idle:    true,
			MaxSize: 50 * mib,
		},
		SMTP: SMTP{
			Port:    465,
			TLS:     TLSDirect,
			Timeout: minute,
			MaxSize: 35 * mib,
		},
	}
}

// setDefaults is called before a table of the file is read into the mark.
func (m *Mark) setDefaults() {
	*m = Mark{
		Visible: true, Page: LastPage, X: 130, Y: 40, Size: 40,
		Kind: KindOrdinary, Pages: DefaultPages, Edge: EdgeRight, Slices: 20, Single: SingleRefuse,
	}
}

// setDefaults is called before a table of the file is read into the key.
func (k *Key) setDefaults() { *k = Key{Sessions: 1, SM2Input: SM2Digest, SM2Signature: SM2Raw} }
