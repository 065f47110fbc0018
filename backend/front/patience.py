"""How long a worker may be silent before it counts as hung."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.limits import TIMEOUTS
from protocol.messages import Progress


@dataclass(frozen=True)
class PoolTimes:
    """How long an engine waits for its workers, in seconds."""

    load_s: float = TIMEOUTS.load_s
    """From the start of the process to its model being ready; also from a job's begin to its first
    step, since the job may name a model that has to be loaded."""
    step_s: float = 30.0
    """Without a word from a worker that has a job, after which it counts as hung: the least that
    is waited (see `Patience`). A busy machine may well hold it up for seconds."""
    step_factor: float = 20.0
    """The same, in times the job's slowest step so far: heat, swapping or another program on the
    device make a step several times slower, not twenty times."""
    pulse_s: float = 30.0
    """For a worker of a cluster to answer that its process runs, whatever it does: one that is
    frozen before its job's first step need not be given the time to load a model."""
    cancel_s: float = 60.0
    """From a cancel until a worker that has not obeyed is ended."""
    stop_s: float = TIMEOUTS.stop_s
    restart_s: tuple[float, ...] = (0.0, 0.5, 2.0, 10.0)
    """Before the first, second, … restart in a row of a worker that finished no job between."""
    loading_deaths: int = 3
    """Deaths in a row while loading, after which a worker is not started again."""

    def restart_pause_s(self, deaths: int) -> float:
        """Before the restart after so many deaths in a row."""
        return self.restart_s[min(deaths, len(self.restart_s)) - 1]


@dataclass
class Patience:
    """With one job on one worker."""

    step: int = -1
    """As last told: 0 once the worker has the job, -1 before."""
    slowest_step_s: float = 0.0
    seconds_left: float = 0.0
    """As it foretold with the last step."""

    def step_done(self, progress: Progress, took_s: float) -> None:
        """Learn its pace. Step 0 only says that it has the job."""
        if progress.step > 0:
            # A model may have been loaded in the first step: it counts until the second is known.
            slowest_s = self.slowest_step_s if self.step > 1 else 0.0
            self.slowest_step_s = max(slowest_s, took_s)
        self.step, self.seconds_left = progress.step, max(0.0, progress.seconds_left)

    def seconds(self, times: PoolTimes) -> float:
        """How long it may be silent now."""
        if self.step == 0:
            return times.load_s
        # The seconds left foresee that steps at a finer scale take many times longer.
        return max(times.step_s, times.step_factor * self.slowest_step_s, 2 * self.seconds_left)
