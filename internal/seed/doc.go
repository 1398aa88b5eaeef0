// Package seed reads and writes fixtures: a directory of JSON files that
// describes an organisation (docs/fixtures.md, fixtures/schema.json). Load
// checks everything and reports all that is wrong at once, each with file,
// place and rule; Writer writes the same format, record by record, so that an
// organisation of any size can be generated without being held in memory.
package seed
