package cleanup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/words"
	"podsg/steps/world"
)

// objectUsers says who uses an object, or why that is not known.
type objectUsers struct {
	uses   []world.Use
	unread error
}

// FindObjectUsers finds those who use podsg's Secrets, ConfigMaps and service
// accounts: their next pods would wait for ever for what is gone.
func (c *Cleanup) FindObjectUsers(ctx context.Context, kube plan.Kube) {
	c.users = map[ownedObject]objectUsers{}
	read := map[string]objectUsers{} // by namespace
	for _, o := range c.owned() {
		if o.kind != world.KindSecret && o.kind != world.KindConfigMap && o.kind != world.KindServiceAccount {
			continue
		}
		all, known := read[o.namespace]
		if !known {
			all.uses, all.unread = kube.Uses(ctx, o.namespace)
			read[o.namespace] = all
		}
		its := objectUsers{unread: all.unread}
		for _, u := range all.uses {
			if u.Kind == o.kind && u.Name == o.name {
				its.uses = append(its.uses, u)
			}
		}
		if its.unread != nil || len(its.uses) > 0 {
			c.users[o] = its
		}
	}
}

// keepUsed keeps an object that others use, and says who they are.
func (c *Cleanup) keepUsed(o ownedObject) (kept bool) {
	users, used := c.users[o]
	if !used {
		return false
	}
	c.keep(o.kind, o.namespace+"/"+o.name, users.reason(o))
	c.retain(o.kind, o.namespace+"/"+o.name)
	return true
}

// readers are those who read a Secret that names a database.
func (c *Cleanup) readers(d world.Database) (names []string) {
	secret := c.S.Kube.Secret
	if secret == nil || d.Address == "" || secret.Host != d.Address {
		return nil
	}
	return c.users[ownedObject{world.KindSecret, secret.Namespace, secret.Name}].names()
}

// names are the users, each once.
func (u objectUsers) names() (out []string) {
	for _, use := range u.uses {
		out = append(out, use.User)
	}
	return slices.Compact(out)
}

func (u objectUsers) reason(o ownedObject) string {
	if u.unread != nil {
		return fmt.Sprintf("it cannot be seen whether pods use it: %v; if none do: kubectl -n %s delete %s %s", u.unread, o.namespace, strings.ToLower(string(o.kind)), o.name)
	}
	var users []string
	for _, use := range u.uses {
		users = append(users, fmt.Sprintf("%s (%s)", use.User, use.How))
	}
	return fmt.Sprintf("%s use it, and their next pods would not start without it; let them use another %s, or delete them, then run cleanup again",
		strings.Join(words.Few(users), ", "), o.kind)
}
