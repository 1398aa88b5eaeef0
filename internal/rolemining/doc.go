// Package rolemining is the domain of the emulator: an organisation of
// identities and the access they hold, role mining sessions over it, and the
// potential roles that mining finds. Service holds the use cases; Store is what
// they need of a database. Nothing here knows of HTTP or SQL.
package rolemining
