package workflow

import (
	"fmt"
	"slices"
)

// Right is what an actor may do.
type Right string

const (
	RightView       Right = "view"       // Read contracts, receipts and the archive.
	RightSend       Right = "send"       // Create, seal and release contracts.
	RightDecide     Right = "decide"     // Approve, refuse, withdraw.
	RightAdminister Right = "administer" // Everything, and the keys and suppliers.
)

// ActorKind is what kind of somebody acts.
type ActorKind string

const (
	KindPerson    ActorKind = "person"    // Of [[users]], known by the kernel's word.
	KindOwner     ActorKind = "owner"     // The owner of data_dir where no [[users]] are named: the one administrator.
	KindProgram   ActorKind = "program"   // Holds an API key.
	KindSuperuser ActorKind = "superuser" // root, who may look and repair, but is never a second person.
	KindSystem    ActorKind = "system"    // The daemon by itself.
)

// Actor is the authenticated person or program that acts.
type Actor struct {
	Name      string       `json:"name"`
	Kind      ActorKind    `json:"kind,omitempty"`
	Rights    []Right      `json:"rights,omitempty"`
	Suppliers []SupplierID `json:"suppliers,omitempty"` // Whose contracts it may see and handle; none means everybody's.
}

// System is contractd itself, acting by its policy.
var System = Actor{Name: "contractd", Kind: KindSystem, Rights: []Right{RightAdminister}}

// Has reports whether the actor has the right; every other right includes looking, and administering includes all.
func (a Actor) Has(right Right) bool {
	if slices.Contains(a.Rights, right) || slices.Contains(a.Rights, RightAdminister) {
		return true
	}
	return right == RightView && len(a.Rights) > 0
}

// Need returns an error wrapping ErrRight unless the actor has the right.
func (a Actor) Need(right Right) error {
	if a.Has(right) {
		return nil
	}
	return WithHint(fmt.Errorf("act as %q: right %q is missing: %w", a.Name, right, ErrRight),
		"an administrator grants rights under [[users]] in the configuration, or to a program with `contractd apikey add`")
}

// NeedFor returns an error wrapping ErrRight unless the actor has the right with this supplier's contracts.
func (a Actor) NeedFor(right Right, supplier SupplierID) error {
	if err := a.Need(right); err != nil {
		return err
	}
	if !a.Sees(supplier) {
		return fmt.Errorf("act as %q: supplier %q is outside its scope: %w", a.Name, supplier, ErrRight)
	}
	return nil
}

// NeedForAll returns an error wrapping ErrRight unless the actor has the right with everybody's contracts: for what
// concerns the whole house.
func (a Actor) NeedForAll(right Right) error {
	if err := a.Need(right); err != nil {
		return err
	}
	if len(a.Suppliers) > 0 {
		return fmt.Errorf("act as %q: this is about everybody, and its scope is %d suppliers: %w", a.Name, len(a.Suppliers), ErrRight)
	}
	return nil
}

// Sees reports whether the supplier is within the actor's scope.
func (a Actor) Sees(supplier SupplierID) bool {
	return len(a.Suppliers) == 0 || slices.Contains(a.Suppliers, supplier)
}

// Person reports whether a human being decides, by name or as root: no program.
func (a Actor) Person() bool { return a.Kind != KindProgram && a.Kind != KindSystem }

// Counts reports whether the actor is a person whose approval counts where two are needed: programs and root, who can
// become anybody, are no second person.
func (a Actor) Counts() bool { return a.Kind == KindPerson || a.Kind == KindOwner }
