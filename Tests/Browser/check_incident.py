"""One incident: its samples, what happened, and what people do about it."""
from playwright.sync_api import expect


def shown(bench, machine):
    number = bench.opened(machine)
    bench.until(lambda: bench.api(f"/api/incidents/{number}")["timing"]["accepted_at"])
    return number, bench.page(f"/incidents/{number}")


def check_the_samples_are_drawn_with_window_and_threshold(bench):
    bench.push({"inc-1": 40})
    bench.push({"inc-1": 50})
    number, page = shown(bench, "inc-1")
    chart = page.locator("svg[role=img]")
    expect(chart).to_have_attribute("aria-label", f"cpu of inc-1 around incident {number}. 3 values from 40 to 97, the last 97. above 85.")
    expect(chart.locator(".level text")).to_have_text("above 85")
    expect(chart.locator(".mark.open")).to_have_count(1)
    expect(chart.locator(".band.open")).to_have_count(1)
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".readout")).to_contain_text("50 at")


def check_the_timeline_tells_of_deliveries_and_the_reason_is_given(bench):
    _, page = shown(bench, "inc-2")
    timeline = page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("Opened")
    expect(timeline).to_contain_text("opened: delivered, answered 204 in")
    expect(page.get_by_role("region", name="Why")).to_contain_text("cpu mean 97 over the last sample is above 85")
    expect(page.locator(".facts")).to_contain_text("Told in")
    expect(page.get_by_role("link", name="https://runbooks.example/cpu")).to_be_visible()


def check_people_note_and_resolve(bench):
    number, page = shown(bench, "inc-3")
    page.get_by_role("button", name="Note").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("lee")
    dialog.get_by_label("Note").fill("looked at it and <b>left</b>")
    dialog.get_by_role("button", name="Keep").click()
    expect(page.locator("blockquote")).to_have_text("looked at it and <b>left</b>")
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.locator(".lead .state")).to_have_text("resolved")
    assert bench.api(f"/api/incidents/{number}")["status"] == "resolved"


def check_a_delivery_is_sent_again(bench):
    number, page = shown(bench, "inc-4")
    before = len(bench.api(f"/api/incidents/{number}")["deliveries"][0]["attempts"])
    page.get_by_role("button", name="Send delivery").first.click()
    expect(page.locator(".toast")).to_contain_text("Sent again to ops")
    bench.until(lambda: len(bench.api(f"/api/incidents/{number}")["deliveries"][0]["attempts"]) > before)


def check_an_open_incident_is_followed(bench):
    _, page = shown(bench, "inc-5")
    expect(page.locator(".lead .state")).to_have_text("open")
    expect(page.locator(".live")).to_have_text("Live")
    bench.push({"inc-5": 12})
    expect(page.locator(".lead .state")).to_have_text("resolved")
    expect(page.locator(".mark.end")).to_have_count(1)


def check_the_gateways_own_trouble_is_told_without_samples(bench):
    number = bench.until(lambda: bench.incidents(source="gateway"))[0]["id"]
    page = bench.page(f"/incidents/{number}")
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("Opened")
    expect(page.get_by_role("region", name="Samples")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("null")
