package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

func (e *env) demo() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play the whole exchange in this process (演示)",
		Long: "demo makes a throwaway CA, timestamp authority, SoftHSM2 token and mail servers, seals a Chinese contract, mails it,\n" +
			"lets a supplier countersign it with another implementation, archives the return, and refuses a tampered one.\n" +
			"It ends by itself, and leaves its data folder to be looked at.",
		Example: "  contractd demo\n  contractd demo --dir ./contractd-demo",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.runDemo(cmd.Context(), dir) },
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder to leave the demo in; must not exist (default: a new temporary one)")
	return cmd
}

// demoTime bounds the whole demo: whatever hangs, it ends.
const demoTime = 110 * time.Second

func (e *env) runDemo(ctx context.Context, dir string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	if dir, err = demoFolder(dir); err != nil {
		return err
	}
	e.say("1", "准备 prepare: CA, timestamp authority, SoftHSM2 token, mail servers, configuration in %s", dir)
	world, err := newDemoWorld(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	play := &demoPlay{env: e, world: world}
	if err := play.open(ctx); err != nil {
		return err
	}
	err = play.acts(ctx)
	err = errors.Join(err, play.close())
	if err == nil {
		e.demoEnd(ctx, dir)
	}
	return err
}

// demoFolder makes the folder that is left behind.
func demoFolder(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "contractd-demo-")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", workflow.WithHint(fmt.Errorf("make demo folder: %w", err), "name a folder that does not exist yet")
	}
	return dir, nil
}

// say prints one step.
func (e *env) say(step, format string, args ...any) {
	fmt.Fprintf(e.stdout, "\n[%s] %s\n", step, fmt.Sprintf(format, args...))
}

// tell prints a fact of a step.
func (e *env) tell(format string, args ...any) {
	fmt.Fprintf(e.stdout, "    %s\n", fmt.Sprintf(format, args...))
}

// demoPlay is the exchange, played with the same services and the same control API as every other command.
type demoPlay struct {
	*env
	world  *demoWorld
	conn   *connection
	daemon chan error
	stop   context.CancelFunc
}

// open starts the daemon and connects to it through its socket.
func (p *demoPlay) open(ctx context.Context) error {
	e := *p.env
	e.config = p.world.config
	log, err := os.OpenFile(filepath.Join(p.world.dir, "daemon.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open log of the demo's daemon: %w", err)
	}
	e.stderr = log
	serving, stop := context.WithCancel(ctx)
	p.stop, p.daemon = stop, make(chan error, 1)
	go func() { p.daemon <- errors.Join(e.runServe(serving), log.Close()) }()
	cfg, err := e.load()
	if err != nil {
		return err
	}
	for !reachable(cfg) {
		select {
		case err := <-p.daemon:
			p.daemon <- nil
			return fmt.Errorf("start the daemon: %w", err)
		default:
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("wait for the daemon: %w", err)
		}
	}
	p.conn, err = e.connect(ctx)
	return err
}

// close ends the daemon and waits for it.
func (p *demoPlay) close() error {
	p.stop()
	return errors.Join(p.conn.Close(), <-p.daemon)
}

// acts are the scenes in their order.
func (p *demoPlay) acts(ctx context.Context) error {
	for _, act := range []func(context.Context) error{
		p.registerSupplier, p.sendContract, p.countersign, p.confirmation, p.tamper, p.query,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *demoPlay) registerSupplier(ctx context.Context) error {
	supplier, err := p.conn.PutSupplier(ctx, p.world.supplier())
	if err != nil {
		return err
	}
	p.say("2", "登记供应商 register the supplier: %s <%s>, expected to sign as %v", supplier.Name, supplier.Addresses[0], supplier.Required)
	return nil
}

const (
	demoNumber   = "CG-2026-001"
	demoTampered = "CG-2026-002"
)

func (p *demoPlay) sendContract(ctx context.Context) error {
	p.say("3", "起草、签章、寄出 draft, seal and mail contract %s", demoNumber)
	if err := p.issue(ctx, demoNumber, "办公设备采购合同"); err != nil {
		return err
	}
	contract, err := p.await(ctx, demoNumber, workflow.StateSent)
	if err != nil {
		return err
	}
	for _, batch := range contract.Batches {
		p.tell("seal 签章: %s, %s, by %s", batch.Role, batch.Signer, batch.Issuer)
	}
	p.tell("sent 已寄出: %s, sealed file %s", moment(contract.SentAt, p.conn.zone()), contract.Sealed().Hash.Short())
	return nil
}

// issue makes a contract from the template and hands it to the daemon.
func (p *demoPlay) issue(ctx context.Context, number, title string) error {
	draft, err := p.world.draft(ctx, number, title)
	if err != nil {
		return err
	}
	defer draft.Close()
	_, err = p.conn.Send(ctx, outbound.Order{
		Number: number, Title: title, Supplier: demoSupplier, Amount: demoAmount,
	}, draft, func(step, detail string) { p.tell("%s %s", step, detail) })
	return err
}

// demoAmount is what the items of the example contract add up to.
var demoAmount = workflow.Amount{Minor: 10_211_793, Currency: "CNY"}

// await waits until the contract is in the state.
func (p *demoPlay) await(ctx context.Context, number string, state workflow.State) (workflow.Contract, error) {
	for {
		story, err := p.conn.Story(ctx, number)
		if err != nil {
			return workflow.Contract{}, err
		}
		if story.Contract.State == state {
			return story.Contract, nil
		}
		err = sleep(ctx, 100*time.Millisecond)
		if err == nil && len(story.Receipts) > 0 { // It was judged, and is not where it should be.
			err = errors.New("its return was judged otherwise")
		}
		if err != nil {
			return workflow.Contract{}, fmt.Errorf("wait for contract %s to be %s, it is %s; see %s: %w",
				number, state, story.Contract.State, filepath.Join(p.world.dir, "daemon.log"), err)
		}
	}
}

// demoEnd says what can be looked at.
func (e *env) demoEnd(ctx context.Context, dir string) {
	if ctx.Err() != nil {
		return
	}
	config := filepath.Join(dir, "contractd.toml")
	e.say("8", "结束 done. Everything lies in %s; look at it:", dir)
	for _, command := range []string{
		"contractd --config %s show " + demoNumber,
		"contractd --config %s archive open " + demoNumber + " -o " + demoNumber + ".pdf",
		"contractd --config %s show " + demoNumber + " --pages pages",
		"contractd --config %s archive check",
	} {
		e.tell(command, config)
	}
}
