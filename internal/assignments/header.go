package assignments

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// What headers call the columns, in lower case without blanks and signs. Where
// several columns of a header fit, the first in this order is meant: an id
// rather than a name of the same thing.
const (
	userWords = `userid identityid personid employeeid accountid employeenumber personnelnumber staffid user identity person employee staff
 account username loginid login loginname logonname samaccountname accountname userprincipalname upn uid member
 benutzerid benutzerkennung mitarbeiterid personalnummer mitarbeiternummer kennung benutzer nutzer mitarbeiter anwender konto benutzername anmeldename
 idutilisateur identifiant matricule utilisateur collaborateur employé employe salarié salarie compte
 idusuario identificador idempleado usuario empleado persona colaborador cuenta identityname id name`
	entitlementWords = `entitlementid permissionid rightid privilegeid accessid groupid roleid entitlement permission right privilege access
 accessright accessitem accessprofile authorization authorisation group role profile entitlementname permissionname rightname privilegename
 accessname groupname rolename entitlementvalue memberof perm
 berechtigung berechtigungen zugriffsrecht zugriffsrechte recht rechte zugriff rolle rollen gruppe gruppen profil
 droit habilitation autorisation privilège accès acces rôle groupe
 permiso derecho autorización autorizacion privilegio acceso rol grupo perfil value`
	applicationWords = `application applicationname app appname system systemname source sourcename target targetsystem platform
 applicationid appid systemid sourceid
 anwendung anwendungen applikation applikationen quelle quellsystem zielsystem
 système systeme logiciel aplicación aplicacion aplicaciones sistema fuente origen`
	// What a column beside that of the user calls the user's name.
	personWords = `displayname fullname identityname employeename personname name username accountname loginname login anzeigename benutzername`
)

// columns are the places of the columns of a file of pairs, -1 for none.
type columns struct{ user, entitlement, application, name int }

// positions are the columns of a file whose header says nothing.
func positions() columns { return columns{user: 0, entitlement: 1, application: 2, name: -1} }

// picked are the columns of records that hold those with a meaning only.
func picked() columns { return columns{user: 0, entitlement: 1, application: 2, name: 3} }

// plainWord is a header as the lists of words have it.
func plainWord(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, header)
}

// ranks are the places of words in a list.
func ranks(words string) map[string]int {
	out := map[string]int{}
	for i, w := range strings.Fields(words) {
		out[w] = i
	}
	return out
}

// find is the place of the header that fits words best, -1 for none. A plural
// means the same.
func find(header []string, words string) int {
	rank := ranks(words)
	best, at := len(rank), -1
	for i, h := range header {
		word := plainWord(h)
		r, ok := rank[word]
		if !ok {
			r, ok = rank[strings.TrimSuffix(word, "s")]
		}
		if ok && r < best {
			best, at = r, i
		}
	}
	return at
}

// recognise finds the columns that a header names.
func recognise(header []string) columns {
	return columns{
		user:        find(header, userWords),
		entitlement: find(header, entitlementWords),
		application: find(header, applicationWords),
		name:        -1,
	}
}

// known says that a line is a header beyond doubt: it names both columns that
// there must be.
func (c columns) known() bool { return c.user >= 0 && c.entitlement >= 0 }

// others says that a header has more columns than user, entitlement and
// application.
func (c columns) others(header []string) bool {
	_, ignored := c.names(header)
	return len(ignored) > 0 || c.name >= 0
}

// withName finds the column of the user's name among those that mean nothing
// else.
func (c columns) withName(header []string) columns {
	rest := slices.Clone(header)
	for _, at := range []int{c.user, c.entitlement, c.application} {
		if at >= 0 {
			rest[at] = ""
		}
	}
	c.name = find(rest, personWords)
	return c
}

// fillIn gives columns that a header does not name the places that are left, in
// the order user, entitlement, application. Only a header of three columns at
// most leaves no doubt.
func (c columns) fillIn(width int) columns {
	used := map[int]bool{c.user: true, c.entitlement: true, c.application: true}
	next := 0
	for _, at := range []*int{&c.user, &c.entitlement, &c.application} {
		for next < width && used[next] {
			next++
		}
		if *at < 0 && next < width {
			*at = next
			used[next] = true
		}
	}
	return c
}

// headerColumns are the columns of a file of pairs whose first record is a
// header, or what is wrong with it.
func headerColumns(header []string) (columns, string) {
	c := recognise(header)
	if rule := repeated(header); rule != "" {
		return c, rule
	}
	if len(header) < 2 {
		return c, "the header names one column; a column of users and one of entitlements are needed"
	}
	if !c.known() && len(header) <= 3 {
		return c.fillIn(len(header)), ""
	}
	for _, need := range []struct {
		at    int
		what  string
		words string
	}{{c.user, "user", "user, userId, identity, account, login, employee"}, {c.entitlement, "entitlement", "entitlement, permission, right, group, role, access"}} {
		if need.at < 0 {
			return c, fmt.Sprintf("no column of the header is the %s; call one %q (also understood: %s)", need.what, need.what, need.words)
		}
	}
	return c.withName(header), ""
}

// repeated says that a header has a name twice.
func repeated(header []string) string {
	seen := map[string]int{}
	for i, h := range header {
		word := plainWord(h)
		if first, twice := seen[word]; twice && word != "" {
			return fmt.Sprintf("columns %d and %d of the header have the same name, %q", first, i+1, h)
		}
		seen[word] = i + 1
	}
	return ""
}

// names are the columns as the header calls them, and the others that it has.
func (c columns) names(header []string) (named Columns, ignored []string) {
	for i, h := range header {
		switch i {
		case c.user:
			named.User = h
		case c.entitlement:
			named.Entitlement = h
		case c.application:
			named.Application = h
		case c.name:
			named.Name = h
		default:
			ignored = append(ignored, h)
		}
	}
	return named, ignored
}
