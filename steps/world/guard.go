package world

import (
	"fmt"
	"runtime/debug"
)

// Guard runs a function that reads or changes something, on a goroutine of its own as
// often as not. A panic in it becomes its error: it must never end the program, which
// would leave the terminal and the lock behind.
func Guard(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Problem{
				Err:  &panicked{value: p, stack: debug.Stack()},
				Hint: "This is a mistake in podsg. Please report it; with --log-file FILE the log says where it happened.",
			}
		}
	}()
	return run()
}

// panicked is what a panic said, and where it happened.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("unexpected: %v", p.value) }

// Stack is where a panic happened, if an error is one.
func (p *panicked) Stack() string { return string(p.stack) }
