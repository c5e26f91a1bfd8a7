package cli

import (
	"bytes"
	"strings"
	"testing"
)

// plugin runs the command line as kubectl does.
func plugin(t *testing.T, name string, args ...string) (status int, stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{}, args...) // of none, cobra takes those of the test
	status = Speaker(t.Context(), Process{
		Name: name, Args: args, Getenv: func(string) string { return "" }, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	})
	return status, out.String()
}

func TestAPluginSaysHowItIsCalledAndDoesNotRunASpeaker(t *testing.T) {
	status, stdout := plugin(t, pluginName)
	if status != 0 || !strings.Contains(stdout, "kubectl frr_speaker [command]") || strings.Contains(stdout, "--handoff") {
		t.Errorf("exit status %d:\n%s", status, stdout)
	}
	if status, stdout = plugin(t, pluginName, "explain", "--help"); status != 0 || !strings.Contains(stdout, "\n  kubectl frr_speaker explain default/web\n") {
		t.Errorf("exit status %d:\n%s", status, stdout)
	}
}

func TestKubectlCompletesThePlugin(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"commands", []string{"sim"}, "simulate\t"},
		{"services", []string{"explain", "--objects", examples(), ""}, "default/web\n"},
		{"formats", []string{"explain", "-o", ""}, "table\njson\nyaml\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, stdout := plugin(t, completerName, tt.args...); status != 0 || !strings.Contains(stdout, tt.want) {
				t.Errorf("exit status %d, want %q in:\n%s", status, tt.want, stdout)
			}
		})
	}
}

func TestEveryShellHasACompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if status, stdout, stderr := command(t, nil, "completion", shell); status != 0 || !strings.Contains(stdout, "speaker") {
			t.Errorf("%s: exit status %d, %q", shell, status, stderr)
		}
	}
}

func TestWrongFlagsAreErrorsOfInput(t *testing.T) {
	for _, args := range [][]string{{"explain", "--bogus"}, {"validate", "extra"}, {"simulate", "--lose"}} {
		if status, _, stderr := command(t, nil, args...); status != exitUsage || stderr == "" {
			t.Errorf("%v: exit status %d and %q, want %d and a message", args, status, stderr, exitUsage)
		}
	}
}
