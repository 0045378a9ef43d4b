"""What is going on, as it changes."""
from playwright.sync_api import expect

from bench import HOSTILE


def row(page, number):
    return page.locator(f'tr[data-incident="{number}"]')


def live(bench):
    page = bench.page()
    expect(page.locator(".live")).to_have_text("Live")
    return page


def check_what_is_open_is_shown_with_its_value(bench):
    bench.push({"now-1": {"cpu": 97.25, "mem": 95}})
    number = bench.until(lambda: bench.incidents(machine="now-1", rule="cpu-high"))[0]["id"]
    page = bench.page()
    cells = row(page, number)
    for text in ["critical", "now-1", "cpu-high", "cpu 97.25 is above 85", "97.25"]:
        expect(cells).to_contain_text(text)
    expect(page.locator(".open-list")).to_contain_text("memory-high")
    expect(page.locator(".counts .critical")).to_be_visible()
    assert page.title().endswith("Now · Alert gateway") and page.title().startswith("(")
    for text in ["ci", "ops"]:
        expect(page.locator("aside")).to_contain_text(text)


def check_an_incident_comes_and_goes_without_a_reload(bench):
    page = live(bench)
    number = bench.opened("now-2")
    expect(row(page, number)).to_contain_text("now-2")
    bench.push({"now-2": 10})
    expect(row(page, number)).to_have_count(0)


def check_one_click_and_a_name_acknowledge(bench):
    first, second = bench.opened("now-3"), bench.opened("now-4")
    page = live(bench)
    page.get_by_role("button", name=f"Acknowledge #{first}").click()
    page.get_by_role("dialog").get_by_label("Your name").fill("kim")
    page.keyboard.press("Enter")
    expect(row(page, first)).to_contain_text("acknowledged by kim")
    # Who has said it once is not asked again.
    page.get_by_role("button", name=f"Acknowledge #{second}").click()
    expect(row(page, second)).to_contain_text("acknowledged by kim")
    assert bench.api(f"/api/incidents/{first}")["acknowledged_by"] == "kim"


def check_a_gateway_in_trouble_does_not_say_that_all_is_well(bench):
    bench.until(lambda: bench.incidents(source="gateway", status="open"))
    for incident in bench.incidents(status="open,acknowledged", limit=1000):
        if incident["source"] != "gateway":
            bench.api(f"/api/incidents/{incident['id']}/resolve", {})
    page = bench.page()
    expect(page.locator(".own")).to_contain_text("source lab has failed")
    expect(page.get_by_text("Nothing is open.")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("all is well")


def check_records_that_are_refused_are_shown_with_the_reason(bench):
    records = [{"machine_ip": f"now-{number}", "cpu": "lots"} for number in range(20, 25)]
    bench.api("/api/samples?source=ci", [*records, {"machine_ip": "now-25", "cpu": 5}])
    card = bench.page().get_by_role("region", name="Sources")
    expect(card).to_contain_text("1 taken, 5 refused")
    expect(card).to_contain_text("lots")
    expect(card).to_contain_text("and 2 more are refused")


def check_the_focus_stays_while_rows_come(bench):
    number = bench.opened("now-5")
    page = live(bench)
    button = page.get_by_role("button", name=f"Acknowledge #{number}")
    button.focus()
    other = bench.opened("now-6")
    expect(row(page, other)).to_be_visible()
    expect(button).to_be_focused()


def check_a_silence_is_made_and_ended(bench):
    number = bench.opened("now-7")
    page = live(bench)
    page.get_by_role("button", name=f"Silence #{number}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For").select_option("4h")
    dialog.get_by_label("Reason").fill("a new disk comes")
    dialog.get_by_role("button", name="Silence").click()
    expect(dialog).to_have_count(0)
    made = bench.api("/api/silences")[0]
    assert (made["rule"], made["machine"], made["reason"]) == (["cpu-high"], ["now-7"], "a new disk comes")
    page.reload()
    card = page.get_by_role("region", name="Silences")
    expect(card).to_contain_text("a new disk comes")
    card.get_by_role("button", name="End").click()
    expect(card).to_have_count(0)


def check_a_name_that_is_markup_stays_text(bench):
    number = bench.opened(HOSTILE)
    page = live(bench)
    for place in ["/", "/history?q=onerror", f"/incidents/{number}"]:
        page.evaluate("place => { location.hash = place }", place)
        expect(page.locator("main").get_by_role("link", name=HOSTILE).first).to_be_visible()
        assert page.evaluate("document.images.length") == 0
