// Package assignments reads who holds what from text and writes it as fixtures
// (docs/import.md, docs/fixtures.md).
//
// Two forms are understood: pairs, with a user, an entitlement and perhaps an
// application on a line, and lists, with a user and all entitlements of the
// user on a line. Form, delimiter and header are detected; each can be stated
// instead. A second file may say who the users are.
//
// The ids of the files are kept as they are. All problems are reported
// together, each with file and line, and nothing is written while there are
// any. Texts are held once each and an assignment in a few bytes, so that
// memory follows the number of assignments and not the size of the text.
package assignments
