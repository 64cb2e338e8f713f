package database

import (
	"fmt"

	"podsg/steps/plan"
)

// priceDate is when the price table was written down.
const priceDate = "2026-11"

// hourlyUSD is the on-demand price of RDS for PostgreSQL, single zone, in
// us-east-1, in US dollars an hour: https://aws.amazon.com/rds/postgresql/pricing/
// Other regions differ by some tens of percent, so a plan calls it a guide.
var hourlyUSD = map[string]float64{
	"db.t4g.micro": 0.016, "db.t4g.small": 0.032, "db.t4g.medium": 0.065, "db.t4g.large": 0.129,
	"db.t3.micro": 0.018, "db.t3.small": 0.036, "db.t3.medium": 0.072, "db.t3.large": 0.145,
	"db.m6g.large": 0.159, "db.m7g.large": 0.168, "db.m5.large": 0.178, "db.r6g.large": 0.225,
}

const (
	gigabyteMonthUSD = 0.115 // gp3 storage
	hoursPerMonth    = 730
)

// databaseBill is what a new database costs a month; nil when the class is not
// in the table.
func databaseBill(class string, storageGiB int) *plan.Bill {
	hourly, ok := hourlyUSD[class]
	if !ok {
		return nil
	}
	cents := hourly*hoursPerMonth + gigabyteMonthUSD*float64(storageGiB)
	return &plan.Bill{
		USDPerMonth: float64(int(cents*100+0.5)) / 100,
		Source:      fmt.Sprintf("on-demand list price of us-east-1, %s; other regions differ", priceDate),
	}
}
