"""What happened, and whether it gets better."""
import urllib.request

from playwright.sync_api import expect


def rows(page):
    return page.locator("tbody tr")


def check_filters_are_in_the_url_and_back(bench):
    bench.push({"his-1": {"cpu": 97, "mem": 96}, "his-2": 98})
    bench.until(lambda: len(bench.incidents(machine="his-*")) == 3)
    page = bench.page("/history")
    page.get_by_role("searchbox", name="Machine").fill("his-*")
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Severity").select_option("warning")
    expect(rows(page)).to_have_count(1)
    assert "machine=his-*" in page.url and "severity=warning" in page.url
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("Severity")).to_have_value("warning")
    expect(rows(page).first).to_contain_text("memory-high")


def check_what_is_filtered_wrongly_is_told(bench):
    page = bench.page("/history?since=yesterday")
    expect(page.get_by_role("alert")).to_contain_text("'yesterday'")


def check_a_label_is_a_filter_that_can_be_taken_off(bench):
    bench.opened("his-3")
    page = bench.page("/history?label.team=core&machine=his-3")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="Without label.team core").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert "label.team" not in page.url and "machine=his-3" in page.url


def check_more_comes_by_the_next_page(bench):
    bench.push({f"many-{number}": 97 for number in range(60)})
    bench.until(lambda: len(bench.incidents(machine="many-*", limit=100)) == 60)
    page = bench.page("/history?machine=many-*")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="More").click()
    expect(rows(page)).to_have_count(60)
    expect(page.get_by_role("button", name="More")).to_have_count(0)


def check_all_that_match_are_exported(bench):
    bench.opened("his-4")
    page = bench.page("/history?machine=his-4")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    lines = open(download.value.path()).read().splitlines()
    assert download.value.suggested_filename == "incidents.csv"
    assert lines[0].startswith("id,") and len(lines) == 2 and "his-4" in lines[1]
    path = page.get_by_role("link", name="NDJSON").get_attribute("href")
    assert urllib.request.urlopen(bench.url + path).headers["content-type"] == "application/x-ndjson"


def check_the_days_lead_to_their_incidents(bench):
    bench.opened("his-5")
    page = bench.page("/history")
    today = page.locator(".calendar a").last
    day = bench.api("/api/stats?since=2d")["days"][-1]
    expect(today).to_have_attribute("aria-label", f"{day['date']}: {day['opened']} opened")
    today.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_contain_text("until")
    assert "since=" in page.url
    expect(page.locator("main")).to_contain_text("his-5")


def check_numbers_of_the_month_and_the_noisiest_are_shown(bench):
    bench.opened("his-6")
    page = bench.page("/history")
    total = bench.api("/api/stats?since=30d")["total"]
    expect(page.locator(".tiles")).to_contain_text(f"{total}")
    noisiest = page.get_by_role("region", name="Noisiest rules")
    noisiest.get_by_role("link", name="cpu-high").click()
    assert "rule=cpu-high" in page.url


def check_a_trend_of_one_day_tells_of_days(bench):
    bench.opened("his-7")
    bench.push({"his-7": 1})
    bench.until(lambda: bench.incidents(machine="his-7", status="resolved"))
    axes = bench.page("/history").get_by_role("img", name="Mean time to resolve").locator(".axes")
    expect(axes).to_be_visible()
    assert ":" not in axes.text_content(), axes.text_content()
