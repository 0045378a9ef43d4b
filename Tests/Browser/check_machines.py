"""Every machine at a glance, and one with its charts."""
from playwright.sync_api import expect

from bench import HOSTILE


def check_the_grid_and_the_table_show_the_machines_by_a_metric(bench):
    bench.push({"mac-1": {"cpu": 12, "mem": 71.5}, "mac-2": {"cpu": 34, "mem": 20}, "other": 5})
    page = bench.page("/machines?machine=mac-*")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator(".counts")).to_contain_text("2 machines")
    expect(page.get_by_role("img", name="2 machines by cpu, from 12 to 34")).to_be_visible()
    expect(rows.first).to_contain_text("mac-2")
    page.get_by_role("combobox", name="Metric").select_option("mem")
    expect(rows.first).to_contain_text("mac-1")
    assert "metric=mem" in page.url


def check_the_grid_is_gone_through_by_keys_and_entered(bench):
    bench.push({"key-1": 1, "key-2": 2, "key-3": 3})
    page = bench.page("/machines?machine=key-*")
    grid = page.locator("canvas")
    expect(page.locator("tbody tr")).to_have_count(3)
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".readout-line")).to_have_text("key-2 cpu 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("key-2")


def check_a_machine_has_a_chart_for_each_metric_with_its_incidents(bench):
    bench.push({"mac-5": {"cpu": 20, "mem": 40}})
    number = bench.opened("mac-5")
    page = bench.page("/machines/mac-5")
    expect(page.get_by_role("img", name="cpu of mac-5")).to_have_count(1)
    expect(page.get_by_role("img", name="mem of mac-5")).to_have_count(1)
    expect(page.locator(".level text").first).to_have_text("cpu-high 85")
    expect(page.locator(".mark.open")).to_have_count(1)
    expect(page.get_by_role("region", name="Incidents").get_by_role("link", name="cpu-high")).to_have_attribute("href", f"#/incidents/{number}")
    page.get_by_label("Time span").select_option("7d")
    page.wait_for_url("**span=7d")


def check_a_machine_nobody_reported_is_told(bench):
    page = bench.page("/machines/nobody")
    expect(page.get_by_role("alert")).to_have_text("no source has reported a machine 'nobody'")


def check_a_name_that_is_markup_stays_text_here_too(bench):
    bench.push({HOSTILE: 3})
    page = bench.page("/machines?machine=onerror")
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    assert page.evaluate("document.images.length") == 0
