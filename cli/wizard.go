package cli

import "context"

type screens struct{}

func (s *session) wizard(ctx context.Context) error { return s.setup(ctx, false, formatText) }
