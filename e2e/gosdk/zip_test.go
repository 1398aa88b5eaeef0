package gosdk

import (
	"archive/zip"
	"encoding/csv"
	"os"
	"testing"
)

// unzipped is the ZIP of a potential role: each CSV's rows, by column name.
type unzipped struct{ identities, entitlements []map[string]string }

// unzip reads the file that the SDK made of a download.
func unzip(t *testing.T, file *os.File) unzipped {
	t.Helper()
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		t.Fatalf("the download is no ZIP: %v", err)
	}
	if len(archive.File) != 2 {
		t.Fatalf("the ZIP has %d files, want 2", len(archive.File))
	}
	return unzipped{rows(t, archive, "identities.csv"), rows(t, archive, "entitlements.csv")}
}

func rows(t *testing.T, archive *zip.Reader, name string) []map[string]string {
	t.Helper()
	file, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(records) < 2 {
		t.Fatalf("%s has %d lines, want a head and rows", name, len(records))
	}
	var all []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = record[i]
		}
		all = append(all, row)
	}
	return all
}

// column is one column of all rows.
func column(rows []map[string]string, name string) []string {
	var all []string
	for _, row := range rows {
		all = append(all, row[name])
	}
	return all
}
