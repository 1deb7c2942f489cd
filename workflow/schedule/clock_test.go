package schedule_test

import (
	"log/slog"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
	"contractd/workflow/post"
	"contractd/workflow/schedule"
)

func TestContractsExpireAfterDeadlineAndGrace(t *testing.T) {
	stage := flowtest.New(t)
	clock := &schedule.Clock{
		Ledger: stage.Ledger, Grace: 24 * time.Hour, Now: stage.Now, Log: slog.New(slog.DiscardHandler),
		Clerk: &post.Clerk{Composer: &flowtest.Composer{}, Domain: "company.example", Managers: []string{"boss@company.example"}, Now: stage.Now},
	}
	contract := stage.Send("N-1")
	pass := func(want int) {
		t.Helper()
		if moved, err := clock.Pass(t.Context()); err != nil || moved != want {
			t.Fatalf("moved %d, %v; want %d", moved, err, want)
		}
	}
	stage.Clock = contract.Deadline.Add(24 * time.Hour)
	pass(0)
	stage.Clock = stage.Clock.Add(time.Second)
	clock.Stops = stage.Ledger
	stage.Stop("restored")
	pass(0)
	stage.Lift()
	pass(1)
	stage.Contract("N-1", workflow.StateExpired)
	pass(0)
	stage.Dispatch()
	if last := stage.Post.Taken[len(stage.Post.Taken)-1]; last[:4] != "boss" {
		t.Errorf("the manager was not told: %q", last)
	}
}
