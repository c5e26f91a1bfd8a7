package kube

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/status"
)

// controllerState is the name of the controller's ConfigurationState, as MetalLB has it.
const controllerState = "controller"

// StateWriter keeps the ConfigurationState of the controller: it writes when the
// condition changed, and again when somebody deleted or changed the object. It needs
// get, create and patch of configurationstates and their status.
type StateWriter struct {
	kind   statusKind
	log    *slog.Logger
	latest chan metav1.Condition // one slot: a newer one replaces one that was not taken yet
}

// NewStateWriter returns a writer; Run must be running for Set to have an effect.
func NewStateWriter(client *Client, namespace string, log *slog.Logger) (*StateWriter, error) {
	metallb, err := client.custom(v1beta1.GroupVersion)
	if err != nil {
		return nil, err
	}
	return &StateWriter{
		log: log, latest: make(chan metav1.Condition, 1),
		kind: statusKind{
			resource: "configurationstates", namespace: namespace, client: metallb,
			newObject: func() statusObject { return &v1beta1.ConfigurationState{} },
		},
	}, nil
}

// Set replaces the condition. It never blocks; only one goroutine may call it.
func (w *StateWriter) Set(c metav1.Condition) {
	select {
	case <-w.latest:
	default:
	}
	w.latest <- c
}

// stateInterval is how often the writer looks whether the object is still as it wrote it.
const stateInterval = 5 * time.Second

// String names the task.
func (w *StateWriter) String() string { return "configuration state" }

// Run writes until ctx ends. Without a condition, as on a replica that does not lead, it
// writes nothing.
func (w *StateWriter) Run(ctx context.Context) error {
	tick := time.NewTicker(stateInterval)
	defer tick.Stop()
	var want *metav1.Condition
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-w.latest:
			if want != nil && *want == c {
				continue
			}
			want = &c
		case <-tick.C:
		}
		if want == nil {
			continue
		}
		if err := w.write(ctx, *want); err != nil && ctx.Err() == nil {
			w.log.Warn("the state of the configuration cannot be written, will retry", "error", err)
		}
	}
}

// write brings the object to say what it should.
func (w *StateWriter) write(ctx context.Context, c metav1.Condition) error {
	have, err := w.read(ctx)
	if err != nil {
		return err
	}
	want := stateOf(c, w.kind.namespace)
	status.SettleConfiguration(want, have, time.Now())
	if have == nil || !hasMeta(have, want) {
		if _, err := w.kind.applyMeta(ctx, want); err != nil {
			return err
		}
	}
	if have == nil || !hasStatus(have, want) {
		if _, err := w.kind.applyStatus(ctx, want); err != nil {
			return err
		}
	}
	return nil
}

// read returns the object, nil if it is not there.
func (w *StateWriter) read(ctx context.Context) (*v1beta1.ConfigurationState, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	var got v1beta1.ConfigurationState
	err := w.kind.path(w.kind.client.Get()).Name(controllerState).Do(ctx).Into(&got)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigurationState %s: %w", controllerState, err)
	}
	return &got, nil
}

// stateOf is the object as it should be.
func stateOf(c metav1.Condition, namespace string) *v1beta1.ConfigurationState {
	o := &v1beta1.ConfigurationState{
		TypeMeta: metav1.TypeMeta{APIVersion: v1beta1.GroupVersion.String(), Kind: "ConfigurationState"},
		ObjectMeta: metav1.ObjectMeta{
			Name: controllerState, Namespace: namespace,
			Labels: map[string]string{status.LabelComponentType: "controller"},
		},
		Status: v1beta1.ConfigurationStateStatus{
			Result: v1beta1.ConfigurationResultValid, Conditions: []metav1.Condition{c},
		},
	}
	if c.Status == metav1.ConditionFalse {
		o.Status.Result, o.Status.ErrorSummary = v1beta1.ConfigurationResultInvalid, c.Message
	}
	return o
}
