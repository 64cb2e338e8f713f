package scenario

import (
	"podsg/sandbox/authority"
	"podsg/sandbox/cloud"
)

// brokenNetwork are the worlds in which a rule or a subnet is in the way.
func brokenNetwork() []breakage {
	return []breakage{
		{
			name: "subnet-full", check: "D68", title: "A subnet that has been used up",
			description: "The green pods that are there work. The next one may wait for ever.",
			last: func(r *ready, _ Running) error {
				for _, id := range r.network.PrivateSubnets {
					if err := r.Account.FillSubnet(id, true); err != nil {
						return err
					}
				}
				return nil
			},
		},
		{
			name: "no-vpc-dns", check: "P05", title: "No host name, though the rules are there",
			description: "The green pods do not find the database by its name, though port 53 is open to them.",
			last:        func(r *ready, _ Running) error { return r.Account.SetVPCDNS(r.network.VPC, false, true) },
		},
		{
			name: "no-dns-rules", check: "D76", title: "Could not translate host name",
			description: "The green pods do not find the database by its name.",
			spoil:       func(r *ready) error { return r.Account.RemoveRulesFor(r.clusterGroup, r.podGroup) },
		},
		{
			name: "no-database-rule", check: "D77", title: "Timeout expired",
			description: "The green pods have their branch ENIs, and their connections time out.",
			spoil:       func(r *ready) error { return r.Account.RemoveRulesFor(r.databaseGroup, r.podGroup) },
		},
		{
			name: "egress-closed", check: "D78", title: "Timeout expired, though the rule is there",
			description: "The green pods have their branch ENIs and find the database's name, and their connections time out.",
			spoil: func(r *ready) error {
				if err := r.Account.RemoveRules(r.podGroup, true); err != nil {
					return err
				}
				return r.addRules(r.podGroup,
					cloud.Rule{Egress: true, Protocol: "tcp", FromPort: dnsPort, Peer: r.clusterGroup},
					cloud.Rule{Egress: true, Protocol: "udp", FromPort: dnsPort, Peer: r.clusterGroup})
			},
		},
		{
			name: "open-to-the-vpc", check: "D80", title: "The red pod is connected",
			description: "The green pods reach the database, as they should. So does everybody else.",
			spoil: func(r *ready) error {
				return r.addRules(r.databaseGroup, cloud.Rule{Protocol: "tcp", FromPort: databasePort, Peer: "192.168.0.0/16", Description: "temporary"})
			},
		},
		{
			name: "network-acl", check: "D85", title: "Timeout expired, and every rule is there",
			description: "The security groups let the green pods through, and their connections time out.",
			spoil: func(r *ready) error {
				open := cloud.ACLEntry{Number: 200, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}
				out := open
				out.Egress = true
				_, err := r.Account.AddNetworkACL(r.network.VPC, "private", r.network.PrivateSubnets,
					cloud.ACLEntry{Number: 100, Protocol: "tcp", CIDR: "192.168.0.0/16", FromPort: databasePort, ToPort: databasePort}, open, out)
				return err
			},
		},
	}
}

// brokenDatabases are the worlds in which it is the database, or what the pods
// know of it.
func brokenDatabases() []breakage {
	return []breakage{
		{
			name: "database-stopped", check: "P03", title: "Costs were saved at the weekend",
			description: "The green pods do not reach the database.",
			last:        func(r *ready, _ Running) error { return r.Account.SetDatabaseStatus(databaseName, "stopped") },
		},
		{
			name: "database-in-another-vpc", check: "D84", title: "A database that was moved",
			description: "The green pods know the database's new name, and their connections time out.",
			plan:        func(r *ready) { r.elsewhere = true },
		},
		{
			name: "public-database", check: "D86", title: "A database with an address on the internet",
			description: "Everything works. An auditor asks who else can reach the database.",
			plan:        func(r *ready) { r.database.Public = true },
		},
		{
			name: "tls-not-demanded", check: "D91", title: "A database that does not mind plain text",
			description: "Everything works. An auditor asks whether every connection is encrypted.",
			plan: func(r *ready) {
				r.Account.AddDBParameterGroup("workshop", "postgres17", map[string]string{"rds.force_ssl": "0"})
				r.database.ParameterGroup = "workshop"
			},
		},
		{
			name: "secret-outdated", check: "D100", title: "A Secret from before the last change",
			description: "The green pods look for a database that is not there.",
			spoil: func(r *ready) error {
				r.secret.Data["host"] = []byte("workshop-old" + r.host[len(databaseName):])
				r.secret.Data["dbname"] = []byte("eksworkshop")
				return nil
			},
		},
		{
			name: "wrong-password", check: "D92", title: "A password that was changed",
			description: "The green pods are turned away by the database.",
			spoil:       func(r *ready) error { r.secret.Data["password"] = []byte("practice-before-27x"); return nil },
		},
		{
			name: "wrong-database-name", check: "D93", title: "A database that does not exist",
			description: "The green pods log in, and are told that their database is not there.",
			spoil:       func(r *ready) error { r.secret.Data["dbname"] = []byte("eksworkshop"); return nil },
		},
		{
			name: "old-authorities", check: "D95", title: "A certificate that nobody vouches for",
			description: "The green pods reach the database and hang up.",
			plan: func(r *ready) {
				if old, err := authority.NewAuthority("authorities of 2019"); err == nil {
					r.authorities = old.PEM()
				}
			},
		},
	}
}
