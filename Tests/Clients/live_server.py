"""A Martlet server for a test: on a free loopback port, with a data folder of its own that goes at the end."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STOP_SECONDS_MAX = 30


class LiveServer:
    """Runs `martlet serve` within a `with` block.

    program: MARTLET_PROGRAM, or what `make build` made.
    patients: how many synthetic patients are in the store at its start.
    options: what else `martlet serve` is told.
    """

    def __init__(self, patients=0, options=()):
        self.program = os.environ.get("MARTLET_PROGRAM") or str(ROOT / ".build/release/martlet")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="martlet-clients-"))
        self.data = str(self.folder / "data")
        self.patients = patients
        self.options = options
        self.process = None
        self.log = None

    def __enter__(self):
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        try:
            if self.patients:
                self.fill()
            self.start()
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            self.__exit__(None, None, None)
            raise SystemExit(f"{self.program} does not serve ({error}): run make build") from error
        return self

    def start(self):
        command = [self.program, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--json", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        facts = json.loads(self.process.stdout.readline())
        self.address = f"http://127.0.0.1:{facts['port']}"
        self.base = self.address + "/fhir"
        self.token = subprocess.run([self.program, "token", "--data", self.data], check=True, capture_output=True,
                                    text=True).stdout.strip()
        self.authorization = "Bearer " + self.token
        # For tools that read it from a file.
        self.token_file = self.folder / "token"
        self.token_file.touch(0o600)
        self.token_file.write_text(self.token, encoding="utf-8")

    def crash(self):
        """Kills the server and starts it anew, on another port."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.start()

    def fill(self):
        archive = str(self.folder / "patients.zip")
        for command in (["synth", "--patients", str(self.patients), "--seed", "1", "--out", archive],
                        ["ingest", archive, "--data", self.data]):
            subprocess.run([self.program, *command], check=True, stdout=subprocess.DEVNULL, stderr=self.log)

    def complaints(self):
        """What the server wrote to its log: failures of its own."""
        self.log.seek(0)
        return self.log.read()

    def __exit__(self, kind, value, traceback):
        process = self.process
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process:
            process.stdout.close()
        if kind is not None:
            print(f"The server said:\n{self.complaints()}", flush=True)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
