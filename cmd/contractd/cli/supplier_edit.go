package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"contractd/workflow"
)

func (e *env) supplierEdit() *cobra.Command {
	var options supplierOptions
	cmd := &cobra.Command{
		Use:   "edit NAME",
		Short: "Change a supplier",
		Long: "edit changes what its flags name and leaves the rest; a repeatable flag replaces the whole list. Letters that are queued already\n" +
			"go to the addresses of before. If somebody else changes the supplier meanwhile, nothing is changed.",
		Example: "  contractd supplier edit huaxin --mail hetong@huaxin.example --mail fawu@huaxin.example\n" +
			"  contractd supplier edit acme --archive confirm",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runSupplierEdit(cmd.Context(), args[0], options, cmd.Flags().Changed)
		},
	}
	options.flags(cmd)
	return cmd
}

func (e *env) runSupplierEdit(ctx context.Context, id string, options supplierOptions, given func(flag string) bool) (err error) {
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

func isEmpty(text string) bool { return text == "" }
