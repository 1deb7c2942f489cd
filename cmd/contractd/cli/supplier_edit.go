package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"contractd/workflow"
)

func (e *env) supplierEdit() *cobra.Command {
	var options supplierOptions
	var unpin []string
	cmd := &cobra.Command{
		Use:   "edit NAME",
		Short: "Change a supplier",
		Long: "edit changes what its flags name and leaves the rest; a repeatable flag replaces the whole list. Letters that are queued already\n" +
			"go to the addresses of before. --unpin forgets a pinned certificate or seal picture, named by the first characters of the SHA-256\n" +
			"that `contractd supplier show` prints: what signs or looks so waits for a person again, unless its organisation is expected by name. If somebody else changes the supplier meanwhile, nothing is changed.",
		Example: "  contractd supplier edit huaxin --mail hetong@huaxin.example --mail fawu@huaxin.example\n" +
			"  contractd supplier edit acme --archive confirm\n" +
			"  contractd supplier edit huaxin --unpin 5d1f0a3c",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runSupplierEdit(cmd.Context(), args[0], options, unpin, cmd.Flags().Changed)
		},
	}
	options.flags(cmd)
	cmd.Flags().StringArrayVar(&unpin, "unpin", nil, "forget this pinned certificate or picture (repeatable; 取消登记)")
	return cmd
}

func (e *env) runSupplierEdit(ctx context.Context, id string, options supplierOptions, unpin []string, given func(flag string) bool) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	supplier, err := conn.Supplier(ctx, workflow.SupplierID(id))
	if err != nil {
		return err
	}
	if err := options.change(&supplier, given); err != nil {
		return err
	}
	for _, digits := range unpin {
		if err := forget(&supplier, digits); err != nil {
			return err
		}
	}
	stored, err := conn.PutSupplier(ctx, supplier)
	if err != nil {
		return err
	}
	return e.printSupplier(stored)
}

// change puts in what was given.
func (o *supplierOptions) change(supplier *workflow.Supplier, given func(flag string) bool) error {
	if given("require") {
		supplier.Required = nil
		for _, role := range o.required {
			supplier.Required = append(supplier.Required, workflow.Role(role))
		}
	}
	if given("language") {
		supplier.Language = workflow.Language(o.language)
	}
	for flag, set := range map[string]func(){
		"name":    func() { supplier.Name = o.supplier.Name },
		"mail":    func() { supplier.Addresses = o.supplier.Addresses },
		"copy":    func() { supplier.Copies = slices.DeleteFunc(o.supplier.Copies, isEmpty) },
		"archive": func() { supplier.Archive = o.supplier.Archive },
	} {
		if given(flag) {
			set()
		}
	}
	if !slices.ContainsFunc([]string{"certificate", "organization", "code"}, given) {
		return nil
	}
	return o.changeSigners(supplier, given)
}

// changeSigners replaces the pinned keys, or the expected organisation, or both; what is not given of them stays.
func (o *supplierOptions) changeSigners(supplier *workflow.Supplier, given func(flag string) bool) error {
	pinned := func(s workflow.Signer) bool { return len(s.Keys) > 0 }
	kept := slices.DeleteFunc(slices.Clone(supplier.Signers), func(s workflow.Signer) bool {
		if pinned(s) {
			return given("certificate")
		}
		return given("organization") || given("code")
	})
	for _, s := range supplier.Signers { // One of organisation and code may be given alone.
		if pinned(s) {
			continue
		}
		if !given("organization") {
			o.organization = s.Organization
		}
		if !given("code") {
			o.code = s.Code
		}
		break
	}
	if !given("organization") && !given("code") {
		o.organization, o.code = "", ""
	}
	added, err := o.signers(supplier.Required)
	supplier.Signers = append(kept, added...)
	return err
}

// shortestPin is how many characters of a digest must be given: fewer are typed by mistake.
const shortestPin = 8

// forget takes away the one pinned key or picture whose digest begins so.
func forget(supplier *workflow.Supplier, digits string) error {
	digits = strings.ToLower(strings.TrimSpace(digits))
	matches := func(hash workflow.Hash) bool { return strings.HasPrefix(hash.String(), digits) }
	var found []workflow.Hash
	for _, signer := range supplier.Signers {
		found = append(found, signer.Keys...)
	}
	found = slices.DeleteFunc(append(found, supplier.Marks...), func(hash workflow.Hash) bool { return !matches(hash) })
	slices.SortFunc(found, func(a, b workflow.Hash) int { return bytes.Compare(a[:], b[:]) })
	found = slices.Compact(found)
	if len(digits) < shortestPin || len(found) != 1 {
		return workflow.WithHint(fmt.Errorf("forget %q of supplier %s: %d pinned certificates and pictures begin so: %w", digits, supplier.ID, len(found), workflow.ErrUsage),
			fmt.Sprintf("give at least %d characters of a SHA-256 that `contractd supplier show %s` prints", shortestPin, supplier.ID))
	}
	supplier.Marks = slices.DeleteFunc(slices.Clone(supplier.Marks), matches)
	var kept []workflow.Signer
	for _, signer := range supplier.Signers {
		pinned := len(signer.Keys) > 0
		signer.Keys = slices.DeleteFunc(slices.Clone(signer.Keys), matches)
		if !pinned || len(signer.Keys) > 0 { // What came with the last key goes with it; an organisation that is expected stays.
			kept = append(kept, signer)
		}
	}
	supplier.Signers = kept
	return nil
}

func isEmpty(text string) bool { return text == "" }
