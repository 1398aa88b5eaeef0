package tenant

import (
	"context"
	"iter"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// Difference is how the objects of one kind in one state differ from those in
// another. Lists are ascending.
type Difference struct {
	Added, Removed []string // ids
	Changed        []ChangedObject
}

// ChangedObject is an object that is in both states.
type ChangedObject struct {
	ID string
	// Properties are those that differ, by the names that the API has for them
	// or, where it has none, fixtures.
	Properties []string
}

// Differences are those of every kind.
type Differences struct {
	Sessions, PotentialRoles, Exports, Roles, AccessRequests, Mails, Organisation, Identities, Entitlements, Sources, Clients Difference
}

// Diff compares the snapshot from with the snapshot to, or with the present where
// to is "". Errors are a *SnapshotError or those of the database.
func (t *Tenant) Diff(ctx context.Context, from, to string) (Differences, error) {
	a, err := t.Snapshot(from)
	if err != nil {
		return Differences{}, err
	}
	b, err := t.storedIn(ctx, to)
	if err != nil {
		return Differences{}, err
	}
	before, err := a.stored.Everything(ctx, t.store)
	if err != nil {
		return Differences{}, err
	}
	after, err := b.Everything(ctx, t.store)
	if err != nil {
		return Differences{}, err
	}
	return differences(before, after), nil
}

// storedIn is what is stored in a snapshot, or now where the name is "".
func (t *Tenant) storedIn(ctx context.Context, name string) (store.Copy, error) {
	if name == "" {
		return t.store.Copy(ctx)
	}
	one, err := t.Snapshot(name)
	if err != nil {
		return store.Copy{}, err
	}
	return one.stored, nil
}

func differences(before, after store.Everything) Differences {
	d := Differences{
		Sessions:       compare(before.Sessions, after.Sessions, func(s rolemining.Session) string { return s.ID }),
		PotentialRoles: compare(before.PotentialRoles, after.PotentialRoles, func(r rolemining.PotentialRole) string { return r.ID }),
		Exports:        compare(before.Exports, after.Exports, func(e store.ExportWithFile) string { return e.ID }),
		Roles:          compare(before.Roles, after.Roles, func(r rolemining.Role) string { return r.ID }),
		AccessRequests: compare(before.AccessRequests, after.AccessRequests, func(r rolemining.AccessRequest) string { return r.ID }),
		Mails:          compare(before.Mails, after.Mails, func(m rolemining.Mail) string { return m.ID }),
		Organisation:   compare([]rolemining.Org{before.Org}, []rolemining.Org{after.Org}, func(o rolemining.Org) string { return o.TenantID }),
		Clients:        compare(before.Clients, after.Clients, func(c rolemining.Client) string { return c.ID }),
	}
	if before.Organisation != after.Organisation {
		d.Sources = compare(before.Organisation.Sources, after.Organisation.Sources, func(s rolemining.Source) string { return s.ID })
		d.Entitlements = compare(before.Organisation.Entitlements, after.Organisation.Entitlements, func(e rolemining.Entitlement) string { return e.ID })
		d.Identities = compareAll(identitiesOf(before), identitiesOf(after), func(x rolemining.Identity) string { return x.ID })
	}
	return d
}

func identitiesOf(e store.Everything) iter.Seq[rolemining.Identity] {
	return func(yield func(rolemining.Identity) bool) {
		for _, x := range e.Organisation.Identities.All() {
			if !yield(x) {
				return
			}
		}
	}
}

func compare[T any](before, after []T, id func(T) string) Difference {
	return compareAll(slices.Values(before), slices.Values(after), id)
}

// compareAll compares structs of one type, by id.
func compareAll[T any](before, after iter.Seq[T], id func(T) string) Difference {
	was := map[string]T{}
	for one := range before {
		was[id(one)] = one
	}
	var d Difference
	for one := range after {
		key := id(one)
		old, ok := was[key]
		delete(was, key)
		if !ok {
			d.Added = append(d.Added, key)
			continue
		}
		if names := differing(reflect.ValueOf(old), reflect.ValueOf(one), nil); len(names) > 0 {
			slices.Sort(names)
			d.Changed = append(d.Changed, ChangedObject{key, names})
		}
	}
	for key := range was {
		d.Removed = append(d.Removed, key)
	}
	slices.Sort(d.Added)
	slices.Sort(d.Removed)
	slices.SortFunc(d.Changed, func(a, b ChangedObject) int { return strings.Compare(a.ID, b.ID) })
	return d
}

// differing adds the names of the fields in which two structs differ.
func differing(a, b reflect.Value, names []string) []string {
	for _, f := range reflect.VisibleFields(a.Type()) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		x, y := a.FieldByIndex(f.Index), b.FieldByIndex(f.Index)
		if (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.Len() == 0 && y.Len() == 0 {
			continue // nil and empty are the same to everybody
		}
		if !reflect.DeepEqual(x.Interface(), y.Interface()) {
			names = append(names, propertyName(a.Type(), f))
		}
	}
	return names
}

// propertyNames are those that do not follow from the name of the field.
func propertyNames() map[string]string {
	return map[string]string{
		"CreatedAt": "createdDate", "ModifiedAt": "modifiedDate", "Session.State": "status", "ExportWithFile.State": "status",
		"Session.MinIdentities": "minNumIdentitiesInPotentialRole", "PotentialRole.Excluded": "excludedEntitlements",
		"PotentialRole.Ready": "identityGroupStatus", "PotentialRole.Nearest": "nearestRole",
		"Role.EntitlementIDs": "entitlements", "Role.OwnerID": "owner",
		"Identity.EntitlementIDs": "entitlements", "Identity.ManagerID": "manager", "Entitlement.SourceID": "source",
	}
}

func propertyName(of reflect.Type, f reflect.StructField) string {
	known := propertyNames()
	for _, key := range []string{of.Name() + "." + f.Name, f.Name} {
		if name, ok := known[key]; ok {
			return name
		}
	}
	if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" && tag != "-" {
		return tag
	}
	plain := strings.NewReplacer("IDs", "Ids", "ID", "Id", "URIs", "Uris").Replace(f.Name)
	return string(unicode.ToLower(rune(plain[0]))) + plain[1:]
}
