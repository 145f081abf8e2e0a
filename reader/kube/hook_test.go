package kube

import "testing"

func TestSleepOf(t *testing.T) {
	const unknown = -1
	for _, c := range []struct {
		command []string
		want    float64
	}{
		{nil, unknown},
		{[]string{"sleep", "10"}, 10},
		{[]string{"/bin/sleep", "5s"}, 5},
		{[]string{"sleep", "0.5", "1m"}, 60.5},
		{[]string{"sleep"}, unknown},
		{[]string{"sleep", "infinity"}, unknown},
		{[]string{"sleep", "-1"}, unknown},
		{[]string{"sleep", "$(DELAY)"}, unknown},
		{[]string{"busybox", "sleep", "3"}, 3},
		{[]string{"timeout", "5", "sleep", "30"}, unknown},
		{[]string{"nginx", "-s", "quit"}, unknown},
		{[]string{"sh", "-c"}, unknown},
		{[]string{"sh", "/stop.sh"}, unknown},
		{[]string{"sh", "-c", "sleep 15 && nginx -s quit"}, 15},
		{[]string{"/bin/bash", "-e", "-lc", "sleep 5\nkill 1; sleep 2"}, 7},
		{[]string{"sh", "-c", "nginx -s quit"}, unknown},
		{[]string{"sh", "-c", "  exec /bin/sleep '20'  # not sleep 30"}, 20},
		{[]string{"sh", "-c", "echo \"sleep 5\"; sleep 1"}, 1},
		{[]string{"sh", "-c", "echo 'a;b' \\; c; (sleep 3); { sleep 4; }"}, 7},
		{[]string{"sh", "-c", "sleep $DELAY"}, unknown},
		{[]string{"sh", "-c", "sleep 5; sleep ${DELAY:-5}"}, unknown},
		{[]string{"sh", "-c", "sleep 5 & wait"}, unknown},
		{[]string{"sh", "-c", "nginx -s quit || sleep 5"}, unknown},
		{[]string{"sh", "-c", "[ -f /x ] && sleep 5"}, unknown},
		{[]string{"sh", "-c", "while pidof app; do sleep 1; done"}, unknown},
		{[]string{"sh", "-c", "sleep 5; for i in 1 2; do sleep 1; done"}, unknown},
		{[]string{"sh", "-c", "xargs sleep"}, unknown},
		{[]string{"sh", "-c", "'sleep"}, unknown},
		{[]string{"sh", "-c", "sleep 5\\"}, 5},
	} {
		got := float64(unknown)
		if s := sleepOf(c.command); s != nil {
			got = *s
		}
		if got != c.want {
			t.Errorf("sleepOf(%q) = %v; want %v", c.command, got, c.want)
		}
	}
}

func FuzzSleepOf(f *testing.F) {
	f.Add("sleep 15 && nginx -s quit")
	f.Add("a 'b\\' \"c\\\"\" # d\n(sleep 1)|| e & \\")
	f.Fuzz(func(t *testing.T, script string) {
		if s := sleepOf([]string{"sh", "-c", script}); s != nil && !(*s >= 0) {
			t.Fatalf("%q sleeps for %v", script, *s)
		}
	})
}
