package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/kube"
	"frr-speaker/internal/members"
	"frr-speaker/internal/speaker"
)

// defaultMemberOptions is where manifests mount the ConfigMap metallb-memberlist-config.
const defaultMemberOptions = "/etc/metallb/memberlist/config.json"

// secretKeyFile is the key of the Secret that speakers share, and so the name of its file.
const secretKeyFile = "secretkey"

// watchMembers makes the speaker elect among speakers that are alive. Without an
// address to be reached at, or a way to find others, every node counts as alive, as
// in MetalLB: a speaker has to run on each then.
func (c common) watchMembers(agent *speaker.Speaker, m memberFlags, client *kube.Client, registry prometheus.Registerer) error {
	discover, err := m.discover(c, client)
	if err != nil {
		return err
	}
	if m.bindAddr == "" || discover == nil {
		agent.Log.Info("nobody watches which speakers are alive: every node counts as alive in elections",
			"remedy", "set --ml-bindaddr, and --ml-labels or --members")
		return nil
	}
	options := members.Options{Node: c.node, Discover: discover, Log: agent.Log}
	if options.Bind, err = m.bind(); err != nil {
		return err
	}
	if options.Secret, err = m.secret(); err != nil {
		return err
	}
	if options.Tuning, err = m.tuning(); err != nil {
		return err
	}
	list, err := members.New(options)
	if err != nil {
		return err
	}
	registry.MustRegister(list)
	agent.Members, agent.Tasks = list, append(agent.Tasks, list)
	return nil
}

// discover is how other speakers are found; nil is not at all.
func (m memberFlags) discover(c common, client *kube.Client) (func(context.Context) ([]netip.AddrPort, error), error) {
	if len(m.peers) > 0 {
		peers, err := m.parsePeers()
		return func(context.Context) ([]netip.AddrPort, error) { return peers, nil }, err
	}
	if m.labels == "" || client == nil {
		return nil, nil
	}
	return func(ctx context.Context) ([]netip.AddrPort, error) {
		addrs, err := client.PodAddrs(ctx, c.namespace, m.labels)
		found := make([]netip.AddrPort, len(addrs))
		for i, a := range addrs {
			found[i] = netip.AddrPortFrom(a, 0)
		}
		return found, err
	}, nil
}

func (m memberFlags) parsePeers() ([]netip.AddrPort, error) {
	var peers []netip.AddrPort
	for _, text := range m.peers {
		peer, err := netip.ParseAddrPort(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("--members: %q is no address: write them as 192.0.2.1,192.0.2.2:7946,2001:db8::1", text)
			}
			peer = netip.AddrPortFrom(addr, 0)
		}
		peers = append(peers, peer)
	}
	return peers, nil
}

// bind is where this speaker is reached.
func (m memberFlags) bind() (netip.AddrPort, error) {
	addr, err := netip.ParseAddr(m.bindAddr)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("--ml-bindaddr (METALLB_ML_BIND_ADDR) %q is no address", m.bindAddr)
	}
	port := uint64(members.DefaultPort)
	if m.bindPort != "" {
		if port, err = strconv.ParseUint(m.bindPort, 10, 16); err != nil || port == 0 {
			return netip.AddrPort{}, fmt.Errorf("--ml-bindport (METALLB_ML_BIND_PORT) %q is no port: use 1 to 65535", m.bindPort)
		}
	}
	return netip.AddrPortFrom(addr, uint16(port)), nil
}

// secret is what speakers encrypt with; nil is not at all.
func (m memberFlags) secret() ([]byte, error) {
	if m.secretKeyPath == "" {
		return nil, nil
	}
	secret, err := os.ReadFile(filepath.Join(m.secretKeyPath, secretKeyFile))
	if err != nil {
		return nil, fmt.Errorf("--ml-secret-key-path (METALLB_ML_SECRET_KEY_PATH): %w", err)
	}
	return secret, nil
}

// tuning is that of the file, where there is one.
func (m memberFlags) tuning() (members.Tuning, error) {
	base := members.Fast()
	if m.wan {
		base = members.WAN()
	}
	data, err := os.ReadFile(m.optionsFile)
	switch {
	case m.optionsFile == "" || errors.Is(err, fs.ErrNotExist) && m.optionsFile == defaultMemberOptions:
		return base, nil
	case err != nil:
		return base, fmt.Errorf("--ml-options-file: %w", err)
	}
	tuning, err := members.ParseTuning(data, base)
	if err != nil {
		return base, fmt.Errorf("%s: %w", m.optionsFile, err)
	}
	return tuning, nil
}
