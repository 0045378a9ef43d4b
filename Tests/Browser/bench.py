"""What the checks of the page share: a gateway that runs, a browser, and samples to push."""
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# How many seconds a check waits for what is to come; a loaded machine takes its time.
PATIENCE = 15
# A machine that tries to be markup.
HOSTILE = "<img src=x onerror=alert(1)>"


class Bench:
    """A gateway, and a browser that looks at it; `token` is what the bench itself asks with."""

    def __init__(self, url, browser, token=None):
        self.url = url
        self.browser = browser
        self.token = token
        self.faults = []
        self._contexts = {}
        self._pages = []

    def api(self, path, body=None, method=None):
        fields = {"content-type": "application/json"}
        if self.token:
            fields["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, fields, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")

    def status(self, path, body=None, method=None, **fields):
        """What is answered to who bears these fields alone, as a program may send them."""
        data = None if body is None else json.dumps(body).encode()
        fields = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in fields.items()}}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.url + path, data, fields, method=method), timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code

    def push(self, values):
        """Pushes one sample a machine: `{"web-1": 97}` of cpu, or `{"web-1": {"cpu": 97, "mem": 3}}`."""
        metrics = [(name, value if isinstance(value, dict) else {"cpu": value}) for name, value in values.items()]
        self.api("/api/samples?source=ci", [{"machine_ip": name, **of} for name, of in metrics])

    def opened(self, machine):
        """Makes `machine` breach cpu-high; gives the number of its incident."""
        self.push({machine: 97})
        return self.until(lambda: self.incidents(machine=machine, status="open"))[0]["id"]

    def incidents(self, **filters):
        return self.api(f"/api/incidents?{urlencode(filters)}")

    @staticmethod
    def until(condition, seconds=PATIENCE):
        """What `condition` gives once it is true."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < end, "it did not become true"
            time.sleep(0.02)
        return value

    def page(self, place="/", width=1280, height=900, **options):
        """A page at a place such as "/history"; what it complains of fails the check.

        Pages with the same options share what a browser keeps, which is much faster; `close` has them forget it.
        """
        key = (width, height, *sorted(options.items()))
        if key not in self._contexts:
            self._contexts[key] = self.browser.new_context(viewport={"width": width, "height": height}, **options)
            self._contexts[key].set_default_timeout(PATIENCE * 1000)
        page = self._contexts[key].new_page()
        self._pages.append(page)
        page.on("pageerror", lambda error: self.faults.append(f"error in the page: {error}"))
        page.on("dialog", lambda dialog: (self.faults.append(f"a script ran: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: self._heard(message))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(f"{self.url}/#{place}")
        return page

    def _heard(self, message):
        # A refusal is logged by the browser; those that a check brings about are its own to look at.
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(f"the page complains: {message.text}")

    def _asked(self, url):
        if not url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"the page asks another: {url}")

    def close(self):
        """Ends a check: closes its pages, and fails it for what they complained of."""
        for page in self._pages:
            page.evaluate("localStorage.clear()")
            page.close()
        for context in self._contexts.values():
            context.clear_cookies()
        faults, self.faults, self._pages = self.faults, [], []
        assert not faults, "; ".join(faults)


def accessible(page, *rules):
    """Fails where axe-core finds something serious; of all its rules, or of those named."""
    # Through the debugger, which the policy of the page does not bind.
    page.evaluate(AXE)
    found = page.evaluate(
        "rules => axe.run({resultTypes: ['violations'], ...(rules.length && {runOnly: rules})})", rules)["violations"]
    serious = [
        f"{fault['id']} ({fault['help']}): {fault['nodes'][0]['html'][:160]} {fault['nodes'][0]['any'][:1] and fault['nodes'][0]['any'][0]['message']}"
        for fault in found if fault["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n  ".join(serious)


def fits(page):
    """Fails where the page is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, f"{wide} px too wide"
