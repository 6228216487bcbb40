"""One session of real processes: starts the parties, follows their events, does things to them, and tells how each ended.

Nothing waits for a time where it can wait for an event, and every wait has a bound.
"""

import ctypes
import json
import os
import select
import subprocess
import tempfile
import time

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WAIT_ALL = 0x40000000

# Far above what a busy machine needs: what takes longer is stuck.
STUCK_SECONDS = 90


class Party:
    """A process, what it has said, and how it ended."""

    def __init__(self, seat, host, command):
        self.seat, self.host = seat, host
        self.events, self.code, self.ended_at = [], None, None
        # The most memory that it ever had, in bytes; known at its end.
        self.peak = None
        self.rest, self.stopped = b"", []
        # Appended to, wherever we read.
        self.log = tempfile.TemporaryFile("a+b")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        os.set_blocking(self.process.stdout.fileno(), False)

    def read(self):
        """Takes what it has said; notices its end."""
        said = self.process.stdout.read()
        if said is None:
            return
        if said == b"":
            _, status, usage = os.wait4(self.process.pid, 0)
            self.code = self.process.returncode = os.waitstatus_to_exitcode(status)
            self.peak = usage.ru_maxrss << 10
            self.ended_at = time.monotonic()
            return
        *lines, self.rest = (self.rest + said).split(b"\n")
        self.events += [json.loads(line) for line in lines]

    def event(self, name):
        return next((event for event in self.events if event["event"] == name), None)

    def phases(self):
        return [event["phase"] for event in self.events if event["event"] == "progress"]

    def value(self):
        result = self.event("result")
        return result and result["value"]

    def error(self):
        error = self.event("error")
        return error["message"] if error else ""

    def stderr(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def signal(self, name):
        if self.code is None:
            # Not `send_signal`: that reaps a process that has just ended, and only `read` may.
            os.kill(self.process.pid, name)

    def stall(self):
        """Stops the thread that leads the session and the engine's, but none of those that keep the network alive."""
        if self.code is not None:
            return
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{thread}/comm") as name:
                    leads = int(thread) == self.process.pid or name.read().startswith("engine")
                if leads:
                    stop_thread(int(thread))
                    self.stopped.append(int(thread))
            except (FileNotFoundError, ProcessLookupError):
                # It has just ended.
                continue

    def close(self):
        if self.code is None:
            self.process.kill()
            # A stopped thread is reaped by the one who stopped it, and the process after its threads.
            for thread in self.stopped:
                if thread != self.process.pid:
                    os.waitpid(thread, WAIT_ALL)
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def stop_thread(thread):
    libc = ctypes.CDLL(None, use_errno=True)
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if libc.ptrace(request, thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), "cannot stop a thread")
    os.waitpid(thread, WAIT_ALL)


class Session:
    """The parties of one session; those that still live when it is closed are killed."""

    def __init__(self, binary, program, inputs, options=(), network=None, relay="disabled", bind="127.0.0.1:0"):
        self.binary, self.inputs, self.network = binary, inputs, network
        self.relay, self.bind = relay, bind
        self.options = ["--program", program, "--json", "-v", *options]
        self.parties = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for party in self.parties:
            party.close()

    def start(self, seat, command, host=None, options=()):
        """Starts a party on a host of the network, its seat's by default."""
        host = seat if host is None else host
        line = [self.binary, *command, "--input", self.inputs[seat], *self.options, *options]
        line += ["--relay", self.relay]
        if self.network:
            line = self.network.on(host, line)
        else:
            line += ["--bind", self.bind]
        party = Party(seat, host, line)
        self.parties.append(party)
        return party

    def open(self, *options):
        """Starts the host, party 0, and gives it once there is a ticket."""
        host = self.start(0, ["new"], options=options)
        if not self.until(lambda: host.event("ticket")):
            raise RuntimeError(f"no ticket: {host.stderr()}")
        self.ticket = host.event("ticket")["ticket"]
        return host

    def join(self, seat, host=None, ask=True):
        asked = ["--party", str(seat)] if ask else []
        return self.start(seat, ["join", self.ticket, *asked], host)

    def until(self, condition, seconds=STUCK_SECONDS):
        """Follows all parties until the condition holds or time is up; gives the condition."""
        deadline = time.monotonic() + seconds
        while True:
            now = condition()
            left = deadline - time.monotonic()
            if now or left <= 0:
                return now
            # Not every condition is an event.
            self.follow(min(left, 0.05))

    def follow(self, seconds):
        living = {party.process.stdout.fileno(): party for party in self.parties if party.code is None}
        poll = select.poll()
        for descriptor in living:
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
        for descriptor, _ in poll.poll(seconds * 1000):
            living[descriptor].read()


def binary():
    """The binary under test: IROH_MPC, or the release build."""
    given = os.environ.get("IROH_MPC")
    if given:
        return os.path.abspath(given)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "iroh-mpc"], check=True)
    return os.path.abspath(f"{target}/release/iroh-mpc")


