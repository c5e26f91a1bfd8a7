package lab

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// FRRVersion is a generation of FRR that the lab can run.
type FRRVersion int

// The generations: FRR of Debian bookworm (8.4) and of Debian trixie (10.3).
const (
	FRR8  FRRVersion = 8
	FRR10 FRRVersion = 10
)

// FRRVersions are all generations that tests should pass on.
func FRRVersions() []FRRVersion { return []FRRVersion{FRR8, FRR10} }

// String is the version as users write it, without patch level.
func (v FRRVersion) String() string {
	if v == FRR10 {
		return "FRR 10.3"
	}
	return "FRR 8.4"
}

// release is the start of what "bgpd --version" of this generation says.
func (v FRRVersion) release() string {
	if v == FRR10 {
		return "10.3"
	}
	return "8.4"
}

func (v FRRVersion) suite() string {
	if v == FRR10 {
		return "trixie"
	}
	return "bookworm"
}

// FRRInstallation is where one FRR is.
type FRRInstallation struct {
	Version FRRVersion
	Release string // "8.4.4"
	Root    string // "" is the machine's own; else the directory with its /usr and /etc
}

// frrLibexec is where Debian has FRR's daemons, below the root.
const frrLibexec = "/usr/lib/frr"

//go:embed chroot.sh
var chrootScript []byte

// FindFRR finds an FRR of the wanted generation: the machine's own or, when
// that is another, the one in the directory that chroot.sh makes.
func FindFRR(v FRRVersion) (FRRInstallation, error) {
	own, err := frrRelease("")
	if err == nil && matches(own, v) {
		return FRRInstallation{Version: v, Release: own}, nil
	}
	if err != nil {
		own = "none"
	}
	root := chrootDir(v.suite())
	release, err := frrRelease(root)
	if errors.Is(err, os.ErrNotExist) {
		return FRRInstallation{}, fmt.Errorf("find %v: this machine's FRR is %s and there is none in %s: run test/lab/chroot.sh %s",
			v, own, root, v.suite())
	}
	if err != nil {
		return FRRInstallation{}, fmt.Errorf("find %v: in %s: %w", v, root, err)
	}
	if !matches(release, v) {
		return FRRInstallation{}, fmt.Errorf("find %v: %s holds FRR %s", v, root, release)
	}
	return FRRInstallation{Version: v, Release: release, Root: root}, nil
}

// matches reports whether a release is of a generation: "10.3" and "10.3.1", not "10.30".
func matches(release string, v FRRVersion) bool {
	return release == v.release() || strings.HasPrefix(release, v.release()+".")
}

// chrootDir is what chroot.sh makes: the two agree on the cache and the key.
func chrootDir(suite string) string {
	key := sha256.Sum256(chrootScript)
	return filepath.Join(cacheDir(), suite+"-"+hex.EncodeToString(key[:])[:12])
}

// cacheDir is where the lab keeps what is costly to make.
func cacheDir() string {
	if dir := os.Getenv("FRR_SPEAKER_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = "/root/.cache" // as chroot.sh: it is root who asks
	}
	return filepath.Join(dir, "frr-speaker")
}

// frrRelease asks bgpd under root for its version.
func frrRelease(root string) (string, error) {
	if _, err := os.Stat(filepath.Join(root, frrLibexec, "bgpd")); err != nil {
		return "", err
	}
	cmd := exec.Command(frrLibexec+"/bgpd", "--version")
	cmd.Dir = "/"
	if root != "" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("run bgpd --version: %w", err)
	}
	release, found := strings.CutPrefix(string(out), "bgpd version ")
	if !found {
		return "", fmt.Errorf("run bgpd --version: unexpected %q", out)
	}
	release, _, _ = strings.Cut(release, "\n")
	return strings.TrimSpace(release), nil
}
