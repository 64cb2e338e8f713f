// Package steps is the engine of podsg and the procedure it carries out:
// security groups for pods on Amazon EKS with a PostgreSQL database on RDS.
//
// There is one idea: observe, plan, apply, observe again.
//
//   - What the user wants is an [Intent]: small, typed, without secrets.
//   - What is, is a [Snapshot]: observed facts only, so that every check is a
//     pure function of snapshot and intent, and can run on a saved snapshot.
//   - [Resolve] joins the two into a [Target]: every answer settled, each with
//     the place it came from, or a [Question] that is still open.
//   - What will be done is a [Plan]: a graph of [Change] values. Screen, shell
//     script, Terraform and JSON are renderings of that one value.
//   - A [Runner] carries a plan out, independent changes at the same time, and
//     tells an observer what happens as a stream of [Event] values.
//
// diagnose observes and checks. plan observes and lists changes. setup plans,
// applies and verifies. cleanup plans the recorded changes in reverse.
//
// Each step of the procedure has a file of its own, named after what it is
// about; procedure.go lists them in order. The package knows nothing of the AWS
// SDK, client-go or the terminal: it reaches the world through the interfaces
// in ports.go, which packages aws, kube and postgres implement.
package steps
