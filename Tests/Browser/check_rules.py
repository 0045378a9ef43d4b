"""The rules: checked as one types, tried on the past, saved as a version, gone back from."""
import re

from playwright.sync_api import expect


def desk(bench):
    page = bench.page("/rules")
    expect(page.locator(".faults")).to_contain_text("No mistake was found.")
    return page


def check_a_mistake_is_told_as_one_types(bench):
    page = desk(bench)
    text = page.get_by_role("textbox", name="rules.yaml, edited")
    right = text.input_value()
    text.fill(right.replace("severity: warning", "severty: warning"))
    expect(page.locator(".faults .error")).to_contain_text("unknown key 'severty'")
    expect(page.locator(".faults")).to_contain_text("did you mean 'severity'?")
    expect(page.locator(".gutter .error")).to_have_count(1)
    expect(page.get_by_role("button", name="Save as a new version")).to_be_disabled()
    page.get_by_role("button", name="Revert").click()
    expect(page.locator(".faults")).to_contain_text("No mistake was found.")
    assert text.input_value() == right


def check_an_edit_is_tried_on_the_past_and_saved_and_gone_back_from(bench):
    for value in [40, 60, 40]:
        bench.push({"rul-1": value})
    page = desk(bench)
    page.get_by_label("Threshold of").select_option("cpu-high")
    slider = page.get_by_label("Threshold", exact=True)
    expect(page.get_by_text("Incidents that each threshold would have opened")).to_be_visible()
    slider.focus()
    page.keyboard.press("ArrowLeft")
    text = page.get_by_role("textbox", name="rules.yaml, edited")
    expect(text).to_have_value(re.compile("above: 84,"))
    text.fill(text.input_value().replace("above: 84,", "above: 50,"))
    page.get_by_role("button", name="Backtest the edit").click()
    expect(page.get_by_text(re.compile("^Would appear: "))).to_be_visible()
    expect(page.get_by_role("link", name="rul-1").first).to_be_visible()
    before = bench.api("/api/rules")["number"]
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("dialog").get_by_label("Your name").fill("kim")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text(f"Version {before + 1} is in force.")
    saved = bench.api("/api/rules/versions")[0]
    assert (saved["number"], saved["origin"]) == (before + 1, "api by kim")
    page.get_by_role("link", name=f"Version {before}", exact=True).click()
    expect(page.locator(".diff .removed")).to_contain_text("above: 50,")
    expect(page.locator(".diff .added")).to_contain_text("above: 85,")
    page.get_by_role("button", name=f"Go back to version {before}").click()
    expect(page.get_by_role("textbox", name="rules.yaml, edited")).to_have_value(re.compile("above: 85,"))
    assert bench.api("/api/rules")["number"] == before + 2


def check_an_edit_that_somebody_else_overtook_is_refused(bench):
    page = desk(bench)
    text = page.get_by_role("textbox", name="rules.yaml, edited")
    mine = text.input_value()
    bench.api("/api/rules", {"text": mine + "# from elsewhere\n"}, "PUT")
    text.fill(mine + "# mine\n")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("look at what has changed")
    bench.api("/api/rules", {"text": mine}, "PUT")


def check_each_rule_shows_how_it_stands(bench):
    bench.opened("rul-2")
    page = desk(bench)
    state = page.get_by_role("region", name="State")
    expect(state).to_contain_text("mean of cpu above 85")
    expect(state.get_by_role("link", name=re.compile("[0-9]+ open")).first).to_be_visible()
