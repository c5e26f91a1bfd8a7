package reloader

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// program is how one FRR daemon is run.
type program struct {
	name string
	rank int       // daemons of one rank start together, once those of lower ranks answer
	caps []uintptr // what it dies without (docs/design/frr.md)
	args []string
	with []string // daemons that are of no use once this one has died, and are restarted with it
}

// defaultRunDir is where FRR's own builds keep sockets. mgmtd's cannot be put elsewhere but by a name below it.
const defaultRunDir = "/var/run/frr"

// startOrder of the daemons; all of one rank together.
const (
	rankManagement = iota
	rankZebra
	rankProtocols
)

// programs are the daemons of this FRR in start order. FRR 9 and later have mgmtd.
func programs(bin, run string, bgpPort int) []program {
	common := func(name string) []string {
		return []string{
			"--vty_socket", run, "-i", filepath.Join(run, name+".pid"),
			"-A", "127.0.0.1", "-P", "0", // no TCP vty
			"--log", "stdout", "--log-level", "informational",
		}
	}
	var list []program
	managed := exists(filepath.Join(bin, "mgmtd"))
	space := pathspace(run)
	add := func(p program) {
		p.args = append(common(p.name), p.args...)
		if managed && space != "" {
			p.args = append(p.args, "-N", space)
		}
		list = append(list, p)
	}
	zserv := []string{"-z", filepath.Join(run, "zserv.api")}
	noFile := []string{"-f", os.DevNull} // the configuration comes over the vty alone
	if managed {
		add(program{name: "mgmtd", rank: rankManagement, caps: []uintptr{unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_RAW, unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN}})
	}
	// bfdd purges its sessions when zebra dies, and then BGP stays down until bgpd asks for them again. staticd
	// looks for the new zebra after 10 s only.
	add(program{
		name: "zebra", rank: rankZebra, with: []string{"bgpd", "bfdd", "staticd"},
		caps: []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_SYS_ADMIN},
		args: join(zserv, noFile),
	})
	static := program{name: "staticd", rank: rankProtocols, args: zserv}
	bfd := program{
		name: "bfdd", rank: rankProtocols,
		caps: []uintptr{unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_RAW, unix.CAP_SYS_ADMIN},
		args: join(zserv, noFile),
	}
	if !managed {
		static.args = join(zserv, noFile)
		bfd.args = append(bfd.args, "--bfdctl", filepath.Join(run, "bfdd.sock")) // FRR 10 has no such socket
	}
	add(static)
	add(bfd)
	add(program{
		name: "bgpd", rank: rankProtocols,
		caps: []uintptr{unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_RAW, unix.CAP_NET_ADMIN, unix.CAP_SYS_ADMIN},
		args: join(zserv, noFile, []string{"-p", strconv.Itoa(bgpPort)}),
	})
	return list
}

func join(parts ...[]string) []string {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// pathspace is the name (-N) under which the daemons of one run directory find mgmtd: the
// directory's own where it is right below the default, else one made from its path.
func pathspace(run string) string {
	run = canonical(run)
	if run == canonical(defaultRunDir) {
		return ""
	}
	if rest, ok := strings.CutPrefix(run, canonical(defaultRunDir)+"/"); ok && !strings.Contains(rest, "/") {
		return rest
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(run)) // never fails
	return fmt.Sprintf("speaker-%08x", h.Sum32())
}

// canonical follows links where it can: /var/run is one.
func canonical(path string) string {
	path = filepath.Clean(path)
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	dir, base := filepath.Split(path)
	if dir == "" || dir == path {
		return path
	}
	return filepath.Join(canonical(dir), base)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
