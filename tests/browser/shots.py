"""Pictures of a running installation's pages, to be looked at: light, dark and on a phone.

    python -m tests.browser.shots http://127.0.0.1:8000 admin PASSWORD DIRECTORY [PATH …]

Without paths: every page of the menu, and the page of each list's first row.
"""

import re
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.flags import FLAGS
from tests.surroundings import chromium_path

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
}


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/admin/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/admin/$"))


def menu(page: Page) -> list[str]:
    page.goto("/admin/")
    found = page.locator("#nav-sidebar a").evaluate_all("all => all.map((each) => each.pathname)")
    lists = list(dict.fromkeys(path for path in found if path.startswith("/admin/")))
    return [*lists, *filter(None, (first_row(page, path) for path in lists))]


def first_row(page: Page, path: str) -> str:
    page.goto(path)
    link = page.locator("#result_list tbody th a, #result_list tbody td a").first
    return str(link.evaluate("link => link.pathname")) if link.count() else ""


def main(url: str, name: str, password: str, directory: str, *paths: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for look, options in LOOKS.items():
            page = browser.new_context(base_url=url, **options).new_page()
            log_in(page, name, password)
            for path in paths or menu(page):
                page.goto(path)
                page.wait_for_load_state("networkidle")
                file = re.sub(r"\W+", "-", path.removeprefix("/admin")).strip("-") or "home"
                page.screenshot(path=Path(directory) / f"{file}.{look}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
