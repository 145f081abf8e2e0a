package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// reconcilers are resources that set up what applies a repository again and again, and
// takes back what was changed by hand; where they do so only by some of their blocks or
// attributes, the paths of these, of which one must be written and not false.
var reconcilers = map[string]struct {
	tool string
	by   []string
}{
	"google_gke_hub_feature_membership": {"Config Sync", []string{"configmanagement.config_sync.git.sync_repo", "configmanagement.config_sync.oci.sync_repo"}},
	"google_gke_hub_feature": {"Config Sync", []string{"fleet_default_member_config.configmanagement.config_sync.git.sync_repo",
		"fleet_default_member_config.configmanagement.config_sync.oci.sync_repo"}},
	"azurerm_kubernetes_flux_configuration":     {"Flux", nil},
	"azurerm_arc_kubernetes_flux_configuration": {"Flux", nil},
	"flux_bootstrap_git":                        {"Flux", nil},
	"argocd_application":                        {"Argo CD", []string{"spec.sync_policy.automated.self_heal"}},
	"argocd_application_set":                    {"Argo CD", []string{"spec.template.spec.sync_policy.automated.self_heal"}},
	"spacelift_drift_detection":                 {"Spacelift", nil},
	"scalr_drift_detection":                     {"Scalr", nil},
	"env0_environment_drift_detection":          {"env0", nil},
}

// switches are the attributes by which such a resource is switched off.
var switches = []string{"configmanagement.config_sync.enabled", "fleet_default_member_config.configmanagement.config_sync.enabled", "continuous_reconciliation_enabled"}

// drift lists what in the module watches that what runs is what is written.
func (x *instance) drift() (out []scorecard.DriftWatch) {
	for _, b := range x.f.blocks {
		if b.typ != "resource" {
			continue
		}
		if n, _ := x.made(b); n == 0 {
			continue
		}
		r, ok := reconcilers[b.label(0)]
		written := func(path string) bool {
			v, _, is := x.find(b, path)
			return is && !(v.IsKnown() && v.IsNull())
		}
		isFalse := func(path string) bool {
			v, _, is := x.find(b, path)
			text, known := "", false
			if is {
				text, known = plainText(v)
			}
			return known && text == "false"
		}
		switch {
		case b.label(0) == "helm_release":
			if tool := x.applications(b); tool != "" {
				out = append(out, scorecard.DriftWatch{Location: b.location(), Tool: tool})
			}
		case !ok || slices.ContainsFunc(switches, isFalse):
		case len(r.by) == 0 || slices.ContainsFunc(r.by, func(p string) bool { return written(p) && !isFalse(p) }):
			out = append(out, scorecard.DriftWatch{Location: b.location(), Tool: r.tool})
		}
	}
	return out
}

// applications is the controller for which a release of Helm brings applications that it
// keeps as they are written; empty for any other, such as the controller alone.
func (x *instance) applications(b *block) string {
	chart := x.says(b, "chart")
	switch chart[strings.LastIndexByte(chart, '/')+1:] {
	case "flux2-sync":
		return "Flux"
	case "argocd-apps":
		if e, native := exprOf(b, "values").(hclsyntax.Expression); native && heals(e) {
			return "Argo CD"
		}
	}
	return ""
}

// heals reports whether values that are written out say that applications heal: in an
// object that is encoded, or in a text.
func heals(e hclsyntax.Expression) (found bool) {
	hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ObjectConsExpr:
			for _, i := range n.Items {
				if key := hcl.ExprAsKeyword(i.KeyExpr); key == "selfHeal" {
					v, diags := i.ValueExpr.Value(nil)
					found = found || !diags.HasErrors() && v.Type() == cty.Bool && v.IsKnown() && !v.IsNull() && v.True()
				}
			}
		case *hclsyntax.LiteralValueExpr:
			found = found || n.Val.Type() == cty.String && n.Val.IsKnown() && !n.Val.IsNull() && strings.Contains(n.Val.AsString(), "selfHeal: true")
		}
		return nil
	})
	return found
}
