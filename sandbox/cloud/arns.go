package cloud

import "fmt"

// arn names an object of this account and region.
func (a *Account) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.cfg.Partition, service, a.cfg.Region, a.cfg.AccountID, resource)
}

// globalARN names an object of this account that is in no region.
func (a *Account) globalARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s::%s:%s", a.cfg.Partition, service, a.cfg.AccountID, resource)
}

// dnsSuffix is the domain of the partition's endpoints.
func (a *Account) dnsSuffix() string {
	if a.cfg.Partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
