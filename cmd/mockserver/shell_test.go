package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// awkward are texts that a shell could take apart.
func awkward() []string {
	return []string{
		"", " ", "plain", "it's", `"double"`, "$HOME ${HOME} $(id) `id`", `back\slash\`, `\'`, "two\nlines\r\n", "tab\t;|&<>()#*?[]{}~!^", "%PATH% 100%",
		"\u2018curly\u2019 \u201alow\u201b", "\u00e4\u20ac", "--flag", "a=b",
	}
}

func TestQuoting(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ shell, value, want string }{
		{"bash", "it's", `export V='it'\''s'`},
		{"bash", `$(id) \ "x"`, `export V='$(id) \ "x"'`},
		{"powershell", "it's $x", `$env:V = 'it''s $x'`},
		{"powershell", "\u2018a\u2019", "$env:V = '\u2018\u2018a\u2019\u2019'"},
		{"fish", `it's a \ $x`, `set -gx V 'it\'s a \\ $x'`},
		{"cmd", `100% "x" & y`, `set "V=100%% "x" & y"`},
	} {
		s, err := (&program{}).shell(tc.shell)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.set("V", tc.value)
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s (-want +got): %v\n%s", tc.shell, err, diff)
		}
	}
	for _, value := range []string{"a\nb", "a\rb"} {
		if line, err := setCmd("V", value); err == nil {
			t.Errorf("cmd was to set a line break: %q", line)
		}
	}
}

// A real shell reads what was written for it.
func TestQuotingInAShell(t *testing.T) {
	t.Parallel()
	for _, value := range awkward() {
		line, err := setPOSIX("V", value)
		if err != nil {
			t.Fatal(err)
		}
		got, err := exec.Command("sh", "-c", line+"\nprintf %s \"$V\"").Output()
		if err != nil || string(got) != value {
			t.Errorf("%q became %q: %v", value, got, err)
		}
	}
}

// FuzzQuoting: by the rules of each shell the text is one word, and the same one.
func FuzzQuoting(f *testing.F) {
	for _, value := range awkward() {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		line, err := setPOSIX("V", value)
		if got, ok := readQuoted(strings.TrimPrefix(line, "export V="), "'", `'\''`, "'"); err != nil || !ok || got != value {
			t.Errorf("POSIX: %q became %q by %s", value, got, line)
		}
		line, err = setFish("V", value)
		if got, ok := readQuoted(strings.TrimPrefix(line, "set -gx V "), "'", `\'`, "'", `\\`, `\`); err != nil || !ok || got != value {
			t.Errorf("fish: %q became %q by %s", value, got, line)
		}
		line, err = setPowerShell("V", value)
		quotes := []string{"''", "'", "\u2018\u2018", "\u2018", "\u2019\u2019", "\u2019", "\u201a\u201a", "\u201a", "\u201b\u201b", "\u201b"}
		if got, ok := readQuoted(strings.TrimPrefix(line, "$env:V = "), "'", quotes...); err != nil || !ok || got != strings.ToValidUTF8(value, "\ufffd") && got != value {
			t.Errorf("PowerShell: %q became %q by %s", value, got, line)
		}
	})
}

// readQuoted reads a text in quotes, within which there are pairs of what is
// written for something and what that is. false says that it ends too early.
func readQuoted(text, quote string, pairs ...string) (string, bool) {
	text, ok := strings.CutPrefix(text, quote)
	if !ok {
		return "", false
	}
	var got strings.Builder
	for text != "" {
		known := false
		for i := 0; i < len(pairs) && !known; i += 2 {
			if rest, ok := strings.CutPrefix(text, pairs[i]); ok {
				got.WriteString(pairs[i+1])
				text, known = rest, true
			}
		}
		if known {
			continue
		}
		if rest, ok := strings.CutPrefix(text, quote); ok {
			return got.String(), rest == ""
		}
		got.WriteByte(text[0])
		text = text[1:]
	}
	return got.String(), false
}

func TestWhichShell(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		asked   string
		environ []string
		want    string // "" is a mistake
	}{
		{"fish", []string{"SHELL=/bin/bash"}, "fish"},
		{"zsh", nil, "bash"},
		{"pwsh", nil, "powershell"},
		{"", []string{"SHELL=/usr/bin/fish"}, "fish"},
		{"", []string{"SHELL=/bin/sh", "SHELL=/usr/local/bin/pwsh"}, "powershell"},
		{"", []string{"SHELL=/bin/zsh", "PSModulePath=x"}, "bash"},
		{"", []string{"PSModulePath=x"}, "powershell"},
		{"", nil, "bash"},
		{"", []string{"SHELL=/bin/tcsh"}, ""},
		{"csh", nil, ""},
	} {
		p := &program{environ: tc.environ}
		got, err := p.shell(tc.asked)
		if got.name != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%q in %v: %q, %v; want %q", tc.asked, tc.environ, got.name, err, tc.want)
		}
	}
}
