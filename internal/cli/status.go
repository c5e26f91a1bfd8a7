package cli

import (
	"fmt"
	"log/slog"

	"github.com/spf13/pflag"

	"frr-speaker/internal/kube"
	"frr-speaker/internal/speaker"
	"frr-speaker/internal/status"
)

// statusFlags say what is told to the cluster.
type statusFlags struct {
	status string
	limit  int
	events bool
}

// Values of --status.
const (
	statusAll  = "all"
	statusNode = "node"
	statusNone = "none"
)

func (s *statusFlags) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&s.status, "status", statusAll, "`which` status objects to write: "+statusAll+"; "+statusNode+", for the NodeState and "+
		"ConfigurationState of this node; or "+statusNone+". What was written before and is not wanted is deleted")
	flags.IntVar(&s.limit, "status-limit", status.DefaultMaxObjects,
		"`number` of ServiceBGPStatus objects that all nodes write together at most: there is one per service and node")
	flags.BoolVar(&s.events, "events", true, "write Events about services, peers and the configuration of FRR")
}

// check refuses values that mean nothing.
func (s *statusFlags) check() error {
	switch s.status {
	case statusAll, statusNode, statusNone:
	default:
		return fmt.Errorf("--status %q is none of %s, %s and %s", s.status, statusAll, statusNode, statusNone)
	}
	if s.limit < 1 {
		return fmt.Errorf("--status-limit %d is no number of objects: use --status=%s to write none per service", s.limit, statusNode)
	}
	return nil
}

// newStatus returns what tells the cluster, and the tasks for it.
func newStatus(c common, s statusFlags, client *kube.Client, log *slog.Logger, heart *speaker.Heart) (*speaker.Status, []speaker.Task, error) {
	tell := speaker.NewStatus(c.namespace, c.node, log)
	tell.MaxObjects, tell.WithoutServices = s.limit, s.status != statusAll
	writer, err := kube.NewStatusWriter(client, kube.StatusOptions{
		Namespace: c.namespace, Node: c.node, Retire: s.status == statusNone, Log: log,
	})
	if err != nil {
		return nil, nil, err
	}
	tasks := []speaker.Task{tell, writer}
	if s.status != statusNone {
		tell.Write, tell.Recall = writer.Set, writer.Have
	}
	if s.events {
		recorder, err := kube.NewEventRecorder(client, kube.EventOptions{Node: c.node, UID: writer.UID, Log: log})
		if err != nil {
			return nil, nil, err
		}
		tell.Record = recorder.Record
		tasks = append(tasks, recorder)
	}
	tell.Beat = heart.Task(tell.String())
	return tell, tasks, nil
}
