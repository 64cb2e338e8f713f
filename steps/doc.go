// Package steps is the engine of podsg and the procedure it carries out:
// security groups for pods on Amazon EKS with a PostgreSQL database on RDS.
//
// There is one idea: observe, plan, apply, observe again.
//
//   - What the user wants is an [intent.Intent]: small, typed, without secrets.
//   - What is, is a [world.Snapshot]: observed facts only, so that every check is
//     a pure function of snapshot and intent, and can run on a saved snapshot.
//   - [intent.Resolve] joins the two into an [intent.Target]: every answer
//     settled, each with the place it came from, or an [intent.Question] that is
//     still open.
//   - What will be done is a [plan.Plan]: a graph of [plan.Change] values. Screen,
//     shell script, Terraform and JSON are renderings of that one value.
//   - A [plan.Runner] carries a plan out, independent changes at the same time,
//     and tells an observer what happens as a stream of [plan.Event] values.
//
// diagnose observes and checks. plan observes and lists changes. setup plans,
// applies and verifies. cleanup plans the recorded changes in reverse.
//
// Each step of the procedure is in a package of its own, named after what it is
// about; procedure.go lists them in order. The packages know nothing of the AWS
// SDK, client-go or the terminal: they reach the world through the interfaces
// of package plan, which packages aws, kube and postgres implement.
package steps
