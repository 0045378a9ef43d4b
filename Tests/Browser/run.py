"""Runs every check of the page in one Chromium: run.py URL GUARDED_URL READER WRITER [NAME…]

The second gateway has tokens, of which two are given: one that reads and one that writes.
A check is a function `check_…(bench)` of a file `check_….py`. Each that fails gives a line `FAIL name: file:line: why`;
the last line says how many passed.
"""
import importlib
import os
import sys
import time
import traceback
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from bench import PATIENCE, Bench

FOLDER = Path(__file__).parent


def checks(wanted):
    for file in sorted(FOLDER.glob("check_*.py")):
        module = importlib.import_module(file.stem)
        for name, check in list(vars(module).items()):
            if name.startswith("check_") and callable(check) and (not wanted or name in wanted):
                yield name, check


def failure(error):
    """`check_now.py:12: why`: the line of the check, whatever it called."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "check_" in Path(frame.filename).name]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}: {frames[-1].line}" if frames else "run.py"
    # Playwright tells all that is on the page; the first lines say what is wrong.
    words = str(error).split("Aria snapshot:")[0].split("Call log:")[0].strip()
    return f"{place}: {type(error).__name__}: {words}".replace("\n", "\n  ")


def main(url, guarded, reader, writer, *wanted):
    failed, passed = 0, 0
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        bench = Bench(url, browser)
        bench.guarded = Bench(guarded, browser, writer)
        bench.guarded.reader = reader
        for name, check in checks(wanted):
            start = time.monotonic()
            try:
                try:
                    check(bench)
                finally:
                    bench.close()
                    bench.guarded.close()
                passed += 1
                print(f"ok   {name} {time.monotonic() - start:.1f} s", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL {name}: {failure(error)}", flush=True)
        browser.close()
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(failed > 0)


main(*sys.argv[1:])
