"""The backend as the core sees it: started when needed, connected, watched, and put into words."""

from __future__ import annotations

import time
from typing import Any, Callable, Sequence

from ..i18n import _
from ..installation import Installation
from ..protocol.errors import ConnectionLost, ProtocolError, SDEditError
from ..protocol.messages import REVOKED, Failed, Message, Progress, Status, Welcome
from .conversation import Connect, Conversation
from .host_choice import HostChoice
from .hosts import Host
from .state import BackendState
from .words import HERE, BackendWords, ended_at_its_start, ended_at_work

SLOW_S = 5.0
"""Without a first answer, after which it is said that this takes long."""


class BackendLink:
    """One backend, of this machine or of another one, and the connection to it.

    ``poll()`` is called now and then, and whenever something may have arrived; everything that
    happens, happens there.
    """

    def __init__(
        self,
        installation: Installation | SDEditError,
        connect: Connect,
        clock: Callable[[], float] = time.monotonic,
        serve_arguments: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """``installation`` may be the reason why there is none; ``serve_arguments`` gives what a
        backend is started with."""
        self._installation = installation
        self._connect = connect
        self._clock = clock
        self._hosts = HostChoice(installation, serve_arguments)
        self._conversation: Conversation | None = None
        self._started_at = 0.0
        self.problem: SDEditError | None = None
        """Why the backend is UNUSABLE, STOPPED against our will, or BROKEN."""
        self.state = BackendState.STOPPED
        self.sentence = ""
        self.device = ""
        self.models: tuple[dict[str, Any], ...] = ()
        """What the backend says of its models; of an earlier backend until this one has."""
        self.starts = 0
        """Backends started or connected anew so far: a job sent to an earlier one is lost with
        it."""
        self.died_at_work = False
        """Whether the last one ended by itself after it had been answering."""
        if isinstance(installation, SDEditError):
            self.state, self.problem = BackendState.UNUSABLE, installation

    @property
    def is_slow(self) -> bool:
        """Whether its first answer takes longer than one would think."""
        is_awaited = self.state in (BackendState.STARTING, BackendState.CONNECTING)
        return is_awaited and self._clock() - self._started_at > SLOW_S

    @property
    def jobs(self) -> frozenset[str]:
        """Sent to it and not yet answered."""
        return frozenset() if self._conversation is None else frozenset(self._conversation.jobs)

    @property
    def words(self) -> BackendWords:
        """What is said of it."""
        return HERE if self._host is None else self._host.words

    @property
    def process_id(self) -> int | None:
        """The process that was started, None when none runs."""
        return None if self._hosts.local is None else self._hosts.local.process_id

    @property
    def has_processes(self) -> bool:
        """Whether any process that was started is still there."""
        return self._hosts.local is not None and self._hosts.local.has_processes

    @property
    def _host(self) -> Host | None:
        return self._hosts.current

    # ------------------------------------------------------------ which one

    def backends(self) -> list[str]:
        """The names of the backends on other machines that this one is paired with."""
        return self._hosts.names()

    def use(self, name: str) -> None:
        """Use the backend of this name, "" for this machine's own, once no job is under way.

        Where one has been in use, the other takes its place at once; else it is started or
        connected with the next job. A name that is not known is told as the problem then.
        """
        self._hosts.want(name)
        self._move()

    def renew(self) -> None:
        """Start this machine's backend anew, if it runs, once no job is under way: what it is
        started with has changed."""
        self._hosts.want_anew()
        self._move()

    def _move(self) -> None:
        host = self._host
        if host is None or self.jobs or not self._hosts.is_due:
            return
        was_in_use = host.is_started
        self.stop()
        if self._hosts.move():
            self.sentence = self.device = ""
        if was_in_use:
            self.ensure_started()

    # ------------------------------------------------------------ from its start to its end

    def ensure_started(self) -> None:
        """Start the backend unless it runs already; one that is of no use is replaced."""
        if self._host is None:
            return
        is_replaced = self.state is BackendState.BROKEN or (
            self.state is BackendState.SILENT and not self._host.is_left_alone
        )
        if is_replaced:
            self.kill()
        if self._host.is_started:
            return
        self.problem, self.died_at_work = None, False
        try:
            self._host.start()
        except SDEditError as error:
            self._give_up(BackendState.STOPPED, error)
            return
        self.starts += 1
        self._started_at = self._clock()
        self.state = BackendState.STARTING

    def ensure_warm(self) -> None:
        """Start a backend ahead of its first job; one that has failed is left for the next job."""
        if self.state is BackendState.STOPPED and self.problem is None:
            self.ensure_started()

    def stop(self) -> None:
        """End the backend with Krita, or leave it when it is not ours; takes some milliseconds."""
        self._hang_up()
        if self._host is not None:
            # One that is known not to answer would be waited for in vain.
            if self.state is BackendState.SILENT:
                self._host.kill()
            else:
                self._host.stop()
        self._rest()

    def kill(self) -> None:
        """End a backend that is of no use, without waiting for its consent."""
        self._hang_up()
        if self._host is not None:
            self._host.kill()
        self._rest()

    def _rest(self) -> None:
        if self.state is not BackendState.UNUSABLE:
            self.state, self.problem = BackendState.STOPPED, None

    # ------------------------------------------------------------ jobs

    def send(self, message: Message) -> None:
        """Send a message. Raises ConnectionLost when nobody is there to take it."""
        if self._conversation is None:
            raise ConnectionLost(_("The SDEdit backend is not connected."))
        self._conversation.send(message)

    def give_up(self, job_id: str) -> None:
        """Have a job stopped by a backend that does not answer.

        On this machine that ends the backend, with all its jobs: the next job gets another one. On
        another machine the job is stopped as soon as it can be told.
        """
        if self._host is not None and not self._host.is_left_alone:
            self.kill()
        elif self._conversation is not None:
            self._conversation.cancel(job_id)

    def ask_for_models(self) -> None:
        """Have `models` brought up to date, if a backend is there."""
        if self._conversation is not None:
            self._conversation.greet()

    # ------------------------------------------------------------ what happens

    def poll(self) -> list[Message]:
        """Bring the state up to date; return the messages that concern jobs."""
        self._move()
        if self._hosts.local is not None:
            self._hosts.local.reap()
        if self._host is None or not self._host.is_started:
            return []
        last_words = self._host.how_it_ended()
        if last_words is not None:
            self._has_ended(last_words)
            return []
        if self._conversation is None:
            self._find(self._host)
            return []
        try:
            self._conversation.watch()
            messages = self._conversation.receive()
        except ConnectionLost:
            return []  # between two looks; the next one says so in its own words
        except ProtocolError as error:
            self._give_up(BackendState.BROKEN, self.words.of(error))
            return []
        self._look_at(self._conversation)
        for message in messages:
            self._heard(message)
        return [message for message in messages if not _is_of_the_backend(message)]

    def _find(self, host: Host) -> None:
        where = host.where()
        if where is None:
            self._check_start_time()
            return
        assert isinstance(self._installation, Installation)
        try:
            connection = self._connect(where, self._installation.keys)
        except SDEditError as error:
            self._give_up(BackendState.BROKEN, error)
            return
        self._conversation = Conversation(connection, self._clock)
        self.state = BackendState.CONNECTING

    def _look_at(self, conversation: Conversation) -> None:
        if conversation.is_refused:
            self._give_up(BackendState.BROKEN, self.words.refused)
        elif conversation.is_silent and not conversation.has_answered:
            self._check_start_time()
        elif conversation.is_silent and self.state is not BackendState.BROKEN:
            self.state = BackendState.SILENT

    def _heard(self, message: Message) -> None:
        if isinstance(message, Welcome):
            self.models = message.models
        if isinstance(message, Status):
            self.sentence, self.device, self.problem = message.sentence, message.device, None
            if message.state == "broken":
                self._give_up(BackendState.BROKEN, SDEditError(message.sentence))
            elif message.state == "loading":
                self.state = BackendState.LOADING
            else:
                self.state = BackendState.READY
        elif isinstance(message, Failed) and message.code == REVOKED:
            self._give_up(BackendState.BROKEN, self.words.refused)
        elif isinstance(message, Progress):
            self.state = BackendState.READY  # what it does tells more than its last status
        elif self.state in (BackendState.CONNECTING, BackendState.SILENT):
            self.state = BackendState.LOADING  # the answer to the ping will tell more

    def _check_start_time(self) -> None:
        if self._host is not None and self._clock() - self._started_at > self._host.patience_s:
            self._give_up(BackendState.BROKEN, self.words.no_answer)

    def _has_ended(self, last_words: str) -> None:
        has_answered = self._conversation is not None and self._conversation.has_answered
        self.kill()
        self.died_at_work = has_answered
        ended_early = ended_at_its_start(last_words)
        problem = ended_at_work() if has_answered else ended_early
        self._give_up(BackendState.STOPPED, problem)

    def _give_up(self, state: BackendState, problem: SDEditError) -> None:
        """Nobody waits for a job of this backend any more, should it be of use again."""
        self.state, self.problem = state, problem
        if self._conversation is not None:
            for job_id in self.jobs:
                self._conversation.cancel(job_id)

    def _hang_up(self) -> None:
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None


def _is_of_the_backend(message: Message) -> bool:
    """Whether this tells how the backend is, and not how a job is."""
    is_revocation = isinstance(message, Failed) and message.code == REVOKED
    return is_revocation or isinstance(message, (Welcome, Status))
