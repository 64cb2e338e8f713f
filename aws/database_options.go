package aws

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"golang.org/x/sync/errgroup"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// databaseOptions asks what the region offers for a new instance. If the wanted
// class can be had, Classes holds it alone; otherwise, or if no class is wanted,
// all that can be had with the version.
func (c *Client) databaseOptions(ctx context.Context, scope plan.CloudScope) (world.DBOptions, error) {
	var options world.DBOptions
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { options.Versions, err = c.engineVersions(groupCtx); return err })
	group.Go(func() (err error) { options.DefaultVersion, err = c.defaultVersion(groupCtx, ""); return err })
	major := "" // what a wanted major version alone stands for
	if scope.DBEngine != "" && !strings.Contains(scope.DBEngine, ".") {
		group.Go(func() (err error) { major, err = c.defaultVersion(groupCtx, scope.DBEngine); return err })
	}
	if err := group.Wait(); err != nil {
		return world.DBOptions{}, err
	}
	options.CheckedVersion = cmp.Or(major, scope.DBEngine, options.DefaultVersion)

	classes, err := c.orderableClasses(ctx, options.CheckedVersion, scope.DBClass)
	if err == nil && len(classes) == 0 && scope.DBClass != "" {
		classes, err = c.orderableClasses(ctx, options.CheckedVersion, "")
	}
	if err != nil {
		return world.DBOptions{}, err
	}
	options.Classes = classes
	return options, nil
}

// defaultVersion is the version that RDS takes when none is given, or when only
// its major part is.
func (c *Client) defaultVersion(ctx context.Context, major string) (string, error) {
	input := &rds.DescribeDBEngineVersionsInput{Engine: awssdk.String(intent.PostgreSQL().RDS), DefaultOnly: awssdk.Bool(true)}
	if major != "" {
		input.EngineVersion = &major
	}
	out, err := c.rds.DescribeDBEngineVersions(ctx, input)
	if err != nil {
		return "", c.problem(err, "find the default version of RDS for PostgreSQL", major)
	}
	if len(out.DBEngineVersions) == 0 {
		return "", nil
	}
	return awssdk.ToString(out.DBEngineVersions[0].EngineVersion), nil
}

// engineVersions lists the versions on offer, oldest first.
func (c *Client) engineVersions(ctx context.Context) ([]string, error) {
	var versions []string
	pages := rds.NewDescribeDBEngineVersionsPaginator(c.rds, &rds.DescribeDBEngineVersionsInput{
		Engine: awssdk.String(intent.PostgreSQL().RDS), MaxRecords: awssdk.Int32(rdsPageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "list the versions of RDS for PostgreSQL", "")
		}
		for _, v := range page.DBEngineVersions {
			versions = append(versions, awssdk.ToString(v.EngineVersion))
		}
	}
	slices.SortFunc(versions, compareVersions)
	return slices.Compact(versions), nil
}

// compareVersions orders versions such as 9.6.24 and 16.4 by their numbers.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		return cmp.Or(cmp.Compare(m, n), cmp.Compare(x, y))
	})
}

// orderableClasses lists the classes on offer in a VPC with a version, smallest
// first; class, if not empty, is the only one asked for.
func (c *Client) orderableClasses(ctx context.Context, version, class string) ([]string, error) {
	input := &rds.DescribeOrderableDBInstanceOptionsInput{
		Engine: awssdk.String(intent.PostgreSQL().RDS), Vpc: awssdk.Bool(true), MaxRecords: awssdk.Int32(orderablePageSize),
	}
	if version != "" {
		input.EngineVersion = &version
	}
	if class != "" {
		input.DBInstanceClass = &class
	}
	var classes []string
	pages := rds.NewDescribeOrderableDBInstanceOptionsPaginator(c.rds, input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.problem(err, "ask which RDS classes can be ordered", class)
		}
		for _, option := range page.OrderableDBInstanceOptions {
			classes = append(classes, awssdk.ToString(option.DBInstanceClass))
		}
	}
	slices.SortFunc(classes, func(a, b string) int {
		return cmp.Or(cmp.Compare(classRank(a), classRank(b)), cmp.Compare(a, b))
	})
	return slices.Compact(classes), nil
}

// classRank orders classes by size, and of one size the burstable ones, which
// cost least, first.
func classRank(class string) int {
	family, size, _ := strings.Cut(strings.TrimPrefix(class, "db."), ".")
	rank := 1 << 20 // sizes with a suffix, such as 2xlarge.tpc2.mem4x: last
	switch size {
	case "micro", "small", "medium", "large", "xlarge":
		rank = slices.Index([]string{"micro", "small", "medium", "large", "xlarge"}, size)
	default:
		if n, err := strconv.Atoi(strings.TrimSuffix(size, "xlarge")); err == nil {
			rank = 4 + n
		}
	}
	rank *= 2
	if !strings.HasPrefix(family, "t") {
		rank++
	}
	return rank
}
