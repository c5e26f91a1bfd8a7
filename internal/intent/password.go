package intent

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/internal/bgp"
)

// maxPassword is TCP_MD5SIG_MAXKEYLEN of the Linux kernel; bgpd has the same limit.
const maxPassword = 80

// checkPassword complains about a password that FRR would refuse or cut, without
// saying anything of it. bgpd takes every printable ASCII character in any
// place (FRR 8.4 and 10.3, vty socket and file alike), and no whitespace.
func checkPassword(password string) *complaint {
	if trimmed := strings.Trim(password, "\r\n"); trimmed != password && checkPassword(trimmed) == nil {
		return complain("store it without the line break, for example with `printf %s` in place of `echo`, or `kubectl create secret --from-literal`",
			"the password starts or ends with a line break")
	}
	if password == "" {
		return complain("store a password, or remove the reference to it", "the password is empty")
	}
	if strings.ContainsFunc(password, isUnprintable) {
		return complain("use letters, digits and punctuation of ASCII only",
			"the password holds a space, a control character or a character outside ASCII")
	}
	if len(password) > maxPassword {
		return complain("use a shorter password", "the password has more than %d bytes, the limit of TCP MD5 in Linux", maxPassword)
	}
	return nil
}

// secrets finds the Secrets of the own namespace by name. Nil stands for a name
// that several objects have.
type secrets map[string]*corev1.Secret

func indexSecrets(objects []*corev1.Secret, own string) secrets {
	index := make(secrets, len(objects))
	for _, s := range objects {
		if s == nil || s.Namespace != "" && s.Namespace != own {
			continue
		}
		if _, twice := index[s.Name]; twice {
			index[s.Name] = nil
			continue
		}
		index[s.Name] = s
	}
	return index
}

// password takes the BGP password out of a Secret.
func (x secrets) password(name, own string) (bgp.Secret, *complaint) {
	const key, wanted = corev1.BasicAuthPasswordKey, string(corev1.SecretTypeBasicAuth)
	s, found := x[name]
	called := "Secret " + own + "/" + quote(name)
	if !found {
		return bgp.Secret{}, complain("create it with type "+wanted+" and key "+key, "%s does not exist", called)
	}
	if s == nil {
		return bgp.Secret{}, complain("keep one of them", "%s is defined more than once", called)
	}
	if s.Type != corev1.SecretTypeBasicAuth {
		return bgp.Secret{}, complain("create it again with type "+wanted, "%s has type %s", called, quote(string(s.Type)))
	}
	value, present := s.Data[key]
	if text, plain := s.StringData[key]; plain { // as files have it; an API server merges it into data
		value, present = []byte(text), true
	}
	if !present {
		return bgp.Secret{}, complain("store the password under key "+key, "%s has no key %s", called, key)
	}
	if c := checkPassword(string(value)); c != nil {
		return bgp.Secret{}, complain(c.remedy, "%s: %s", called, c.message)
	}
	return bgp.NewSecret(string(value)), nil
}
