"""A gateway with tokens: who is let in, what they may do, and when it is over."""
import contextlib
import http.server
import re
import threading

from playwright.sync_api import expect

from bench import accessible

PLACES = ["/", "/history", "/machines", "/rules", "/webhooks"]
WRITES = re.compile("^(Acknowledge|Silence|Note|Resolve|Send|Test|Enable|Replay|End|Save|Go back|Backtest)")


def log_in(page, token):
    page.get_by_label("Token").fill(token)
    page.keyboard.press("Enter")


def inside(bench, token, place="/"):
    """A page of somebody who has logged in."""
    page = bench.page(place)
    log_in(page, token)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.locator("main:not([aria-busy]) h1").first).to_be_visible()
    return page


@contextlib.contextmanager
def another_site():
    """The address of a page that is not the gateway's."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def session_of(page):
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "gateway_session"]
    return cookie


def newest_audit(bench):
    entry = bench.api("/api/audit?limit=1")[0]
    return entry["who"], entry["method"], entry["route"], entry["status"]


def check_nobody_is_let_in_without_a_token_that_is_known(bench):
    site = bench.guarded
    page = site.page("/history")
    field = page.get_by_label("Token")
    expect(field).to_be_focused()
    accessible(page)
    expect(page.get_by_role("button", name="Log out")).to_have_count(0)
    log_in(page, "no such token")
    expect(page.get_by_role("alert")).to_have_text("that is no token of rules.yaml; gateway token add NAME makes one")
    assert newest_audit(site) == (None, "POST", "/api/session", 401)
    assert not page.context.cookies()
    # Whoever is let in goes on to where they wanted to be.
    log_in(page, site.reader)
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    expect(page.locator(".who")).to_have_text("grafana")


def check_a_session_is_for_no_script_and_no_other_site_and_outlives_a_reload(bench):
    site = bench.guarded
    page = inside(site, site.token)
    cookie = session_of(page)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert page.evaluate("document.cookie") == ""
    assert "gw_" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.reload()
    expect(page.locator(".who")).to_have_text("kim")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")


def check_who_reads_sees_every_view_and_is_offered_no_change(bench):
    site = bench.guarded
    number = site.opened("login-1")
    page = inside(site, site.reader)
    for place in PLACES + [f"/incidents/{number}"]:
        page.goto(f"{site.url}/#{place}")
        page.reload()
        expect(page.locator("main:not([aria-busy]) h1").first).to_be_visible()
        expect(page.locator("main .trouble")).to_have_count(0)
        expect(page.get_by_role("main").get_by_role("button", name=WRITES)).to_have_count(0)
    page.goto(f"{site.url}/#/rules")
    expect(page.locator("main")).to_contain_text("to read and edit it takes the role 'write'")
    # What the page does not offer is refused to who sends it.
    refusal = page.evaluate(
        """async number => {
            const options = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
            return (await (await fetch(`/api/incidents/${number}/acknowledge`, options)).json()).detail;
        }""", number)
    assert refusal == "this takes the role 'write', and the token 'grafana' has the role 'read'"


def check_who_writes_acknowledges_under_their_name(bench):
    site = bench.guarded
    page = inside(site, site.token)
    expect(page.locator(".live")).to_have_text("Live")
    # It comes by the stream of events, which the session opens.
    number = site.opened("login-2")
    row = page.locator(f'tr[data-incident="{number}"]')
    expect(row).to_contain_text("login-2")
    page.get_by_role("button", name=f"Acknowledge #{number}").click()
    expect(row).to_contain_text("acknowledged by kim")
    assert site.api(f"/api/incidents/{number}")["acknowledged_by"] == "kim"
    assert newest_audit(site) == ("kim", "POST", "/api/incidents/{id}/acknowledge", 200)
    site.push({"login-2": 10})
    expect(row).to_have_count(0)


def check_who_writes_edits_the_rules_under_their_name(bench):
    site = bench.guarded
    for value in [40, 60, 40]:
        site.push({"login-3": value})
    page = site.page()
    # Who sat here before, without logging in, is not who signs now.
    page.evaluate("localStorage.setItem('actor', 'lee')")
    log_in(page, site.token)
    page.get_by_role("link", name="Rules").click()
    expect(page.locator(".faults")).to_contain_text("No mistake was found.")
    text = page.get_by_role("textbox", name="rules.yaml, edited")
    text.fill(text.input_value().replace("above: 85,", "above: 50,"))
    page.get_by_role("button", name="Backtest the edit").click()
    expect(page.get_by_text(re.compile("^Would appear: "))).to_be_visible()
    before = site.api("/api/rules")["number"]
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".toast")).to_have_text(f"Version {before + 1} is in force.")
    assert site.api("/api/rules/versions")[0]["origin"] == "api by kim"
    page.get_by_role("link", name=f"Version {before}", exact=True).click()
    page.get_by_role("button", name=f"Go back to version {before}").click()
    expect(page.get_by_role("textbox", name="rules.yaml, edited")).to_have_value(re.compile("above: 85,"))
    assert site.api("/api/rules/versions")[0]["origin"] == f"rollback to {before} by kim"


def check_logging_out_ends_the_session_for_every_copy_of_it(bench):
    site = bench.guarded
    page, other = inside(site, site.token), site.page("/")
    expect(other.locator(".who")).to_have_text("kim")
    cookie = f"gateway_session={session_of(page)['value']}"
    assert site.status("/api/incidents", cookie=cookie) == 200
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token")).to_be_focused()
    expect(page.get_by_role("button", name="Log out")).to_have_count(0)
    expect(page.locator(".live")).to_have_text("")
    assert not page.context.cookies()
    assert site.status("/api/incidents", cookie=cookie) == 401
    assert site.status("/api/session", cookie=cookie) == 401
    # Another window is asked for the token at the next thing that it wants to know.
    other.get_by_role("link", name="History").click()
    expect(other.get_by_label("Token")).to_be_visible()


def check_a_page_of_another_origin_changes_nothing_in_the_name_of_who_is_logged_in(bench):
    site = bench.guarded
    number = site.opened("login-4")
    page = inside(site, site.token)
    # On another port of the same host a page is of the same site: SameSite does not keep the cookie from being sent.
    other = page.context.new_page()
    with another_site() as url:
        other.goto(url)
        other.evaluate(
            """url => fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" })""",
            f"{site.url}/api/incidents/{number}/acknowledge")
    assert newest_audit(site) == ("kim", "POST", "/api/incidents/{id}/acknowledge", 403)
    assert site.api(f"/api/incidents/{number}")["status"] == "open"
    other.close()
    # Nor does a copy of the cookie do, where no page says that it is the gateway's own.
    cookie = f"gateway_session={session_of(page)['value']}"
    path = f"/api/incidents/{number}/acknowledge"
    assert site.status(path, {}, cookie=cookie) == 403
    assert site.status(path, {}, cookie=cookie, origin="http://evil.example") == 403
    assert site.status(path, {}, cookie=cookie, origin=site.url, sec_fetch_site="cross-site") == 403
    assert site.status(path, {}, cookie=cookie, origin=site.url) == 200


def check_many_wrong_tokens_are_told_to_wait_and_disturb_no_session(bench):
    site = bench.guarded
    page = inside(site, site.token)
    guess = site.browser.new_context().new_page()
    guess.goto(site.url)
    alert = guess.get_by_role("alert")
    for number in range(20):
        log_in(guess, f"wrong-{number}")
        expect(alert).to_be_visible()
        if "too many wrong tokens" in alert.text_content():
            break
    expect(alert).to_have_text(re.compile("^too many wrong tokens came from your address; try again in [0-9]+ s$"))
    guess.context.close()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    expect(page.locator(".who")).to_have_text("kim")
