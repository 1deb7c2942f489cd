package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"contractd/signer/trust"
	"contractd/workflow"
)

// supplierOptions are the flags of supplier add.
type supplierOptions struct {
	supplier     workflow.Supplier
	language     string
	organization string
	code         string
	certificates []string
	required     []string
}

func (e *env) supplier() *cobra.Command {
	cmd := &cobra.Command{
		Use: "supplier", Short: "The suppliers: whom we mail, and the certificates that they sign with (供应商)",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(e.supplierAdd(), e.supplierEdit(), e.supplierLearn(), e.supplierList(), e.supplierShow())
	return cmd
}

func (e *env) supplierAdd() *cobra.Command {
	var options supplierOptions
	cmd := &cobra.Command{
		Use:   "add NAME --name FULLNAME --mail ADDRESS",
		Short: "Register a supplier",
		Long: "add registers a supplier under a short NAME. Its certificates are expected by file (their public keys are pinned), or by\n" +
			"organisation and 统一社会信用代码. A return signed by anybody else waits for a person.",
		Example: "  contractd supplier add huaxin --name 华信精密制造有限公司 --mail hetong@huaxin.example --code 91440101MA5D3F8X2K --organization 华信精密制造有限公司\n" +
			"  contractd supplier add acme --name \"ACME Ltd\" --language en --mail contracts@acme.example --certificate organization=acme.pem",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runSupplierAdd(cmd.Context(), args[0], options)
		},
	}
	options.flags(cmd)
	return cmd
}

// flags are those of add and edit.
func (o *supplierOptions) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.supplier.Name, "name", "", "full name, as in contracts")
	flags.StringArrayVar(&o.supplier.Addresses, "mail", nil, "mail address; the first is the main one (repeatable)")
	flags.StringArrayVar(&o.supplier.Copies, "copy", nil, "mail address that gets a copy (repeatable)")
	flags.StringVar(&o.language, "language", "", "zh-CN or en (default: the company's)")
	flags.StringVar(&o.organization, "organization", "", "organisation named in its certificates")
	flags.StringVar(&o.code, "code", "", "unified social credit code 统一社会信用代码 in its certificates")
	flags.StringArrayVar(&o.certificates, "certificate", nil, "ROLE=FILE.pem: pin this certificate's key for organization or employee (repeatable)")
	flags.StringSliceVar(&o.required, "require", nil, "roles that must sign: organization, employee (default from [contracts] required_roles)")
	flags.StringVar(&o.supplier.Archive, "archive", "", "automatic or confirm (default: the general policy)")
}

func (e *env) runSupplierAdd(ctx context.Context, id string, options supplierOptions) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	supplier := options.supplier
	supplier.ID, supplier.Language = workflow.SupplierID(id), workflow.Language(options.language)
	if supplier.Language == "" {
		supplier.Language = conn.cfg.Company.Language
	}
	for _, role := range options.required {
		supplier.Required = append(supplier.Required, workflow.Role(role))
	}
	if len(supplier.Required) == 0 {
		supplier.Required = conn.cfg.Contracts.RequiredRoles
	}
	if supplier.Signers, err = options.signers(supplier.Required); err != nil {
		return err
	}
	stored, err := conn.PutSupplier(ctx, supplier)
	if err != nil {
		return err
	}
	return e.printSupplier(stored)
}

// signers returns whom to expect: pinned keys, and the organisation for each required role.
func (o supplierOptions) signers(required []workflow.Role) ([]workflow.Signer, error) {
	var signers []workflow.Signer
	for _, text := range o.certificates {
		role, file, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("read --certificate %q: want ROLE=FILE.pem: %w", text, workflow.ErrUsage)
		}
		anchors, err := trust.LoadAnchors(file)
		if err != nil {
			return nil, fmt.Errorf("read --certificate %q: %w: %w", text, err, workflow.ErrUsage)
		}
		certificate := anchors.Certificates()[0]
		subject := trust.Identity(certificate)
		signers = append(signers, workflow.Signer{
			Role: workflow.Role(role), Name: subject.CommonName, Organization: subject.Organization,
			Keys: []workflow.Hash{workflow.HashOf(certificate.RawSubjectPublicKeyInfo)},
		})
	}
	if o.organization != "" || o.code != "" {
		for _, role := range required {
			signers = append(signers, workflow.Signer{Role: role, Organization: o.organization, Code: o.code})
		}
	}
	return signers, nil
}

func (e *env) supplierList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the suppliers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			suppliers, err := conn.Suppliers(cmd.Context())
			if err != nil || e.json {
				return errors.Join(err, e.jsonUnless(err, suppliers))
			}
			rows := table{heads: []string{"SUPPLIER", "NAME", "MAIL", "LANGUAGE", "SIGNERS"}}
			for _, s := range suppliers {
				rows.add(string(s.ID), s.Name, strings.Join(s.Addresses, " "), string(s.Language), fmt.Sprint(len(s.Signers)))
			}
			return rows.print(e.stdout)
		},
	}
}

func (e *env) supplierShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show one supplier", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			supplier, err := conn.Supplier(cmd.Context(), workflow.SupplierID(args[0]))
			if err != nil {
				return err
			}
			return e.printSupplier(supplier)
		},
	}
}

func (e *env) printSupplier(s workflow.Supplier) error {
	if e.json {
		return e.printJSON(s)
	}
	rows := table{heads: []string{"SUPPLIER", string(s.ID)}}
	rows.add("name", s.Name)
	rows.add("mail", strings.Join(s.Addresses, " "))
	rows.add("copies", strings.Join(s.Copies, " "))
	rows.add("language", string(s.Language))
	rows.add("required", fmt.Sprint(s.Required))
	for _, picture := range s.Marks {
		rows.add("mark", "picture "+picture.String())
	}
	for _, signer := range s.Signers {
		what := strings.TrimSpace(signer.Name + " " + signer.Organization + " " + signer.Code)
		for _, key := range signer.Keys {
			what += " key " + key.String()
		}
		rows.add(string(signer.Role), what)
	}
	return rows.print(e.stdout)
}

// jsonUnless prints the value unless there was an error before.
func (e *env) jsonUnless(err error, value any) error {
	if err != nil {
		return nil
	}
	return e.printJSON(value)
}
