package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	testca "contractd/signer/signtest"
)

// TestExchange plays the main job with the binary that users run: `contractd serve` and every verb are child processes,
// mail servers and timestamp authority are real servers, and the supplier reads and writes nothing but mail.
func TestExchange(t *testing.T) {
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"archived":      playArchived,
		"pdfsign":       playAnotherImplementation,
		"direct":        playWithoutDaemon,
		"returns":       playBadReturns,
		"hostile":       playHostile,
		"strangers":     playStrangers,
		"closed":        playClosedContracts,
		"held":          playHeld,
		"decisions":     playDecisions,
		"withdraw":      playWithdraw,
		"resent":        playResent,
		"extended":      playExtended,
		"revised":       playRevised,
		"missing key":   playMissingKey,
		"wrong PIN":     playWrongPIN,
		"bad orders":    playBadOrders,
		"TSA":           playTimestampAuthorityDown,
		"mail server":   playMailServerDown,
		"second":        playSecondDaemon,
		"bad config":    playBadConfiguration,
		"permission":    playNoPermission,
		"killed":        playKilled,
		"rights":        playRights,
		"addresses":     playAddresses,
		"expired":       playExpired,
		"judges":        playJudges,
		"new marks":     playNewMarks,
		"waived":        playWaived,
		"placed":        playPlaced,
		"coded":         playCoded,
		"prepared":      playPreparedUnsealed,
		"no fields":     playFieldsLeftOut,
		"real servers":  playRealServers,
		"power cut":     playPowerCut,
		"fsync":         playFailedSync,
		"observe":       playObserve,
		"redirect":      playRedirect,
		"first start":   playFirstStart,
		"restored":      playRestored,
		"restored mail": playRestoredReal,
		"copied":        playCopied,
		"bad backups":   playBadBackups,
		"elsewhere":     playElsewhere,
		"kinds":         playKinds,
		"unsealed":      playUnsealed,
		"refusals":      playRefusals,
		"unfit keys":    playUnfitKeys,
		"many":          playMany,
		"degraded":      playDegraded,
		"filled later":  playFilledLater,
		"long-term":     playLongTerm,
		"no material":   playMissingMaterial,
		"dual":          playDual,
		"certified":     playCertified,
		"many wait":     playManyWait,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, h)
		})
	}
}

// hall is what all exchanges share, because making it takes time: the binary, and who has which certificate.
type hall struct {
	binary string
	ca     *testca.CA

	ours, ourEmployee          *testca.Identity
	supplier, supplierEmployee *testca.Identity
	other                      *testca.Identity // Of another company, issued by the same CA.
	stranger                   *testca.Identity // Under the supplier's name, issued by a CA that nobody trusts.
	draft                      []byte
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{binary: filepath.Join(t.TempDir(), "contractd")}
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", h.binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build contractd: %v\n%s", err, out)
	}
	var err error
	h.ca, err = testca.NewCA(testca.CAOptions{Name: "演习"})
	check(t, err)
	strange, err := testca.NewCA(testca.CAOptions{Name: "陌生"})
	check(t, err)
	for _, one := range []struct {
		into **testca.Identity
		ca   *testca.CA
		as   testca.Person
	}{
		{&h.ours, h.ca, testca.Person{Organization: testca.CompanyName, CreditCode: testca.CompanyCode, Key: testca.RSA2048}},
		{&h.ourEmployee, h.ca, testca.Person{Organization: testca.CompanyName, Name: testca.EmployeeName}},
		{&h.supplier, h.ca, testca.Person{Organization: testca.SupplierName, CreditCode: testca.SupplierCode}},
		{&h.supplierEmployee, h.ca, testca.Person{Organization: testca.SupplierName, Name: "李层山"}},
		{&h.other, h.ca, testca.Person{Organization: "珠海别家贸易有限公司", CreditCode: "91440400MA4WXYZT3P"}},
		{&h.stranger, strange, testca.Person{Organization: testca.SupplierName, CreditCode: testca.SupplierCode}},
	} {
		*one.into, err = one.ca.Issue(one.as)
		check(t, err)
	}
	h.draft, err = os.ReadFile(filepath.Join(root, "testdata/pdf/libreoffice.pdf"))
	check(t, err)
	return h
}

// needPart skips a test whose program is missing; where CI is set nothing may be missing.
func needPart(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is missing", program)
}
