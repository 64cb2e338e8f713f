package change

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/kube/internal/transport"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// The times of the lock, those of the leader election of Kubernetes' own
// controllers or a little longer: a run that died is forgotten after
// lockDuration.
const (
	lockDuration = 30 * time.Second
	lockRenewal  = 10 * time.Second
	lockRetry    = 2 * time.Second
)

// lockSkew is how far the clocks of two machines may differ that both sign
// requests which AWS takes: a quarter of an hour each. A Lease that ran out
// longer ago is dead by every clock.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const lockSkew = 30 * time.Minute

// LockObject names the Lease in messages.
const LockObject = world.JournalNamespace + "/" + world.LockName

// Lock implements [plan.Kube]. The Lease is deleted on release, so that it
// leaves nothing behind.
func (c Writer) Lock(ctx context.Context, holder string, progress plan.ProgressFunc) (release func(context.Context) error, lost <-chan struct{}, err error) {
	l := &lock{client: c.Client, holder: holder, begun: metav1.NewMicroTime(c.Clock.Now().Truncate(time.Microsecond)), lost: make(chan struct{}), ended: make(chan struct{})}
	if err := retry.OnError(retry.DefaultRetry, raced, func() error { return l.acquire(ctx, progress) }); err != nil {
		if errors.As(err, new(*world.Problem)) { // somebody holds it
			return nil, nil, err
		}
		return nil, nil, c.Problem("take the lock", LockObject, err)
	}
	// A run that is being stopped still holds the lock, until it releases it.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	go l.keep(renewing)
	var once sync.Once
	release = func(ctx context.Context) (err error) {
		once.Do(func() {
			stop()
			<-l.ended
			err = c.Problem("release the lock", LockObject, retry.OnError(retry.DefaultRetry, raced, func() error { return l.remove(ctx) }))
		})
		return err
	}
	return release, l.lost, nil
}

// lock is one holding of the Lease.
type lock struct {
	client   *api.Client
	holder   string
	begun    metav1.MicroTime // when the first attempt to get it was made, as precise as a Lease can tell
	acquired metav1.MicroTime
	lost     chan struct{} // closed when the Lease is somebody else's, or could not be renewed in time
	ended    chan struct{} // closed when renewing has ended
}

// acquire makes the Lease, or takes over one that has expired. The times in it
// are by its holder's clock: one that looks expired by this machine's is watched
// for as long as it lasts, and taken over only if nobody renews it meanwhile.
func (l *lock) acquire(ctx context.Context, progress plan.ProgressFunc) error {
	leases := l.client.Calls.CoordinationV1().Leases(world.JournalNamespace)
	var idle *coordinationv1.Lease // the one that is being watched
	var since time.Time
	for {
		lease, err := leases.Get(ctx, world.LockName, metav1.GetOptions{})
		now := l.client.Clock.Now()
		switch {
		case apierrors.IsNotFound(err):
			lease, err = leases.Create(ctx, &coordinationv1.Lease{
				ObjectMeta: metav1.ObjectMeta{Name: world.LockName, Namespace: world.JournalNamespace, Labels: facts.OwnLabels()},
				Spec:       l.spec(now, nil),
			}, metav1.CreateOptions{FieldManager: world.FieldManager})
		case err != nil:
			return err
		case l.isHolder(lease) && l.begun.Equal(lease.Spec.AcquireTime):
			// An earlier attempt made it, and its answer was lost.
		case idle != nil && (lease.UID != idle.UID || lease.ResourceVersion != idle.ResourceVersion):
			return lockedProblem(lease, now, now)
		case held(lease, now):
			return lockedProblem(lease, renewed(lease), now)
		case ptr.Deref(lease.Spec.HolderIdentity, "") == "", now.Sub(Expiry(lease)) > lockSkew, idle != nil && now.Sub(since) >= duration(lease):
			lease.Spec = l.spec(now, ptr.To(ptr.Deref(lease.Spec.LeaseTransitions, 0)+1))
			lease, err = leases.Update(ctx, lease, metav1.UpdateOptions{FieldManager: world.FieldManager})
		default:
			if idle == nil {
				idle, since = lease, now
			}
			progress(plan.Progress{
				Text: fmt.Sprintf("the run of %s seems to have died: its lock is taken over unless it is renewed within %s",
					ptr.Deref(lease.Spec.HolderIdentity, "somebody"), duration(lease)),
				Done: int(now.Sub(since) / time.Second), Total: int(duration(lease) / time.Second),
			})
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-l.client.Clock.After(lockRetry):
			}
			continue
		}
		if err != nil {
			return err
		}
		l.acquired = ptr.Deref(lease.Spec.AcquireTime, l.begun)
		return nil
	}
}

// spec is the Lease of this holding.
func (l *lock) spec(now time.Time, transitions *int32) coordinationv1.LeaseSpec {
	return coordinationv1.LeaseSpec{
		HolderIdentity: &l.holder, AcquireTime: &l.begun, RenewTime: ptr.To(metav1.NewMicroTime(now)),
		LeaseDurationSeconds: ptr.To(int32(lockDuration / time.Second)), LeaseTransitions: transitions,
	}
}

// duration is how long a Lease lasts if it is not renewed.
func duration(lease *coordinationv1.Lease) time.Duration {
	return time.Duration(ptr.Deref(lease.Spec.LeaseDurationSeconds, int32(lockDuration/time.Second))) * time.Second
}

// Expiry is until when a Lease lasts, by its holder's clock.
func Expiry(lease *coordinationv1.Lease) time.Time { return renewed(lease).Add(duration(lease)) }

func renewed(lease *coordinationv1.Lease) time.Time {
	return ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}).Time
}

func held(lease *coordinationv1.Lease, now time.Time) bool {
	return ptr.Deref(lease.Spec.HolderIdentity, "") != "" && now.Before(Expiry(lease))
}

// lockedProblem says who holds the Lease, which was renewed at a time by this
// machine's clock.
func lockedProblem(lease *coordinationv1.Lease, renewed, now time.Time) *world.Problem {
	since := ptr.Deref(lease.Spec.AcquireTime, metav1.MicroTime{})
	return &world.Problem{
		Kind: world.ProblemLocked, Doing: "take the lock", Object: LockObject,
		Err: fmt.Errorf("%s holds it since %s, and renewed it %s ago", ptr.Deref(lease.Spec.HolderIdentity, "somebody"),
			since.UTC().Format("2006-01-02 15:04:05 UTC"), max(now.Sub(renewed), 0).Round(time.Second)),
		Hint: "Wait until that run ends; if it died, the lock expires at " + renewed.Add(duration(lease)).UTC().Format("15:04:05 UTC") + ".",
	}
}

// keep renews the Lease until ctx ends or the lock is lost.
func (l *lock) keep(ctx context.Context) {
	defer close(l.ended)
	clock := l.client.Clock
	deadline := l.acquired.Add(lockDuration)
	pause := lockRenewal
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.After(pause):
		}
		at := clock.Now()
		mine, err := l.renew(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && mine:
			deadline, pause = at.Add(lockDuration), lockRenewal
		case err == nil, clock.Now().After(deadline):
			close(l.lost)
			return
		default:
			pause = lockRetry
		}
	}
}

// renew writes the time into the Lease while it is still this one.
func (l *lock) renew(ctx context.Context) (mine bool, err error) {
	ctx, cancel := context.WithTimeout(transport.TriedOnce(ctx), lockRenewal)
	defer cancel()
	leases := l.client.Calls.CoordinationV1().Leases(world.JournalNamespace)
	lease, err := leases.Get(ctx, world.LockName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !l.owns(lease) {
		return false, nil
	}
	lease.Spec.RenewTime = ptr.To(metav1.NewMicroTime(l.client.Clock.Now()))
	_, err = leases.Update(ctx, lease, metav1.UpdateOptions{FieldManager: world.FieldManager})
	return err == nil, err
}

// owns reports whether a Lease is this holding and no later one, even of the
// same holder.
func (l *lock) owns(lease *coordinationv1.Lease) bool {
	acquired := ptr.Deref(lease.Spec.AcquireTime, metav1.MicroTime{})
	return l.isHolder(lease) && acquired.Equal(&l.acquired)
}

func (l *lock) isHolder(lease *coordinationv1.Lease) bool {
	return ptr.Deref(lease.Spec.HolderIdentity, "") == l.holder
}

// remove deletes the Lease if it is still this one.
func (l *lock) remove(ctx context.Context) error {
	leases := l.client.Calls.CoordinationV1().Leases(world.JournalNamespace)
	lease, err := leases.Get(ctx, world.LockName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && !l.owns(lease) {
		return nil
	}
	if err != nil {
		return err
	}
	err = leases.Delete(ctx, world.LockName, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &lease.UID, ResourceVersion: &lease.ResourceVersion},
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
