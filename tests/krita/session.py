"""One real Krita on one virtual screen, from its start to the proof that nothing of it is left."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.krita.documents import Documents
from tests.krita.hand import Hand
from tests.krita.home import KritaHome
from tests.krita.link import KritaDied, KritaTimeout, Link, UncleanExit
from tests.krita.processes import Process, kill_all, session_processes, wait_for_none
from tests.krita.screen import Screen, virtual_screen
from tests.krita.stalls import Stalls

OUT = Path(__file__).resolve().parents[1] / "out"
SCREENSHOTS = OUT / "screenshots"

START_TIMEOUT_S = 90.0
ANSWER_TIMEOUT_S = 30.0
QUIT_TIMEOUT_S = 30.0
LEFTOVER_TIMEOUT_S = 5.0
POLL_S = 0.02


class KritaSession:
    """A running Krita; use it as a context manager.

    Leaving the block quits Krita and raises UncleanExit unless it ended with status 0, left no
    process, and no exception went uncaught in it. Leaving by an exception keeps a screenshot.
    """

    def __init__(
        self,
        home: KritaHome,
        name: str = "krita",
        *,
        screen: Screen | None = None,
        time_limit_s: float = 600.0,
        **environment: str,
    ) -> None:
        self.home = home
        self.name = name
        self.time_limit_s = time_limit_s
        self.start_s = 0.0
        self._screen = screen
        self._environment = environment
        self._cleanup = contextlib.ExitStack()
        self._ran_over = False
        self._end_was_checked = False

    # -- its life -------------------------------------------------------------------------

    def __enter__(self) -> KritaSession:
        with contextlib.ExitStack() as cleanup:
            self.screen = self._screen or cleanup.enter_context(virtual_screen())
            self.documents = Documents(self)
            self.hand = Hand(self)
            self.stalls = Stalls(self)
            self._start(cleanup)
            self._cleanup = cleanup.pop_all()
        return self

    def _start(self, cleanup: contextlib.ExitStack) -> None:
        self.home.install_driver()
        socket_path = self.home.runtime / "driver"
        socket_path.unlink(missing_ok=True)
        self._link = Link(socket_path)
        cleanup.callback(self._link.close)
        began = time.monotonic()
        self.log_path = OUT / "logs" / f"{self.name}.log"
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        log = cleanup.enter_context(self.log_path.open("wb"))
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "krita", "--nosplash"],
            env=self.home.environment(
                DISPLAY=self.screen.display,
                SDEDIT_TEST_DRIVER_SOCKET=str(socket_path),
                **self._environment,
            ),
            cwd=self.home.path,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        cleanup.callback(self._kill)
        watchdog = threading.Timer(self.time_limit_s, self._run_over)
        watchdog.daemon = True
        watchdog.start()
        cleanup.callback(watchdog.cancel)
        try:
            self._link.accept(self.process.pid, START_TIMEOUT_S)
            self.screen.focus_window(self.run("windows.fill_screen()"))
        except (KritaDied, KritaTimeout) as error:
            self.keep_screenshot("never-started")
            why = f"{error}; {self._over_text}" if self._ran_over else str(error)
            raise type(error)(f"{why}\n{self.log_tail()}") from error
        self.start_s = time.monotonic() - began

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._cleanup:
            if error is not None:
                self.keep_screenshot("failed")
            elif not self._end_was_checked:
                self.quit()

    def quit(self) -> None:
        """Close everything as a person does, and prove that Krita ended well."""
        self.run("documents.close_all()")
        self.run("windows.close_soon()")
        self.wait_for_exit()

    def wait_for_exit(self, timeout_s: float = QUIT_TIMEOUT_S) -> None:
        """Wait for Krita to end; UncleanExit unless the end is a clean one."""
        self._end_was_checked = True
        faults = []
        try:
            status = self.process.wait(timeout_s)
            if status != 0:
                faults.append(f"it ended with status {status}")
        except subprocess.TimeoutExpired:
            self.keep_screenshot("did-not-quit")
            faults.append(f"it did not end within {timeout_s:g} s")
        if self._ran_over:
            faults.append(self._over_text)
        left = wait_for_none(self.home.path, self.process.pid, LEFTOVER_TIMEOUT_S)
        if left:
            faults.append("it left processes: " + "; ".join(map(str, left)))
        faults += [f"an exception went uncaught in it:\n{text}" for text in self.take_unhandled()]
        if faults:
            raise UncleanExit("Krita: " + "\n".join(faults) + "\n" + self.log_tail())

    @property
    def _over_text(self) -> str:
        return f"it was killed at its time limit of {self.time_limit_s:g} s"

    def _run_over(self) -> None:
        self._ran_over = True
        kill_all(self.home.path, self.process.pid)

    def _kill(self) -> None:
        kill_all(self.home.path, self.process.pid)
        self.process.wait(10)
        # A killed process is still there for a moment; the home must not go before it.
        wait_for_none(self.home.path, self.process.pid, LEFTOVER_TIMEOUT_S)

    # -- speaking to it -------------------------------------------------------------------

    def run(self, code: str, *, timeout_s: float = ANSWER_TIMEOUT_S, **values: Any) -> Any:
        """Run Python on Krita's UI thread; the value of the last line comes back.

        ``values`` are names the code may use; values may be JSON or bytes. Raises SnippetFailed
        with Krita's traceback, KritaDied, or KritaTimeout.
        """
        try:
            return self._link.ask(code, values, timeout_s)
        except KritaDied as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            status = self.process.returncode
            end = "Krita runs on" if status is None else f"Krita ended with status {status}"
            if self._ran_over:
                end += f": {self._over_text}"
            raise KritaDied(f"{end}: {error}\n{self.log_tail()}") from error

    def wait_until(self, expression: str, timeout_s: float = 10.0, **values: Any) -> Any:
        """Ask until the expression is true, and return its value; KritaTimeout says what it was."""
        deadline = time.monotonic() + timeout_s
        while True:
            value = self.run(expression, **values)
            if value:
                return value
            if time.monotonic() > deadline:
                dialog = self.run("windows.dialog()")
                raise KritaTimeout(
                    f"after {timeout_s:g} s still {value!r}: {expression} {values or ''}"
                    + (f"; a dialog is open: {dialog}" if dialog else "")
                )
            time.sleep(POLL_S)

    def take_unhandled(self) -> list[str]:
        """Tracebacks of exceptions that nobody caught inside Krita, since the last call."""
        taken, self._link.unhandled = self._link.unhandled, []
        return taken

    def dialog(self) -> dict[str, Any] | None:
        """title, class and words of the modal dialog that blocks Krita now, or None."""
        found: dict[str, Any] | None = self.run("windows.dialog()")
        return found

    def dismiss_dialogs(self) -> list[dict[str, Any]]:
        """Cancel the modal dialogs that are open, and return what they were."""
        dismissed = []
        while dialog := self.dialog():
            dismissed.append(dialog)
            self.run("windows.dismiss_dialog()")
        return dismissed

    # -- looking at it --------------------------------------------------------------------

    def screenshot(self, name: str, of: str | None = None) -> Path:
        """Keep what the screen shows, once it is drawn, as tests/out/screenshots/NAME.png; of a
        widget only, if one is named."""
        self.run("windows.settle()")
        area = None if of is None else self.hand.rectangle(of)
        return self.screen.save_picture(_picture(name), area)

    def keep_screenshot(self, reason: str) -> Path:
        """Keep what the screen shows of a failure; Krita itself is not asked anything."""
        return self.screen.save_picture(_picture(f"{self.name}-{reason}"))

    def processes(self) -> list[Process]:
        """The processes of this session that run now: Krita, and what it or a plugin started."""
        return session_processes(self.home.path, self.process.pid)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines that Krita printed."""
        text = self.log_path.read_text(encoding="utf-8", errors="replace")
        return f"-- the end of {self.log_path.name}:\n" + "\n".join(text.splitlines()[-lines:])


def _picture(name: str) -> Path:
    """Where a picture is kept; ImageMagick takes brackets, as in a parametrized test's name, for a
    command."""
    return SCREENSHOTS / f"{re.sub('[^A-Za-z0-9._-]+', '-', name).strip('-')}.png"


def warmed_data(folder: Path) -> Path:
    """Krita's data folder after one complete start, which fills its resource database.

    A first start spends 10 to 20 seconds on it; a copy of this folder spares every session that.
    """
    home = KritaHome()
    try:
        with KritaSession(home, "warming"):
            pass
        shutil.copytree(
            home.krita_data, folder, symlinks=True, ignore=shutil.ignore_patterns("pykrita")
        )
    finally:
        home.remove()
    return folder
