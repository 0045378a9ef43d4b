"""How the receivers do, what was sent, and what is sent again."""
from playwright.sync_api import expect


def check_a_webhook_shows_how_it_does_and_is_tried(bench):
    bench.opened("web-1")
    page = bench.page("/webhooks")
    card = page.get_by_role("region", name="ops")
    expect(card).to_contain_text("Last accepted")
    page.get_by_role("button", name="Send a trial to ops").click()
    expect(page.locator(".toast")).to_contain_text("A trial is on its way to ops")
    expect(page.locator("tbody")).to_contain_text("webhook.test")


def check_a_delivery_shows_what_was_sent_and_answered_and_goes_again(bench):
    number = bench.opened("web-2")
    sent = bench.until(lambda: bench.api(f"/api/deliveries?incident={number}&state=delivered"))[0]
    page = bench.page("/webhooks?state=delivered")
    page.get_by_role("button", name=f"Look into delivery {sent['id']}", exact=True).click()
    details = page.locator("tr.more:not([hidden])")
    expect(details).to_contain_text("answered 20")
    expect(details).to_contain_text('"machine": "web-2"')
    page.get_by_role("button", name=f"Send delivery {sent['id']} again").click()
    expect(page.locator(".toast")).to_contain_text("Sent again to ops, with the same id.")
    bench.until(lambda: len(bench.api(f"/api/deliveries/{sent['id']}")["attempts"]) == 2)


def check_the_log_is_filtered_in_the_url(bench):
    page = bench.page("/webhooks")
    page.get_by_label("State").select_option("dead")
    page.wait_for_url("**state=dead")
    expect(page.get_by_text("Nothing was sent that matches.")).to_be_visible()
