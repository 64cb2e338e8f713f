package cli

import (
	"time"

	"github.com/spf13/cobra"

	"podsg/cli/flags"
	"podsg/cli/practice"
)

// options are the flags that every command has which works on a cluster.
type options struct {
	profile, kubeconfig, context string
	sandbox                      string
	sandboxSpeed                 float64
	timeout                      time.Duration
	timeoutGiven                 bool // by the user
	logFile                      string
	rdsCA, dbProxy               string
	answers                      string
	plain                        bool
}

// defaultTimeout bounds a command that runs without questions: a database takes
// up to ten minutes, a roll-out on a large cluster longer.
const defaultTimeout = time.Hour

// addCommon adds the flags of all commands.
func (o *options) addCommon(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&o.logFile, "log-file", "", "append a detailed log to this `file`")
	f.Bool("no-color", false, "no colours; the same as NO_COLOR=1")
	f.BoolVar(&o.plain, "plain", false, "line by line instead of full-screen pages")
	f.Var(&flags.Choice{Value: "en", Allowed: []string{"en"}}, "lang", "language of the texts")
	f.Lookup("lang").Hidden = true // there is one language
	f.DurationVar(&o.timeout, "timeout", defaultTimeout, "end a run without questions after this `time`; watch and sandbox end only if it is given; 0 for no limit")
}

// addWorld adds the flags that say which account and cluster are meant.
func (o *options) addWorld(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.profile, "profile", "", "AWS `profile`")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig `file`; default: as kubectl finds it")
	f.StringVar(&o.context, "context", "", "kubeconfig `context`; default: the one that points at the cluster")
	f.StringVar(&o.rdsCA, "rds-ca", "", "PEM `file` with the authorities that sign RDS certificates; default: those podsg carries")
	f.StringVar(&o.dbProxy, "db-proxy", "", "`URL` of a SOCKS5 proxy to reach databases through: socks5h://HOST:PORT, such as one of ssh -D")
	f.StringVar(&o.sandbox, "sandbox", "", "work in the practice world `SCENARIO` instead of an account")
	f.Lookup("sandbox").NoOptDefVal = practice.DefaultScenario
	f.Float64Var(&o.sandboxSpeed, "sandbox-speed", practice.DefaultSpeed, practice.SpeedUsage)
}
