"""SDEdit as mathematics: schedules, noise, samplers, masks and the edit itself. Torch only."""
