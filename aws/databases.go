package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"podsg/steps/database"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// The largest pages of RDS: of most listings, and of the classes that can be
// ordered, of which a version has hundreds.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html
const (
	rdsPageSize       = 100
	orderablePageSize = 1000
)

// maxParameterGroups is how many parameter groups are read at most: many
// databases share few of them.
const maxParameterGroups = 10

// databases lists the region's RDS instances. Of the wanted one and of those for
// PostgreSQL in a VPC it also reads whether their parameters demand TLS.
func (c *Client) databases(ctx context.Context, wanted, vpcID string) ([]world.Database, error) {
	var out []world.Database
	parameters := map[string][]string{} // parameter group → identifiers
	pages := rds.NewDescribeDBInstancesPaginator(c.rds, &rds.DescribeDBInstancesInput{MaxRecords: awssdk.Int32(rdsPageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "describe RDS instances", "")
		}
		for _, in := range page.DBInstances {
			d := databaseFacts(in)
			out = append(out, d)
			if len(in.DBParameterGroups) > 0 && (d.Identifier == wanted || d.VPCID == vpcID && d.Engine == intent.PostgreSQL().RDS) {
				group := awssdk.ToString(in.DBParameterGroups[0].DBParameterGroupName)
				parameters[group] = append(parameters[group], d.Identifier)
			}
		}
	}
	slices.SortFunc(out, func(a, b world.Database) int { return strings.Compare(a.Identifier, b.Identifier) })
	c.readForceSSL(ctx, out, parameters, wanted)
	return out, nil
}

// readForceSSL completes databases by their parameter groups: the wanted one's
// first, so that the bound never leaves it out.
func (c *Client) readForceSSL(ctx context.Context, databases []world.Database, parameters map[string][]string, wanted string) {
	groups := slices.SortedFunc(maps.Keys(parameters), func(a, b string) int {
		if inA := slices.Contains(parameters[a], wanted); inA != slices.Contains(parameters[b], wanted) {
			return map[bool]int{true: -1, false: 1}[inA]
		}
		return strings.Compare(a, b)
	})
	forced := make([]*bool, min(len(groups), maxParameterGroups))
	var wg sync.WaitGroup
	for i := range forced {
		wg.Go(func() { forced[i] = c.forceSSL(ctx, groups[i]) })
	}
	wg.Wait()
	for i, force := range forced {
		for j := range databases {
			if slices.Contains(parameters[groups[i]], databases[j].Identifier) {
				databases[j].ForceSSL = force
			}
		}
	}
}

// forceSSL reads parameter rds.force_ssl; nil when it is not there (engines
// other than PostgreSQL) or may not be read.
func (c *Client) forceSSL(ctx context.Context, parameterGroup string) *bool {
	const parameter = "rds.force_ssl"
	out, err := c.rds.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{
		DBParameterGroupName: &parameterGroup,
		Filters:              []types.Filter{{Name: awssdk.String("parameter-name"), Values: []string{parameter}}},
	})
	if err != nil {
		return nil
	}
	for _, p := range out.Parameters {
		if awssdk.ToString(p.ParameterName) == parameter && p.ParameterValue != nil {
			return awssdk.Bool(*p.ParameterValue == "1" || strings.EqualFold(*p.ParameterValue, "on"))
		}
	}
	return nil
}

func databaseFacts(in types.DBInstance) world.Database {
	out := world.Database{
		Identifier: awssdk.ToString(in.DBInstanceIdentifier), ARN: awssdk.ToString(in.DBInstanceArn),
		Engine: awssdk.ToString(in.Engine), EngineVersion: awssdk.ToString(in.EngineVersion),
		Class: awssdk.ToString(in.DBInstanceClass), StorageGiB: int(awssdk.ToInt32(in.AllocatedStorage)), Status: awssdk.ToString(in.DBInstanceStatus),
		Name: awssdk.ToString(in.DBName), Username: awssdk.ToString(in.MasterUsername),
		Public: awssdk.ToBool(in.PubliclyAccessible), CA: awssdk.ToString(in.CACertificateIdentifier),
		CreatedAt: awssdk.ToTime(in.InstanceCreateTime), Tags: rdsTagMap(in.TagList),
	}
	if endpoint := in.Endpoint; endpoint != nil {
		out.Address, out.Port = awssdk.ToString(endpoint.Address), int(awssdk.ToInt32(endpoint.Port))
	}
	if group := in.DBSubnetGroup; group != nil {
		facts := subnetGroupFacts(*group)
		out.SubnetGroup, out.VPCID, out.SubnetIDs = facts.Name, facts.VPCID, facts.SubnetIDs
	}
	for _, g := range in.VpcSecurityGroups {
		out.Groups = append(out.Groups, awssdk.ToString(g.VpcSecurityGroupId))
	}
	if secret := in.MasterUserSecret; secret != nil {
		out.MasterSecret = awssdk.ToString(secret.SecretArn)
	}
	return out
}

// CreateDatabase makes an RDS for PostgreSQL instance for trying out: encrypted,
// in one zone, without automated backups, and public only if asked to be. It
// returns as soon as RDS has accepted it. An instance of that identifier is a
// [world.ProblemChanged], unless this very call made it in an attempt whose
// answer was lost.
func (c *Client) CreateDatabase(ctx context.Context, d plan.NewDatabase, password world.Password) error {
	const doing = "create RDS instance"
	input := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier:  &d.Identifier,
		DBInstanceClass:       &d.Class,
		DBName:                &d.Name,
		Engine:                awssdk.String(intent.PostgreSQL().RDS),
		AllocatedStorage:      awssdk.Int32(int32(d.StorageGiB)),
		Port:                  awssdk.Int32(int32(d.Port)),
		MasterUsername:        &d.Username,
		MasterUserPassword:    awssdk.String(password.Reveal()),
		DBSubnetGroupName:     &d.SubnetGroup,
		VpcSecurityGroupIds:   d.GroupIDs,
		PubliclyAccessible:    awssdk.Bool(d.Public), // never left to RDS, whose default depends on the subnet group
		MultiAZ:               awssdk.Bool(false),
		StorageEncrypted:      awssdk.Bool(encryptable(d.Class)),
		BackupRetentionPeriod: awssdk.Int32(0),
		CopyTagsToSnapshot:    awssdk.Bool(true),
		Tags:                  rdsTags(d.Tags),
	}
	if d.EngineVersion != "" {
		input.EngineVersion = &d.EngineVersion
	}
	err := c.withGroups(ctx, func() error {
		var attempts attemptCount
		_, err := c.rds.CreateDBInstance(ctx, input, attempts.count)
		if hasCode(err, "DBInstanceAlreadyExists") && attempts.repeated() && c.isOurs(ctx, d) {
			return nil
		}
		return err
	})
	if err == nil {
		return nil
	}
	p := c.refusal(err, doing, d.Identifier)
	if hint, command := creationHint(err, d); hint != "" {
		p.Hint, p.Command = hint, ""
		if command != "" {
			p.Command = c.login.command(command + " --region " + c.region)
		}
	}
	return p
}

// encryptable reports whether RDS can encrypt the storage of a class: all but a
// few of the first generations.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
func encryptable(class string) bool {
	return !slices.ContainsFunc([]string{"db.t1.", "db.m1.", "db.m2.", "db.t2.micro"}, func(prefix string) bool {
		return strings.HasPrefix(class, prefix)
	})
}

// isOurs reports whether the instance with that identifier is as just asked for.
func (c *Client) isOurs(ctx context.Context, d plan.NewDatabase) bool {
	have, err := c.database(ctx, d.Identifier)
	return err == nil && hasTags(rdsTagMap(have.TagList), d.Tags) && awssdk.ToString(have.DBInstanceClass) == d.Class
}

// database describes one instance.
func (c *Client) database(ctx context.Context, identifier string) (types.DBInstance, error) {
	out, err := c.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &identifier})
	if err != nil {
		return types.DBInstance{}, err
	}
	if len(out.DBInstances) == 0 {
		return types.DBInstance{}, &types.DBInstanceNotFoundFault{Message: awssdk.String(errNotListed.Error())}
	}
	return out.DBInstances[0], nil
}

// SetDatabasePassword gives the master user a new password, at once.
func (c *Client) SetDatabasePassword(ctx context.Context, identifier string, password world.Password) error {
	_, err := c.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier: &identifier,
		MasterUserPassword:   awssdk.String(password.Reveal()),
		ApplyImmediately:     awssdk.Bool(true),
	})
	return c.changeProblem(err, "set the master password of RDS instance", identifier)
}

// WaitDatabase waits until the instance is usable, has an endpoint, and has
// taken over a changed password. RDS may not list an instance that was made a
// moment ago.
func (c *Client) WaitDatabase(ctx context.Context, identifier string, progress plan.ProgressFunc) (world.Database, error) {
	const doing = "wait for RDS instance"
	var (
		found  world.Database
		unseen int // looks before the first at which RDS knew the instance
	)
	err := c.poll(ctx, doing, identifier, func(ctx context.Context) (bool, error) {
		in, err := c.database(ctx, identifier)
		if hasCode(err, "DBInstanceNotFound") && found.Identifier == "" && unseen < settledLooks {
			unseen++
			return false, nil
		}
		if err != nil {
			return false, c.changeProblem(err, doing, identifier)
		}
		found = databaseFacts(in)
		pendingPassword := in.PendingModifiedValues != nil && in.PendingModifiedValues.MasterUserPassword != nil
		switch {
		case database.Usable(found.Status) && found.Address != "" && !pendingPassword:
			return true, nil
		case brokenStatus(found.Status):
			return false, &world.Problem{
				Doing: doing, Object: identifier, Err: fmt.Errorf("its status is %q", found.Status),
				Hint:    "the events of the instance say why",
				Command: c.login.command(shell.Command("aws rds describe-events --source-type db-instance --source-identifier %s --region %s", identifier, c.region)),
			}
		case pendingPassword:
			tell(progress, "the new password is being set")
		default:
			tell(progress, statusText(found.Status))
		}
		return false, nil
	})
	if err != nil {
		return world.Database{}, err
	}
	return found, nil
}

// brokenStatus reports whether an instance will not become available by itself:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
func brokenStatus(status string) bool {
	switch status {
	case "failed", "deleting", "stopped", "stopping", "storage-full", "restore-error", "insufficient-capacity":
		return true
	}
	return strings.HasPrefix(status, "incompatible-") || strings.HasPrefix(status, "inaccessible-encryption-credentials")
}

func statusText(status string) string {
	switch status {
	case "creating":
		return "creating: the instance is being made, usually 4 to 10 minutes"
	case "backing-up":
		return "backing-up: the first backup is being taken, usually a minute or two"
	case "modifying", "resetting-master-credentials", "configuring-enhanced-monitoring":
		return status + ": a change is being made, usually less than a minute"
	case "rebooting", "starting":
		return status + ": usually a minute or two"
	case "available":
		return "available: waiting for its endpoint"
	default:
		return status
	}
}

// DeleteDatabase deletes an instance without a final snapshot and with its
// automated backups; one that is gone or being deleted already is no error.
func (c *Client) DeleteDatabase(ctx context.Context, identifier string) error {
	const doing = "delete RDS instance"
	_, err := c.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
		DBInstanceIdentifier:   &identifier,
		SkipFinalSnapshot:      awssdk.Bool(true),
		DeleteAutomatedBackups: awssdk.Bool(true),
	})
	switch {
	case err == nil, hasCode(err, "DBInstanceNotFound"):
		return nil
	case hasCode(err, "InvalidDBInstanceState"):
		if have, describeErr := c.database(ctx, identifier); describeErr == nil && awssdk.ToString(have.DBInstanceStatus) == "deleting" {
			return nil
		}
	}
	p := c.refusal(err, doing, identifier)
	if hasCode(err, "InvalidParameterCombination") && strings.Contains(strings.ToLower(plainText(err)), "protect") {
		p.Hint = "somebody switched deletion protection on: switch it off if the instance may go"
		p.Command = c.login.command(shell.Command("aws rds modify-db-instance --db-instance-identifier %s --no-deletion-protection --apply-immediately --region %s", identifier, c.region))
	}
	return p
}

// undeletedLooks is at how many looks, about two minutes, an instance may still
// have the status of before its deletion was asked for.
const undeletedLooks = 14

// WaitDatabaseDeleted waits until the instance is gone.
func (c *Client) WaitDatabaseDeleted(ctx context.Context, identifier string, progress plan.ProgressFunc) error {
	const doing = "wait for the deletion of RDS instance"
	undeleted := 0
	return c.poll(ctx, doing, identifier, func(ctx context.Context) (bool, error) {
		in, err := c.database(ctx, identifier)
		if hasCode(err, "DBInstanceNotFound") {
			return true, nil
		}
		if err != nil {
			return false, c.problem(err, doing, identifier)
		}
		status := awssdk.ToString(in.DBInstanceStatus)
		if status != "deleting" && status != "delete-precheck" {
			if undeleted++; undeleted > undeletedLooks {
				return false, &world.Problem{
					Kind: world.ProblemChanged, Doing: doing, Object: identifier, Err: fmt.Errorf("it is not being deleted; its status is %q", status),
				}
			}
		}
		tell(progress, status+": usually about 5 minutes")
		return false, nil
	})
}
