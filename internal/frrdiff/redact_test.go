package frrdiff

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"a neighbor's password", "neighbor 192.0.2.1 password hush", "neighbor 192.0.2.1 password [redacted]"},
		{"odd spacing", " neighbor  192.0.2.1\tpassword \t hush hush ", " neighbor  192.0.2.1\tpassword [redacted]"},
		{"a type in front", "neighbor 192.0.2.1 password 7 094F471A1A0A", "neighbor 192.0.2.1 password [redacted]"},
		{"a password that is a number", "password 8", "password [redacted]"},
		{"capitals", "neighbor 192.0.2.1 PASSWORD hush", "neighbor 192.0.2.1 PASSWORD [redacted]"},
		{"an abbreviation", "neighbor 192.0.2.1 passw hush", "neighbor 192.0.2.1 passw [redacted]"},
		{"a message of FRR that quotes the line", "% [BGP] Unknown command: neighbor 192.0.2.1 password foo\nnext line", "% [BGP] Unknown command: neighbor 192.0.2.1 password [redacted]\nnext line"},
		{"a quoted command", `bgpd refused "neighbor 192.0.2.1 password foo": no`, `bgpd refused "neighbor 192.0.2.1 password [redacted]`},
		{"enable password", "enable password hush", "enable password [redacted]"},
		{"OSPF's digest key", "ip ospf message-digest-key 1 md5 hush", "ip ospf message-digest-key 1 md5 [redacted]"},
		{"OSPF's simple key", "ip ospf authentication-key hush", "ip ospf authentication-key [redacted]"},
		{"a key chain's string", "key-string hush", "key-string [redacted]"},
		{"IS-IS", "area-password md5 hush", "area-password [redacted]"},
		{"two lines, two secrets", "password a b\r\npassword c\n", "password [redacted]\r\npassword [redacted]\n"},
		{"a neighbor that is passive", "neighbor 192.0.2.1 passive", "neighbor 192.0.2.1 passive"},
		{"a service that encrypts", "service password-encryption", "service password-encryption"},
		{"taking a password back", "no neighbor 192.0.2.1 password", "no neighbor 192.0.2.1 password"},
		{"a description", "neighbor 192.0.2.1 description keys to the city", "neighbor 192.0.2.1 description keys to the city"},
	}
	for _, test := range append(tests, keyedTests...) {
		t.Run(test.name, func(t *testing.T) {
			if got := Redact(test.line); got != test.want {
				t.Errorf("Redact(%q) = %q, want %q", test.line, got, test.want)
			}
		})
	}
}

// keyedTests are passwords that stand behind a key.
var keyedTests = []struct{ name, line, want string }{
	{"YAML", "password: hush hush", "password: [redacted]"},
	{"YAML in an object", "spec:\n  password: hush\n  myASN: 64512\n", "spec:\n  password: [redacted]\n  myASN: 64512\n"},
	{"YAML in double quotes", `password: "hu\"sh" # no`, `password: "[redacted]" # no`},
	{"YAML in single quotes", "password: 'hu''sh'\nnext: line", "password: '[redacted]'\nnext: line"},
	{"YAML with a quote that does not end where the value does", "password: 'it's hush'", "password: [redacted]"},
	{"YAML with a quote that does not end", "password: \"hush\n  hush\"\nnext: line", "password: [redacted]\nnext: line"},
	{"a key in quotes", `'password': hush`, `'password': [redacted]`},
	{"YAML with a tag", "password: !!str hush", "password: [redacted]"},
	{"a block of YAML", "spec:\n  password: |-\n    hush\n\n    hush\n  port: 179", "spec:\n  password: [redacted]\n  port: 179"},
	{"a block at the end", "password: >\n  hush\n", "password: [redacted]\n"},
	{"a plain value of several lines", "- password: hush\n    hush\n- name: b", "- password: [redacted]\n- name: b"},
	{"a value on the next line", "password:\n  hush\r\nname: b", "password:[redacted]\r\nname: b"},
	{"a flow of YAML", "{name: a, password: hush, port: 179}", "{name: a, password: [redacted]"},
	{"JSON", `{"password":"hush","port":179}`, `{"password":"[redacted]","port":179}`},
	{"JSON with blanks", `{"password" : "hu\\", "port": 179}`, `{"password" : "[redacted]", "port": 179}`},
	{"JSON over lines", "{\n  \"password\":\n    \"hush\",\n  \"port\": 179\n}", "{\n  \"password\":[redacted]\n  \"port\": 179\n}"},
	{"a number in JSON", `{"password": 12345}`, `{"password": [redacted]`},
	{"JSON within JSON", `{"msg":"{\"password\":\"hush\"}"}`, `{"msg":"{\"password\":[redacted]`},
	{"a value of a log", `msg=new password="hu sh" peer=tor`, `msg=new password="[redacted]" peer=tor`},
	{"a value of a log without quotes", "password=hush peer=tor", "password=[redacted]"},
	{"a value as Go prints it", "{Peer:tor Password:hush}", "{Peer:tor Password:[redacted]"},
	{"a longer key", "bgpPassword: hush", "bgpPassword: [redacted]"},
	{"the key of memberlist", "data:\n  secretkey: aHVzaA==", "data:\n  secretkey: [redacted]"},
	{"two values", `{"password":"hush"}{"password":"hush"}`, `{"password":"[redacted]"}{"password":"[redacted]"}`},
	{"an empty value", `{"password":"","port":179}`, `{"password":"","port":179}`},
	{"no value", "password:\nport: 179", "password:\nport: 179"},
	{"what is wrong with a field", "BGPPeer a: spec.password: the value is a number; put it in quotes", "BGPPeer a: spec.password: the value is a number; put it in quotes"},
	{"a reference to a Secret", "passwordSecret: {name: tor}", "passwordSecret: {name: tor}"},
}

func TestRedactLeavesNothingForASecondTime(t *testing.T) {
	for _, test := range keyedTests {
		once := Redact(test.line)
		if twice := Redact(once); twice != once {
			t.Errorf("%s: %q becomes %q", test.name, once, twice)
		}
		if strings.Contains(once, "hush") {
			t.Errorf("%s: %q", test.name, once)
		}
	}
}
