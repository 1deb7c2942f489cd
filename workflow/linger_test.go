package workflow_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"contractd/workflow"
)

func TestLingerEndsAWhileLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		lingering, stop := workflow.Linger(ctx, time.Minute)
		defer stop()
		cancel()
		ended := time.Now().Add(time.Minute)
		synctest.Wait()
		if lingering.Err() != nil {
			t.Error("it ends with the other")
		}
		<-lingering.Done()
		if !time.Now().Equal(ended) {
			t.Errorf("it ended at %s, not at %s", time.Now(), ended)
		}
	})
}

func TestLingerEndsWithItsWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // Whose end fails while a goroutine is left.
		ctx, cancel := context.WithCancel(t.Context())
		lingering, stop := workflow.Linger(ctx, time.Hour)
		cancel()
		synctest.Wait()
		stop()
		synctest.Wait()
		if lingering.Err() == nil || time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) > time.Minute {
			t.Error("it goes on")
		}
	})
}
