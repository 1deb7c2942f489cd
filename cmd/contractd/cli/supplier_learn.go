package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"contractd/workflow"
)

func (e *env) supplierLearn() *cobra.Command {
	var yes bool
	var only []string
	cmd := &cobra.Command{
		Use:   "learn NAME FILE.pdf",
		Short: "Propose what to expect of a supplier, from a file that it signed (登记签名证书)",
		Long: "learn verifies a file that the supplier signed before and proposes to pin the public keys of its signers: of signatures that are\n" +
			"intact and lead to a trusted root, nothing else. Look at the names before you agree: pinning says that these people sign for\n" +
			"the supplier. --field takes the signatures of these fields only, where the file carries your own too.",
		Example: "  contractd supplier learn huaxin last-years-contract.pdf\n" +
			"  contractd supplier learn huaxin signed.pdf --field 乙方签章 --yes",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runSupplierLearn(cmd.Context(), args[0], args[1], only, yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringArrayVar(&only, "field", nil, "learn from this signature field only (repeatable)")
	return cmd
}

func (e *env) runSupplierLearn(ctx context.Context, id, path string, only []string, yes bool) (err error) {
	verdict, err := e.judge(ctx, path, verifyOptions{explicit: true, stays: true})
	if err != nil {
		return fmt.Errorf("learn from %s: %w", path, err)
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	supplier, err := conn.Supplier(ctx, workflow.SupplierID(id))
	if err != nil {
		return err
	}
	proposed := e.propose(conn.cfg.Company.Name, supplier, verdict, only)
	if len(proposed) == 0 {
		return workflow.WithHint(fmt.Errorf("learn from %s: no signature in it names anybody new: %w", path, workflow.ErrPolicy),
			"only signatures that are intact and lead to a root of [trust] are taken; `contractd verify "+path+"` says what they are")
	}
	if err := e.confirm(ctx, fmt.Sprintf("Expect these %d certificates of %s from now on?", len(proposed), supplier.Name), yes); err != nil {
		return err
	}
	supplier.Signers = append(supplier.Signers, proposed...)
	stored, err := conn.PutSupplier(ctx, supplier)
	if err != nil {
		return err
	}
	return e.printSupplier(stored)
}

// propose tells of each signature what it says about its signer, and returns those that can be expected.
func (e *env) propose(own string, supplier workflow.Supplier, verdict workflow.Verdict, only []string) []workflow.Signer {
	var proposed []workflow.Signer
	for _, s := range verdict.Signatures {
		if s.Kind == "timestamp" || len(only) > 0 && !slices.Contains(only, s.Field) {
			continue
		}
		signer, why := signerOf(supplier, s)
		if why == "" && signer.Organization == own {
			why = "your own company's"
		}
		if why == "" && slices.ContainsFunc(proposed, func(other workflow.Signer) bool { return slices.Equal(other.Keys, signer.Keys) }) {
			continue
		}
		line := fmt.Sprintf("%s: %s, %s", s.Field, s.Signer, s.Issuer)
		if why != "" {
			fmt.Fprintln(e.stderr, printable("- "+line+": "+why))
			continue
		}
		fmt.Fprintln(e.stderr, printable(fmt.Sprintf("+ %s: as %s, %s %s key %s", line, signer.Role, signer.Organization, signer.Code, signer.Keys[0])))
		proposed = append(proposed, signer)
	}
	return proposed
}

// signerOf describes whom a signature proves, or says why it is not taken.
func signerOf(supplier workflow.Supplier, s workflow.Signature) (workflow.Signer, string) {
	switch {
	case !s.Intact || s.Certificate == nil:
		return workflow.Signer{}, "not intact"
	case s.Verdict == workflow.Failed:
		return workflow.Signer{}, "failed: " + string(s.Reasons[0])
	case slices.Contains(s.Reasons, workflow.ReasonUntrusted), slices.Contains(s.Reasons, workflow.ReasonRevoked):
		return workflow.Signer{}, "its certificate is not trusted"
	case slices.ContainsFunc(supplier.Signers, func(known workflow.Signer) bool { return slices.Contains(known.Keys, s.Certificate.PublicKey) }):
		return workflow.Signer{}, "known already"
	}
	signer := workflow.Signer{
		Role: workflow.RoleEmployee, Name: s.Signer, Organization: s.Certificate.Organization, Keys: []workflow.Hash{s.Certificate.PublicKey},
	}
	if len(s.Certificate.Codes) > 0 {
		signer.Code = s.Certificate.Codes[0]
	}
	// A company's own certificate bears the company's name alone.
	if s.Signer == s.Certificate.Organization || strings.TrimSpace(s.Signer) == supplier.Name {
		signer.Role = workflow.RoleOrganization
	}
	return signer, ""
}
