package nodes

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/ec2"
)

// Metadata is the instance metadata service (version 2) of an instance. The
// credentials it hands out are valid at the endpoint and have the permissions
// of the instance's role. An unknown instance has an identity but no role, as
// the hosts of EKS's control plane.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
func (a *Service) Metadata(instanceID string) http.Handler {
	a.Lock()
	token := a.IDs.Hex(56)
	a.Unlock()
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.Atoi(r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
		if err != nil || seconds < 1 || seconds > 21600 {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", strconv.Itoa(seconds))
		fmt.Fprint(w, token)
	})
	get := func(path string, f func(r *http.Request) string) {
		mux.HandleFunc("GET /latest/"+path, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Aws-Ec2-Metadata-Token") != token {
				http.Error(w, "Unauthorized", http.StatusUnauthorized)
				return
			}
			a.Lock()
			text := f(r)
			a.Unlock()
			if text == "" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprint(w, text)
		})
	}
	value := func(path string, f func(i *ec2.Instance, e *ec2.Interface) string) {
		get("meta-data/"+path, func(*http.Request) string {
			i := a.ec2.Instance(instanceID)
			if i == nil || i.State != "running" {
				return ""
			}
			return f(i, a.ec2.Primary(i))
		})
	}
	value("instance-id", func(i *ec2.Instance, _ *ec2.Interface) string { return i.ID })
	value("instance-type", func(i *ec2.Instance, _ *ec2.Interface) string { return i.Type })
	value("ami-id", func(i *ec2.Instance, _ *ec2.Interface) string { return i.Image })
	value("hostname", func(i *ec2.Instance, _ *ec2.Interface) string { return i.PrivateDNS })
	value("local-hostname", func(i *ec2.Instance, _ *ec2.Interface) string { return i.PrivateDNS })
	value("local-ipv4", func(_ *ec2.Instance, e *ec2.Interface) string { return e.PrivateIP.String() })
	value("public-ipv4", func(_ *ec2.Instance, e *ec2.Interface) string { return ec2.AddrText(e.PublicIP) })
	value("mac", func(_ *ec2.Instance, e *ec2.Interface) string { return e.MAC })
	value("placement/region", func(*ec2.Instance, *ec2.Interface) string { return a.Region })
	value("placement/availability-zone", func(i *ec2.Instance, _ *ec2.Interface) string { return a.ec2.Subnet(i.Subnet).Zone })
	value("iam/security-credentials/{$}", func(i *ec2.Instance, _ *ec2.Interface) string { return a.iam.ProfileRole(i.Profile) })
	value("network/interfaces/macs/{$}", func(i *ec2.Instance, _ *ec2.Interface) string {
		var list []string
		for _, e := range a.ec2.InterfacesOf(i.ID) {
			list = append(list, e.MAC+"/")
		}
		return strings.Join(list, "\n")
	})
	get("meta-data/iam/security-credentials/{role}", func(r *http.Request) string {
		i := a.ec2.Instance(instanceID)
		if i == nil || a.iam.ProfileRole(i.Profile) == "" || a.iam.ProfileRole(i.Profile) != r.PathValue("role") {
			return ""
		}
		return a.credentials(i)
	})
	get("meta-data/network/interfaces/macs/{mac}/{key}", func(r *http.Request) string {
		for _, e := range a.ec2.InterfacesOf(instanceID) {
			if e.MAC == r.PathValue("mac") {
				return a.interfaceMetadata(e, r.PathValue("key"))
			}
		}
		return ""
	})
	get("dynamic/instance-identity/document", func(*http.Request) string { return a.identityDocument(instanceID) })
	return mux
}

func (a *Service) interfaceMetadata(e *ec2.Interface, key string) string {
	s := a.ec2.Subnet(e.Subnet)
	switch key {
	case "interface-id":
		return e.ID
	case "device-number":
		return strconv.Itoa(e.Attachment.DeviceIndex)
	case "subnet-id":
		return e.Subnet
	case "vpc-id":
		return e.VPC
	case "local-ipv4s":
		return strings.Join(ec2.Texts(e.Addresses()), "\n")
	case "security-group-ids":
		return strings.Join(e.Groups, "\n")
	case "subnet-ipv4-cidr-block":
		return s.CIDR.String()
	case "vpc-ipv4-cidr-block", "vpc-ipv4-cidr-blocks":
		return a.ec2.VPC(e.VPC).CIDR.String()
	}
	return ""
}

func (a *Service) identityDocument(instanceID string) string {
	document := map[string]string{"version": "2017-09-30", "accountId": a.AccountID, "region": a.Region, "instanceId": "i-00000000000000000"}
	if i := a.ec2.Instance(instanceID); i != nil {
		document["instanceId"], document["instanceType"], document["imageId"] = i.ID, i.Type, i.Image
		document["availabilityZone"] = a.ec2.Subnet(i.Subnet).Zone
	}
	return jsonText(document)
}

// credentials are those of the session of an instance's role.
func (a *Service) credentials(i *ec2.Instance) string {
	key, p := a.iam.InstanceCredentials(a.iam.ProfileRole(i.Profile), i.ID)
	return jsonText(map[string]string{
		"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key, "SecretAccessKey": p.SecretKey, "Token": p.SessionToken,
		"LastUpdated": time.Now().UTC().Format(time.RFC3339), "Expiration": time.Now().Add(6 * time.Hour).UTC().Format(time.RFC3339),
	})
}

func jsonText(m map[string]string) string {
	b, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	return string(b)
}
