package scorecard

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestWithoutCredentials(t *testing.T) {
	for text, want := range map[string]string{
		"url:https://u:pw@x/":                             "url:https://x/",
		"https://ghp_token@github.com/a/b.git":            "https://github.com/a/b.git",
		"see https://u:p@a/b and http://u:p@q@c:80/d?x=1": "see https://a/b and http://c:80/d?x=1",
		"https:/u:pw@x/mkdocs.yml":                        "https:/x/mkdocs.yml",
		"//u:pw@x/y":                                      "//x/y",
		"ssh://git:pw@h/x":                                "ssh://git@h/x",
		"git::ssh://git@h/x?ref=main":                     "git::ssh://git@h/x?ref=main",
		"git@github.com:acme/shop.git":                    "git@github.com:acme/shop.git",
		"https://h/?token=pw&page=2":                      "https://h/?token=…&page=2",
		"https://h/?a=1&X-Amz-Signature=pw#f":             "https://h/?a=1&X-Amz-Signature=…#f",
		"/h?token=…2":                                     "/h?token=…2",
		"docker://app@sha256:abc":                         "docker://app@sha256:abc",
		"registry/app:1@sha256:abc":                       "registry/app:1@sha256:abc",
		"https://unpkg.com/@scope/x?module":               "https://unpkg.com/@scope/x?module",
		"mail to a@b.c, path a//b":                        "mail to a@b.c, path a//b",
		"https://hooks.slack.com/services/T0/B0/x":        "https://hooks.slack.com/services/…",
		"key sk_live_51Habcdefghijk":                      "key …",
		"https://h/runbook?key=${KEY}":                    "https://h/runbook?key=${KEY}",
	} {
		got := WithoutCredentials(text)
		if got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
		if again := WithoutCredentials(got); again != got {
			t.Errorf("%s becomes %s the second time", got, again)
		}
	}
}

// TestWithholdReachesEverything holds that no field of the facts keeps a login, now and
// when fields are added.
func TestWithholdReachesEverything(t *testing.T) {
	var f Facts
	poison(reflect.ValueOf(&f).Elem(), 0)
	f.Withhold()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for i, rest := 0, string(b); strings.Contains(rest, "hunter2secret") && i < 5; i++ {
		at := strings.Index(rest, "hunter2secret")
		t.Errorf("it is left in %s", rest[max(0, at-80):at+13])
		rest = rest[at+13:]
	}
	if !strings.Contains(string(b), "https://host/?token=…") {
		t.Error("nothing was filled in")
	}
}

// poison writes a URL with credentials into every text that can be reached.
func poison(v reflect.Value, depth int) {
	const deep = 9 // Facts hold other forms, which hold Facts
	if depth > deep {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("https://user:hunter2secret@host/?token=hunter2secret")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		poison(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		poison(v.Index(0), depth+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		poison(key, depth+1)
		poison(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
}
