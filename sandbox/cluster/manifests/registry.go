package manifests

import "fmt"

// imageRegistry is where a region's nodes pull the images of EKS add-ons from.
// https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
func imageRegistry(region string) string {
	account, domain := "602401143452", "amazonaws.com"
	switch {
	case region == "cn-north-1":
		account, domain = "918309763551", "amazonaws.com.cn"
	case region == "cn-northwest-1":
		account, domain = "961992271922", "amazonaws.com.cn"
	default:
		if special, ok := registryAccounts[region]; ok {
			account = special
		}
	}
	return fmt.Sprintf("%s.dkr.ecr.%s.%s", account, region, domain)
}

// registryAccounts are the accounts of regions that have one of their own.
var registryAccounts = map[string]string{
	"af-south-1": "877085696533", "ap-east-1": "800184023465", "ap-south-2": "900889452093",
	"ap-southeast-3": "296578399912", "ap-southeast-4": "491585149902", "ca-west-1": "761377655185",
	"eu-central-2": "900612956339", "eu-south-1": "590381155156", "eu-south-2": "455263428931",
	"il-central-1": "066635153087", "me-central-1": "759879836304", "me-south-1": "558608220178",
	"us-gov-east-1": "151742754352", "us-gov-west-1": "013241004608",
}
