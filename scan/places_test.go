package scan

import (
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// Whose path is it? Of a shop with the services cart, order and redis: order's
// manifests are in deploy/order, redis has no folder of its own.
func TestPlaces(t *testing.T) {
	all := []string{"cart", "order", "redis"}
	for _, c := range []struct {
		why, path string
		want      []string
	}{
		{"the file bears the name", "runbooks/cart.md", []string{"cart"}},
		{"a folder does", "terraform/cart/main.tf", []string{"cart"}},
		{"the innermost name counts", "infra/cart/redis/values.yaml", []string{"redis"}},
		{"however deep, where nothing else is known", "clusters/eu/prod/cart/secret.yaml", []string{"cart"}},
		{"its own folder", "src/cart/deploy/x.yaml", []string{"cart"}},
		{"another's name in a service's own folder", "src/order/clients/cart/x.yaml", []string{"order"}},
		{"a file of another's name in it", "src/order/testing/cart.yaml", []string{"order"}},
		{"another's name among a service's manifests", "deploy/order/redis/x.yaml", []string{"order"}},
		{"unless that one's stand there too", "deploy/order/cart/x.yaml", []string{"cart"}},
		{"a folder beside the service's own is another's", "src/ledger/cart/x.yaml", all},
		{"and its files are", "src/ledger/cart.yaml", all},
		{"but its own is not beside itself", "src/cart/x.yaml", []string{"cart"}},
		{"nor is what has no folder of code", "src/ledger/redis/x.yaml", []string{"redis"}},
		{"a name in a chart of others", "charts/mail/cart/x.yaml", []string{"order"}},
		{"nothing names anybody", "other/x.yaml", all},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := new(shop).workload("deploy/all.yaml", "", "redis", "app=redis", "").
				workload("deploy/order/d.yaml", "", "order", "app=order", "").
				workload("charts/mail/templates/d.yaml", "charts/mail", "order-mail", "app=order", "").
				workload("deploy/order/cart/d.yaml", "", "cart", "app=cart", "").
				folders("src/cart", "src/order", "src/ledger", "src/ledger/cart", "deploy/order/cart")
			s.c.Facts.Gaps = []scorecard.Gap{{Location: at(c.path), Hides: []scorecard.Family{scorecard.Kubernetes}, Reason: "unreadable"}}
			var got []string
			for _, inv := range Attribute("shop", &s.c) {
				if len(inv.Gaps) > 0 {
					got = append(got, inv.Service.Name)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s went to %v, want %v", c.path, got, c.want)
			}
		})
	}
}
