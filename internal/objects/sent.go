package objects

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// DecodeSent decodes one object of a metallb.io kind that an API server has sent as
// JSON. The schema there is not ours to rely on: an object that does not fit its type
// is nil, and the problems say which field of it is wrong.
func DecodeSent(raw []byte, opts Options) (metav1.Object, []intent.Problem) {
	u := unit{data: raw, line: 1, syntax: syntaxJSON}
	out := decode(u, u.key(), opts.withDefaults())
	var problems []intent.Problem
	for _, n := range out.notes {
		problems = append(problems, n.sentProblem())
	}
	for _, o := range out.objects {
		if o.api != nil {
			return o.api, problems
		}
	}
	return nil, problems
}

func (n note) sentProblem() intent.Problem {
	effect := "the field is ignored"
	if n.broken {
		effect = "this edition of the object is not used; the one before it stays in use, if there was one"
	}
	return intent.Problem{Object: n.ref, Field: n.field, Message: n.message, Effect: effect, Remedy: n.remedy}
}
