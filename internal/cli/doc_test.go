package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what docs/cli.md says that commands print")

// transcript is a command line of a page and what stands below it.
type transcript struct {
	line   string
	output string
}

// TestThePageOfTheCommandLineIsTrue runs every command line of docs/cli.md.
func TestThePageOfTheCommandLineIsTrue(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	const page = "docs/cli.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var now strings.Builder
	ran := 0
	for i, part := range strings.SplitAfter(string(text), "```") {
		body, console := strings.CutPrefix(part, "console\n")
		if i%2 == 0 || !console {
			now.WriteString(part)
			continue
		}
		now.WriteString("console\n")
		all := transcripts(strings.TrimSuffix(body, "```"))
		for j, one := range all {
			ran++
			if strings.Contains(one.line, "kubectl") {
				understood(t, one.line)
				now.WriteString("$ " + one.line + "\n" + one.output)
				continue
			}
			now.WriteString("$ " + one.line + "\n" + pipeline(t, one.line))
			if j < len(all)-1 {
				now.WriteString("\n")
			}
		}
		now.WriteString("```")
	}
	if ran < 20 {
		t.Errorf("%d command lines were found, want at least 20", ran)
	}
	if *update {
		if err := os.WriteFile(page, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), now.String()); diff != "" {
		t.Errorf("%s (-page +what commands print); run go test ./internal/cli -update:\n%s", page, diff)
	}
}

func transcripts(body string) []transcript {
	var all []transcript
	for line := range strings.Lines(body) {
		if command, is := strings.CutPrefix(line, "$ "); is {
			all = append(all, transcript{line: strings.TrimSpace(command)})
			continue
		}
		if len(all) > 0 {
			all[len(all)-1].output += line
		}
	}
	return all
}

// pipeline runs commands of speaker, and cat, one after the other, and returns what the
// last one writes.
func pipeline(t *testing.T, line string) string {
	t.Helper()
	var out []byte
	for part := range strings.SplitSeq(line, " | ") {
		args := strings.Fields(part)
		switch args[0] {
		case "cat":
			text, err := os.ReadFile(args[1])
			if err != nil {
				t.Fatal(err)
			}
			out = text
		case "speaker":
			var stdout, stderr bytes.Buffer
			status := Speaker(t.Context(), Process{
				Args: args[1:], Getenv: func(string) string { return "" }, Stdin: bytes.NewReader(out), Stdout: &stdout, Stderr: &stderr,
			})
			if status == exitUsage {
				t.Errorf("%s: exit status %d: %s", part, status, &stderr)
			}
			out = stdout.Bytes()
		default:
			t.Fatalf("%s: the test cannot run this", part)
		}
	}
	return string(out)
}

// understood has the plugin parse a command line, without doing what it says.
func understood(t *testing.T, line string) {
	t.Helper()
	parts := strings.Split(line, " | ")
	args, plugin := strings.CutPrefix(parts[len(parts)-1], pluginUsage+" ")
	if !plugin {
		t.Errorf("%s: does not end in the plugin", line)
		return
	}
	var stdout, stderr bytes.Buffer
	status := Speaker(t.Context(), Process{
		Name: pluginName, Args: append(strings.Fields(args), "--help"), Getenv: func(string) string { return "" },
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
	})
	usage, _, _ := strings.Cut(args, " ")
	if status != 0 || !strings.Contains(stdout.String(), pluginUsage+" "+usage) {
		t.Errorf("%s: exit status %d: %s%s", line, status, &stdout, &stderr)
	}
}
