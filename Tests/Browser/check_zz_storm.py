"""The page while a great many machines are in trouble; the last check, for what it leaves behind."""
import re

from playwright.sync_api import expect

# Ten thousand incidents, each told to a webhook, on a machine that does other things too; in milliseconds.
LONG = 90_000


def check_a_storm_of_ten_thousand_machines_is_drawn_in_part(bench):
    page = bench.page()
    expect(page.locator(".live")).to_have_text("Live")
    bench.push({f"storm-{number}": 97 for number in range(10_000)})
    for shown in [page, bench.page()]:
        expect(shown.locator(".counts")).to_contain_text(re.compile(r"\b10\d{3} open"), timeout=LONG)
        expect(shown.locator(".open-list tbody tr")).to_have_count(100)
        expect(shown.get_by_role("button", name="Show all")).to_be_visible()
