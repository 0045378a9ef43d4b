"""The frame of the page: themes, keys, widths, and what it may load."""
from playwright.sync_api import expect

from bench import accessible, fits

PLACES = ["/", "/history", "/machines", "/rules", "/webhooks"]


def places(bench):
    return PLACES + [f"/incidents/{bench.opened('frame-1')}"]


def ready(page):
    expect(page.locator("main:not([aria-busy]) h1").first).to_be_visible()


def go(page, place):
    page.evaluate("""place => {
        if (location.hash === `#${place}`) return;
        document.querySelector(".view")?.remove();
        location.hash = place;
    }""", place)
    ready(page)


def check_every_view_is_accessible_in_both_themes(bench):
    # The other theme has the same elements in other colours.
    for scheme, rules in [("light", []), ("dark", ["color-contrast"])]:
        page = bench.page(color_scheme=scheme)
        for place in places(bench):
            go(page, place)
            accessible(page, *rules)


def check_every_view_fits_a_phone(bench):
    page = bench.page(width=360, height=740)
    for place in places(bench):
        go(page, place)
        fits(page)
    accessible(page)


def check_the_theme_is_the_systems_until_somebody_chooses(bench):
    def ground(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = bench.page(color_scheme="dark")
    ready(dark)
    light = bench.page(color_scheme="light")
    ready(light)
    assert ground(dark) != ground(light)
    dark.get_by_role("button", name="Light").click()
    assert ground(dark) == ground(light)
    dark.reload()
    ready(dark)
    assert ground(dark) == ground(light)


def check_the_keyboard_reaches_all(bench):
    page = bench.page()
    ready(page)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert "#main" not in page.url
    page.get_by_role("link", name="History").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_role("link", name="History")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")


def check_a_place_that_is_not_there_says_so(bench):
    expect(bench.page("/nowhere").locator("main")).to_contain_text("There is no such view")
    expect(bench.page("/incidents/999999").locator("main")).to_contain_text("there is no incident 999999")


def check_the_documentation_shows_every_operation_offline(bench):
    page = bench.page()
    page.goto(f"{bench.url}/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    paths = bench.api("/openapi.json")["paths"]
    expect(page.locator(".opblock")).to_have_count(sum(len(operations) for operations in paths.values()))
